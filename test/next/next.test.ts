import type { BrowserContext } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { test } from '../support/tabs.ts'
import { ANN, type Api, BOB, PASSWORD, startApi } from '../tabs/api.ts'
import { build, start } from './shop.ts'
import { COOKIE, tokenOf, type Visitor, visitor } from './visitor.ts'

let api: Api
let shop: Awaited<ReturnType<typeof start>>
/** The items that the API fails to deliver. */
const broken = new Set<string>()

beforeAll(async () => {
  // A token that was replaced is good once more, and no oftener.
  api = await startApi({
    rules: '1.3.0',
    routes: {
      'GET /items/text': () => new Response('no JSON'),
      'GET /items/:id': ({ params, user }) => {
        if (broken.has(params.id!)) throw new Error('a bug in the API')
        return { id: Number(params.id), owner: user.email }
      },
    },
  })
  await build(api.url)
  shop = await start(api.url)
})
afterAll(async () => {
  await shop?.stop()
  await api?.close()
})
afterEach(({ task }) => {
  broken.clear()
  if (task.result?.state === 'fail') console.log(shop.said())
})

/** What arrives at the API from now on. */
function arriving() {
  const first = api.requests.length
  return () =>
    api.requests.slice(first).map(({ method, path, token }) => ({ route: `${method} ${path}`, token }))
}

async function signedIn(email = ANN): Promise<Visitor> {
  const made = visitor(shop.origin)
  const send = await made.fill('/', { email, password: PASSWORD })
  const { status, headers } = await send()
  expect([status, headers.get('location')]).toEqual([303, '/items/1'])
  api.closeBuffer()
  return made
}

/** The server's clock runs ahead by so much as soon as that route has been answered, once. */
function thenSkip(path: string, seconds: number) {
  const stop = api.server.on(event => {
    if (event.type !== 'finish' || event.path !== path) return
    stop()
    api.skip(seconds)
  })
}

/** The token in a browser's cookie. */
async function tokenIn(context: BrowserContext): Promise<string | undefined> {
  const cookie = (await context.cookies()).find(({ name }) => name === COOKIE)
  return tokenOf(cookie?.value)
}

const itemOf = (id: number, owner = ANN) => `<p>Item ${id} of ${owner}</p>`
const sets = ({ headers }: { headers: Headers }) =>
  headers.getSetCookie().filter(line => line.startsWith(`${COOKIE}=`))

describe('a Server Function', () => {
  test('that signs in gives the browser a cookie that no other host can have set', async () => {
    const ann = visitor(shop.origin)
    const answer = await (await ann.fill('/', { email: ANN, password: PASSWORD }))()
    const [, ...attributes] = sets(answer)[0]!.split('; ')
    expect(attributes.filter(text => !text.startsWith('Expires='))).toEqual([
      'Path=/',
      'Max-Age=1209600',
      'Secure',
      'SameSite=lax',
    ])
    expect((await ann.open('/items/1')).text).toContain(itemOf(1))
  })

  test('that is refused gives none', async () => {
    const nobody = visitor(shop.origin)
    const answer = await (await nobody.fill('/', { email: ANN, password: 'wrong' }))()
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/?refused'])
    expect(nobody.token()).toBeUndefined()
    expect((await nobody.open('/items/1')).status).toBe(500)
  })

  test('that signs out has the last word, also where the proxy has just brought a token', async () => {
    const ann = await signedIn()
    const send = await ann.fill('/')
    api.closeBuffer()
    const answer = await send()
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    expect(ann.token()).toBeUndefined()
    const seen = arriving()
    expect((await ann.open('/items/1')).status).toBe(500)
    expect(seen()).toEqual([{ route: 'GET /items/1', token: null }])
  })

  test('that sets another cookie loses nothing, and its page is rendered with the latest token', async () => {
    const ann = await signedIn()
    const send = await ann.fill('/items/theme')
    api.closeBuffer()
    const before = ann.token()
    const seen = arriving()
    const answer = await send()
    expect(answer.text).toContain(`<p>${ANN}</p>`)
    expect(ann.cookies.get('theme')).toBe('dark')
    expect(seen().map(({ token }) => token)).toEqual([before, ann.token()])
    expect(ann.token()).not.toBe(before)
  })

  test.for([
    { how: 'redirects', fields: {}, status: 303, to: '/items/2' },
    { how: 'fails', fields: { broken: 'yes' }, status: 500, to: null },
  ])('that $how hands on what its call brought, without the proxy', async ({ fields, status, to }) => {
    const ann = await signedIn()
    const send = await ann.fill('/leave', fields)
    const before = ann.token()
    const answer = await send()
    expect([answer.status, answer.headers.get('location')]).toEqual([status, to])
    expect(ann.token()).not.toBe(before)
    api.closeBuffer()
    expect((await ann.open('/items/1')).text).toContain(itemOf(1))
  })
})

describe('a page', () => {
  test('hands on the token that the proxy brought; what its components call carries that, and rotates no more', async () => {
    const ann = await signedIn()
    const before = ann.token()
    const { rotate } = api.counted
    const seen = arriving()
    const answer = await ann.open('/items/1')
    expect(answer.text).toContain(itemOf(1))
    expect(sets(answer)).toHaveLength(1)
    expect(answer.headers.get('cache-control')).toMatch(/private.*no-store/)
    expect(ann.token()).not.toBe(before)
    expect(seen()).toEqual([
      { route: 'GET /auth/validate_token', token: before },
      { route: 'GET /items/1', token: ann.token() },
    ])
    expect(api.counted.rotate).toBe(rotate + 1)
  })

  test('sets no cookie within the buffer', async () => {
    const ann = await signedIn()
    await ann.open('/items/1')
    expect(sets(await ann.open('/items/2'))).toEqual([])
  })

  test('asks the API nothing on behalf of nobody', async () => {
    const seen = arriving()
    const answer = await visitor(shop.origin).open('/')
    expect(answer.text).toContain('Sign in')
    expect(sets(answer)).toEqual([])
    expect(seen()).toEqual([])
  })

  test('is loaded ten times in a row, each time with a token of its own', async () => {
    const ann = await signedIn()
    const { reject } = api.counted
    const tokens = new Set<string | undefined>()
    for (let id = 1; id <= 10; id++) {
      const answer = await ann.open(`/items/${id}`)
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining(itemOf(id))])
      tokens.add(ann.token())
      api.closeBuffer()
    }
    expect(tokens.size).toBe(10)
    expect(api.counted.reject).toBe(reject)
  })

  test('whose call fails hands the token on all the same', async () => {
    const ann = await signedIn()
    for (let round = 1; round <= 3; round++) {
      broken.add('13')
      const before = ann.token()
      const answer = await ann.open('/items/13')
      expect(answer.status).toBe(500)
      expect(answer.text).not.toContain('a bug in the API')
      expect(ann.token()).not.toBe(before)
      api.closeBuffer()
    }
    expect((await ann.open('/items/1')).text).toContain(itemOf(1))
  })

  test('is there also when the proxy’s answer was lost, and the page after it too', async () => {
    const ann = await signedIn()
    api.server.loseAnswer('GET /auth/validate_token')
    expect((await ann.open('/items/1')).text).toContain(itemOf(1))
    for (const id of [2, 3]) {
      api.closeBuffer()
      expect((await ann.open(`/items/${id}`)).text).toContain(itemOf(id))
    }
  })

  test('that calls after the buffer has closed again is forgiven', async () => {
    const ann = await signedIn()
    for (let id = 1; id <= 5; id++) {
      const { rotate } = api.counted
      thenSkip('/auth/validate_token', 6)
      const answer = await ann.open(`/items/${id}`)
      expect(answer.text).toContain(itemOf(id))
      expect(api.counted.rotate).toBe(rotate + 2)
      api.closeBuffer()
    }
  })
})

describe('two users at once', () => {
  test('see their own pages, whoever is answered first, and go on with their own tokens', async () => {
    const [ann, bob] = [await signedIn(ANN), await signedIn(BOB)]
    for (const id of [1, 2, 3]) {
      const before = [ann.token(), bob.token()]
      const hold = api.server.hold(`GET /items/${id}`)
      const early = ann.open(`/items/${id}`)
      expect(await hold.begun).toBe(true)
      const forBob = await bob.open(`/items/${id}`)
      hold.release()
      const forAnn = await early
      expect([forAnn.text, forBob.text]).toEqual([
        expect.stringContaining(itemOf(id, ANN)),
        expect.stringContaining(itemOf(id, BOB)),
      ])
      expect(forAnn.text).not.toContain(BOB)
      expect(forBob.text).not.toContain(ANN)
      expect(new Set([...before, ann.token(), bob.token()]).size).toBe(4)
      api.closeBuffer()
    }
  })

  test('do so also as a crowd', async () => {
    const users = await Promise.all(
      [ANN, BOB, ANN, BOB].map(async email => ({ email, who: await signedIn(email) })),
    )
    const { reject } = api.counted
    for (let round = 1; round <= 5; round++) {
      api.closeBuffer()
      await Promise.all(
        users.map(async ({ email, who }, n) => {
          const path = n % 2 ? `/items/${round}` : `/api/items/${round}`
          const { text } = await who.open(path)
          expect(text).toContain(n % 2 ? itemOf(round, email) : JSON.stringify({ id: round, owner: email }))
        }),
      )
    }
    expect(api.counted.reject).toBe(reject)
  })
})

describe('a Route Handler', () => {
  test('hands on what its own call brought, without the proxy', async () => {
    const ann = await signedIn()
    for (let id = 1; id <= 3; id++) {
      const before = ann.token()
      const seen = arriving()
      const answer = await ann.open(`/api/items/${id}`)
      expect(JSON.parse(answer.text)).toEqual({ id, owner: ANN })
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      expect(seen()).toEqual([{ route: `GET /items/${id}`, token: before }])
      expect(ann.token()).not.toBe(before)
      api.closeBuffer()
    }
  })

  test('that calls twice goes on with what the first call brought', async () => {
    const ann = await signedIn()
    const before = ann.token()
    thenSkip('/items/1', 6)
    const seen = arriving()
    expect((await ann.open('/api/twice')).text).toBe('[200,200]')
    const [first, second] = seen().map(({ token }) => token)
    expect(first).toBe(before)
    expect(new Set([first, second, ann.token()]).size).toBe(3)
    api.closeBuffer()
    expect((await ann.open('/items/1')).text).toContain(itemOf(1))
  })

  test('that fails after its call, or whose answer is lost, says so and goes on', async () => {
    const ann = await signedIn()
    for (let round = 1; round <= 3; round++) {
      const before = ann.token()
      const answer = await ann.open('/api/items/text')
      expect(answer.status).toBe(502)
      expect(ann.token()).not.toBe(before)
      api.closeBuffer()
    }
    api.server.loseAnswer('GET /items/5')
    expect((await ann.open('/api/items/5')).status).toBe(502)
    api.closeBuffer()
    expect((await ann.open('/api/items/6')).status).toBe(200)
  })
})

describe('in a browser', () => {
  test('the pages, the links between them and the page’s own session are one', async ({
    openTab,
    context,
  }) => {
    const { reject } = api.counted
    const page = await openTab(shop.origin)
    await page.getByLabel('Email').fill(ANN)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText(`Item 1 of ${ANN}`).waitFor()

    for (let round = 1; round <= 3; round++) {
      api.closeBuffer()
      await page.goto(`${shop.origin}/items/live`)
      await page.getByText(`Rendered for ${ANN}`).waitFor()
      // The link's prefetch is a load of its own.
      await page.waitForLoadState('networkidle')
      const [rendered, seen] = [await tokenIn(context), arriving()]
      api.closeBuffer()
      await page.getByRole('button', { name: 'Load' }).click()
      await page.getByText(`Item 7 of ${ANN}`).waitFor()
      const brought = await tokenIn(context)
      api.closeBuffer()
      await page.getByRole('link', { name: 'Item 2' }).click()
      await page.getByText(`Item 2 of ${ANN}`).waitFor()
      const handedOn = await tokenIn(context)
      expect(seen()).toEqual([
        { route: 'GET /items/7', token: rendered },
        { route: 'GET /auth/validate_token', token: brought },
        { route: 'GET /items/2', token: handedOn },
      ])
      expect(new Set([rendered, brought, handedOn]).size).toBe(3)
    }
    expect(api.counted.reject).toBe(reject)

    await page.goto(shop.origin)
    api.closeBuffer()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await tokenIn(context)).toBeUndefined()
  })
})

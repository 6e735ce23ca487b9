import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  api,
  bob,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  overtaken,
  pause,
  settled,
  signedIn,
  silence,
  stillSignedIn,
  updateUser,
  type World,
} from './given.ts'

/** The schedules that trip today's clients. Each ends with a session that works as it should. */

beforeEach(holdTime)
afterEach(letTimeGo)

const tokens = ({ seen }: World, path: string) =>
  seen.filter(request => request.path === path).map(({ token }) => token)

async function rotated(made: World): Promise<void> {
  await made.session.fetch('/others')
  await later(pause)
}

test('blank batch', async () => {
  const made = await signedIn()
  const all = await Promise.all([1, 2, 3].map(() => made.session.fetch('/items')))
  expect(all.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(new Set(tokens(made, '/items')).size).toBe(1)
  expect(all.filter(({ headers }) => headers.get('access-token') === '')).toHaveLength(2)
  await made.session.fetch('/others')
  const fresh = all.map(({ headers }) => headers.get('access-token')).find(Boolean)
  expect(tokens(made, '/others')).toEqual([fresh])
  expect(await stillSignedIn(made)).toBe(true)
})

test('late response overwrites', async () => {
  const made = await signedIn()
  made.server.delay('/items', { response: 20_000 })
  const late = made.session.fetch('/items')
  await later(pause)
  await rotated(made)
  await rotated(made)
  const before = made.events.length
  await later(20_000)
  expect((await late).status).toBe(200)
  expect(made.events.slice(before)).toMatchObject([{ type: 'kept', event: { reason: 'older' } }])
  expect(await stillSignedIn(made)).toBe(true)
})

test('late token after sign-out', async () => {
  silence()
  const made = await signedIn()
  const held = made.server.hold('/items')
  const late = made.session.fetch('/items')
  await held.begun
  // The token is on its way when the session ends at the server, too.
  made.server.loseRequest('DELETE /auth/sign_out')
  await made.session.signOut()
  held.release()
  expect((await late).headers.get('access-token')).toBeTruthy()
  expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
  await made.session.fetch('/public')
  expect(tokens(made, '/public')).toEqual([null])
})

test('late blank after sign-out', async () => {
  silence()
  const made = await signedIn()
  await made.session.fetch('/others')
  const held = made.server.hold('/items')
  const late = made.session.fetch('/items')
  await held.begun
  made.server.loseRequest('DELETE /auth/sign_out')
  await made.session.signOut()
  held.release()
  expect((await late).headers.get('access-token')).toBe('')
  expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
  await made.session.fetch('/public')
  expect(tokens(made, '/public')).toEqual([null])
})

describe("first user's late answer after the second signs in, also when the second's lifespan is shorter", () => {
  const lifespans = { 'the same lifespan': 1_209_600, 'a shorter lifespan': 600 }
  const cases = Object.entries(lifespans).flatMap(([name, tokenLifespan]) =>
    ['with a token', 'with a blank'].map(kind => ({ name, tokenLifespan, kind })),
  )
  test.each(cases)('$kind, $name', async ({ kind, tokenLifespan }) => {
    const made = await signedIn()
    if (kind === 'with a blank') await made.session.fetch('/others')
    const held = made.server.hold('/items')
    const late = made.session.fetch('/items')
    await held.begun
    await made.session.signOut()
    made.server.configure({ tokenLifespan })
    await made.session.signIn(bob)
    made.server.configure({ tokenLifespan: 1_209_600 })
    held.release()
    await late
    await settled()
    await later(pause)
    expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
    expect(made.session.getSnapshot().user).toMatchObject({ email: bob.email })
  })
})

test('second sign-in without sign-out', async () => {
  const made = await signedIn()
  const held = made.server.hold('/items')
  const late = made.session.fetch('/items')
  await held.begun
  await made.session.signIn(bob)
  held.release()
  await late
  await later(pause)
  expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
  await later(pause)
  expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
  expect(made.events.some(({ type }) => type === 'signed-out')).toBe(false)
})

describe('stale validation 401 and stale GET 401 while holding a good token', () => {
  test('stale validation 401', async () => {
    const made = await signedIn()
    made.server.delay('/auth/validate_token', { request: 14_000 })
    const validating = made.session.validateToken()
    await settled()
    await rotated(made)
    await made.session.fetch('/items')
    await later(8_000)
    expect(await validating).toMatchObject({ email: ada.email })
    expect(made.calls().filter(call => call === 'GET /auth/validate_token')).toHaveLength(2)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('stale GET 401', async () => {
    const made = await signedIn()
    const response = await overtaken(made, 'GET /echo', () => made.session.fetch('/echo'))
    expect(response.status).toBe(200)
    expect(made.calls().filter(call => call === 'GET /echo')).toHaveLength(2)
    expect(await stillSignedIn(made)).toBe(true)
  })
})

test('sign-out refused by the server', async () => {
  const made = await signedIn({ rules: '1.2.0', session: { recovery: { path: false } } })
  made.server.delay('/items', { response: 8_000 })
  const items = made.session.fetch('/items')
  await later(pause)
  const signingOut = made.session.signOut()
  await later(2_000)
  await Promise.all([items, signingOut])
  expect(made.calls().filter(call => call === 'DELETE /auth/sign_out')).toHaveLength(2)
  expect(made.server.inspect().users[0]!.clients).toEqual({})
  expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
})

describe('another origin', () => {
  test.each([
    ['prefix', 'https://api.example.com.evil.test/items'],
    ['userinfo', 'https://api.example.com@evil.test/items'],
    ['substring', 'https://evil.test/https://api.example.com/items'],
  ])('%s', async (_, url) => {
    const elsewhere: unknown[][] = []
    const { session } = await withNetwork((...args) => {
      if (String(args[0]).startsWith(`${api}/`)) return null
      elsewhere.push(args)
      return Response.json({}, { headers: { 'access-token': 'planted', client: 'c', uid: 'u' } })
    })
    const init = { headers: { 'x-mine': 'yes' } }
    expect((await session.fetch(url, init)).status).toBe(200)
    expect(elsewhere).toEqual([[url, init]])
    expect(await stillSignedIn({ session, events: [] })).toBe(true)
  })

  // With real servers on two ports in origins.test.ts.
  test('redirect', async () => {
    const { session } = await withNetwork(input => {
      if (!String(input).endsWith('/away')) return null
      const headers = { 'access-token': 'planted', client: '', uid: 'planted', expiry: '9999999999' }
      const response = new Response('landed', { headers })
      Object.defineProperties(response, {
        redirected: { value: true },
        url: { value: 'https://evil.test/landing' },
      })
      return response
    })
    expect(await (await session.fetch('/away')).text()).toBe('landed')
    expect(await stillSignedIn({ session, events: [] })).toBe(true)
  })
})

describe('one lost answer, two in a row, one under rules 1.2.0', () => {
  test('one lost answer', async () => {
    const made = await signedIn()
    made.server.loseAnswer('/items')
    await failureOf(made.session.fetch('/items'))
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('two in a row', async () => {
    const made = await signedIn()
    for (let turn = 0; turn < 2; turn++) {
      made.server.loseAnswer('/items')
      await failureOf(made.session.fetch('/items'))
      await later(pause)
    }
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('one under rules 1.2.0', async () => {
    const made = await signedIn({ rules: '1.2.0' })
    made.server.loseAnswer('/items')
    await failureOf(made.session.fetch('/items'))
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('lifespan lowered by a deploy', () => {
  test.each(['1.3.0', '1.2.0'] as const)('under rules %s', async rules => {
    const made = await signedIn({ rules })
    made.server.configure({ tokenLifespan: 3_600 })
    expect(await stillSignedIn(made)).toBe(true)
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('newest token on an overtaken slow upload, and that plus one lost answer', () => {
  /** Sent first, served last: its answer has the newest token. */
  async function overtakenUpload(made: World) {
    made.server.delay('POST /echo', { request: 5_000 })
    const upload = made.session.fetch('/echo', { method: 'POST', body: 'slow' })
    await settled()
    await made.session.fetch('/items')
    await later(5_000)
    const response = await upload
    expect(response.headers.get('access-token')).toBeTruthy()
    expect(made.events.at(-1)).toMatchObject({ type: 'rotated', event: { reason: 'newer' } })
    return response.headers.get('access-token')
  }

  test('newest token on an overtaken slow upload', async () => {
    const made = await signedIn()
    const newest = await overtakenUpload(made)
    await made.session.fetch('/others')
    expect(tokens(made, '/others')).toEqual([newest])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('and that plus one lost answer', async () => {
    const made = await signedIn()
    await overtakenUpload(made)
    await later(pause)
    made.server.loseAnswer('/items')
    await failureOf(made.session.fetch('/items'))
    expect(await stillSignedIn(made)).toBe(true)
  })
})

test('uid changed on a blank answer only', async () => {
  const made = await signedIn()
  await made.session.fetch('/items')
  const response = await updateUser(made.session, { email: 'ada@new.example' })
  expect(response.headers.get('access-token')).toBe('')
  const items = await made.session.fetch('/items')
  expect(await items.json()).toEqual({ owner: 'ada@new.example' })
  expect(made.seen.at(-1)!.headers.get('uid')).toBe('ada@new.example')
  expect(await stillSignedIn(made)).toBe(true)
})

test("application's own 401", async () => {
  const made = await signedIn()
  const response = await made.session.fetch('/forbidden')
  expect(response.status).toBe(401)
  expect(made.ran['GET /forbidden']).toBe(1)
  expect(made.events.map(({ type }) => type)).toEqual(['sent', 'rotated'])
  expect(await stillSignedIn(made)).toBe(true)
})

test('stale POST executed exactly once', async () => {
  const made = await signedIn()
  const init = { method: 'POST', body: JSON.stringify({ order: 1 }) }
  const response = await overtaken(made, 'POST /echo', () => made.session.fetch('/echo', init))
  expect(await response.json()).toMatchObject({ body: '{"order":1}' })
  expect(made.ran['POST /echo']).toBe(1)
  expect(made.calls().filter(call => call === 'POST /echo')).toHaveLength(2)
  expect(await stillSignedIn(made)).toBe(true)
})

/** A session with something in its network that answers in the server's place, or leaves it to the server. */
async function withNetwork(answer: (...args: Parameters<typeof fetch>) => Response | null): Promise<World> {
  const made = await signedIn()
  const session = made.another({
    storage: memoryStorage(),
    fetch: async (...args) => answer(...args) ?? made.server.fetch(...args),
  })
  await session.signIn(ada)
  await later(pause)
  return { ...made, session }
}

import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { useSession } from '../../src/adapters/react.ts'
import { parseRecord } from '../../src/core/record.ts'
import type { Session, SessionOptions } from '../../src/index.ts'
import { createMockServer, type ManualClock, type MockServer, manualClock } from '../../src/mock/index.ts'
import { type RequestSessionOptions, requestSession } from '../../src/server/index.ts'
import { cookieValues } from '../../src/storage/cookies.ts'
import { ada, api, bob, silence } from '../session/given.ts'

const key = 'session'
let server: MockServer
let clock: ManualClock
let carried: (string | null)[]
beforeEach(() => {
  carried = []
  clock = manualClock(Date.now())
  server = createMockServer({
    rules: '1.2.0',
    clock,
    users: [ada, bob],
    routes: { 'GET /items/:id': ({ user, params }) => `${user.email} has ${params.id}` },
  })
})
afterEach(() => vi.restoreAllMocks())

const fetch: NonNullable<SessionOptions['fetch']> = (input, init) => {
  const request = new Request(input, init)
  if (!request.url.includes('/auth/')) carried.push(request.headers.get('access-token'))
  return server.fetch(request)
}

/** A browser with its cookies, that asks for pages. */
function browser() {
  let cookie = ''
  return {
    get cookie() {
      return cookie
    },
    set cookie(value) {
      cookie = value
    },
    take(headers: readonly (readonly [string, string])[]) {
      const [line] = headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)
      if (line) cookie = line.split('; ')[0]!
      return line
    },
    ask: () => new Request('https://shop.example.com/', { headers: { cookie: `theme=dark; ${cookie}` } }),
    record: () => parseRecord(cookieValues(cookie, `__Host-${key}`)[0] ?? null),
  }
}

const begin = (request: Parameters<typeof requestSession>[0], options: Partial<RequestSessionOptions> = {}) =>
  requestSession(request, { baseUrl: api, storageKey: key, fetch, ...options })

async function signedIn(user = ada) {
  const made = browser()
  const { session, finish } = begin(made.ask())
  await session.signIn(user)
  made.take(await finish())
  await clock.advance(6_000)
  return made
}

function Page({ session, item }: { session: Session; item: string }) {
  const { status, user } = useSession(session)
  return createElement('p', { title: status }, `${(user as typeof ada | null)?.email}: ${item}`)
}

async function render(session: Session, id: number) {
  const [response] = await Promise.all([session.fetch(`/items/${id}`), session.validateToken()])
  return renderToString(createElement(Page, { session, item: await response.text() }))
}

const pageOf = ({ email }: typeof ada, id: number) =>
  `<p title="signed-in">${email}: &quot;${email} has ${id}&quot;</p>`

describe('two users at once', () => {
  test('get their own pages, whoever is answered first, and go on with their own tokens', async () => {
    const [adas, bobs] = [await signedIn(ada), await signedIn(bob)]
    for (const id of [1, 2]) {
      const hold = server.hold(`GET /items/${id}`)
      const early = begin(adas.ask())
      const rendering = render(early.session, id)
      expect(await hold.begun).toBe(true)
      const late = begin(bobs.ask())
      const renderingLate = render(late.session, id)
      hold.release()
      expect(await renderingLate).toBe(pageOf(bob, id))
      expect(await rendering).toBe(pageOf(ada, id))
      bobs.take(await late.finish())
      adas.take(await early.finish())
      await clock.advance(6_000)
    }
    expect(adas.record()!.uid.value).toBe(ada.email)
    expect(bobs.record()!.uid.value).toBe(bob.email)
    expect(new Set(carried).size).toBe(4)
  })
})

describe('a token that was rotated for a page', () => {
  test('reaches the browser, whose own session goes on with it', async () => {
    const user = await signedIn()
    const { session, finish } = begin(user.ask())
    await render(session, 1)
    const line = user.take(await finish())
    expect(line).toMatch(/^__Host-session=.*; Path=\/; Max-Age=1209600; Secure; SameSite=Lax$/)
    await clock.advance(6_000)

    // The page: cookieStorage() over the browser's cookie.
    vi.stubGlobal('document', user)
    const { cookieStorage } = await import('../../src/storage/index.ts')
    const { createSession } = await import('../../src/index.ts')
    const page = createSession({ baseUrl: api, storageKey: key, fetch, storage: cookieStorage() })
    expect(page.getSnapshot().status).toBe('signed-in')
    expect((await page.fetch('/items/2')).status).toBe(200)
    page.dispose()
    vi.unstubAllGlobals()
    expect(carried[1]).not.toBe(carried[0])
  })

  test('and is lost on the way is survived once, by servers since gem 1.2.1', async () => {
    server = createMockServer({
      clock,
      users: [ada],
      routes: { 'GET /items/:id': ({ user }) => user.email },
    })
    const user = await signedIn()
    const lost = begin(user.ask())
    await lost.session.fetch('/items/1')
    await lost.finish()
    await clock.advance(6_000)
    const next = begin(user.ask())
    expect((await next.session.fetch('/items/2')).status).toBe(200)
    user.take(await next.finish())
    await clock.advance(6_000)
    expect((await begin(user.ask()).session.fetch('/items/3')).status).toBe(200)
  })
})

describe('two requests of one user at once', () => {
  test('leave the browser with a token that is good, in whichever order they are answered', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const user = await signedIn()
      const both = [begin(user.ask()), begin(user.ask())]
      await Promise.all(both.map(({ session }, id) => session.fetch(`/items/${id}`)))
      const headers = await Promise.all(both.map(({ finish }) => finish()))
      for (const index of order) user.take(headers[index]!)
      await clock.advance(6_000)
      const next = begin(user.ask())
      expect((await next.session.fetch('/items/9')).status).toBe(200)
      user.take(await next.finish())
    }
  })
})

describe('two pages of one user, a buffer apart, while the first is still on its way', () => {
  test.each([
    ['in order', [0, 1]],
    ['overtaken', [1, 0]],
  ])('bring two tokens, and the browser goes on with either (%s)', async (_, order) => {
    server = createMockServer({ clock, users: [ada], routes: { 'GET /items/:id': () => 1 } })
    const user = await signedIn()
    const headers: [string, string][][] = []
    for (const id of [0, 1]) {
      const { session, finish } = begin(user.ask())
      expect((await session.fetch(`/items/${id}`)).status).toBe(200)
      headers.push(await finish())
      await clock.advance(6_000)
    }
    expect(headers.map(({ length }) => length)).toEqual([1, 1])
    for (const index of order) user.take(headers[index]!)
    for (let page = 0; page < 2; page++) {
      const { session, finish } = begin(user.ask())
      expect((await session.fetch('/items/9')).status).toBe(200)
      user.take(await finish())
      await clock.advance(6_000)
    }
  })
})

describe('what is handed on', () => {
  test('is nothing when nothing changed: nobody asked, signed out, or a batch’s blank', async () => {
    const quiet = begin(browser().ask())
    expect(quiet.session.getSnapshot().status).toBe('signed-out')
    expect(await quiet.finish()).toEqual([])

    const user = await signedIn()
    expect(await begin(user.ask()).finish()).toEqual([])
    const first = begin(user.ask())
    await first.session.fetch('/items/1')
    user.take(await first.finish())
    const batch = begin(user.ask())
    await batch.session.fetch('/items/2')
    expect(await batch.finish()).toEqual([])
  })

  test('is the end of the session, too', async () => {
    const user = await signedIn()
    const { session, finish } = begin(user.ask())
    await session.signOut()
    user.take(await finish())
    expect(user.record()).toMatchObject({ client: null, tokens: [] })
    expect(begin(user.ask()).session.getSnapshot().status).toBe('signed-out')
  })

  test('is what a call brought that nobody waited for', async () => {
    const user = await signedIn()
    const { session, finish } = begin(user.ask())
    const before = user.record()!.tokens[0]!.value
    const hold = server.hold('GET /items/1')
    void session.fetch('/items/1')
    const finishing = finish()
    await hold.begun
    hold.release()
    user.take(await finishing)
    expect(user.record()!.tokens[0]!.value).not.toBe(before)
  })

  test('does not wait for ever: then the page knows that a token may be lost', async () => {
    silence()
    const user = await signedIn()
    const { session, finish } = begin(user.ask(), { finishWithin: 20 })
    const hold = server.hold('GET /items/1')
    const call = session.fetch('/items/1')
    user.take(await finish())
    expect(user.record()!.doubt).toMatchObject({ lost: 1, settled: 0 })
    hold.release()
    await call
  })

  test('waits for as long as it takes with finishWithin: Infinity', async () => {
    const user = await signedIn()
    const { session, finish } = begin(user.ask(), { finishWithin: Infinity })
    const hold = server.hold('GET /items/1')
    const call = session.fetch('/items/1')
    const finished = finish()
    await new Promise(resolve => setTimeout(resolve, 20))
    hold.release()
    user.take(await finished)
    await call
    expect(user.record()!.doubt).toMatchObject({ lost: 0 })
  })

  test('has the attributes that were asked for', async () => {
    const { session, finish } = begin(browser().ask(), {
      cookie: { path: '/app', maxAge: null, secure: false, sameSite: 'Strict', httpOnly: true },
    })
    await session.signIn(ada)
    expect((await finish())[0]![1]).toMatch(/^session=[^;]+; Path=\/app; SameSite=Strict; HttpOnly$/)
    expect(() => begin(browser().ask(), { cookie: { path: '/;' } })).toThrow(
      expect.objectContaining({ code: 'option-invalid' }),
    )
  })
})

describe('a session that does not fit into a cookie', () => {
  const withLongUid =
    (length: number): SessionOptions['fetch'] =>
    async (input, init) => {
      const response = await fetch(input, init)
      if (response.headers.has('uid')) response.headers.set('uid', 'u'.repeat(length))
      return response
    }

  test('is not sent, for the browser would drop it without a word; a warning says so', async () => {
    const { warnings } = silence()
    const made = browser()
    const { session, finish } = begin(made.ask(), { fetch: withLongUid(4_000)! })
    await session.signIn(ada)
    expect(await finish()).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('4 kB')])
  })

  test('is sent as long as it does fit, to the last byte', async () => {
    const { warnings } = silence()
    const sizeOf = async (length: number) => {
      const { session, finish } = begin(browser().ask(), { fetch: withLongUid(length)! })
      await session.signIn(ada)
      const [line] = await finish()
      return line ? line[1].split('; ')[0]!.length : null
    }
    const rest = 4_096 - (await sizeOf(1_000))!
    expect(await sizeOf(1_000 + rest)).toBe(4_096)
    expect(warnings).toEqual([])
    expect(await sizeOf(1_000 + rest + 1)).toBeNull()
  })
})

describe('a page’s doubt', () => {
  test('is not settled here, where the answer may be lost as well, but goes back to the page', async () => {
    const user = await signedIn()
    const record = user.record()!
    const doubtful = { ...record, doubt: { lost: 1, settled: 0, since: Date.now() } }
    user.cookie = `__Host-session=${encodeURIComponent(JSON.stringify(doubtful))}`
    const auth = vi.spyOn(server, 'fetch')
    const { session, finish } = begin(user.ask())
    await new Promise(resolve => setTimeout(resolve, 2_600))
    expect(auth).not.toHaveBeenCalled()
    await session.fetch('/items/1')
    user.take(await finish())
    expect(user.record()!.doubt).toEqual(doubtful.doubt)
    expect(user.record()!.tokens[0]!.value).not.toBe(record.tokens[0]!.value)
  })
})

describe('a call that is given up here', () => {
  test.each([
    ['never lost anything', { lost: 0, settled: 0 }, 1],
    ['once lost an answer, and has had later ones since', { lost: 1, settled: 1 }, 1],
    ['still misses another answer', { lost: 2, settled: 1 }, 2],
  ])('is made up for by a page that %s', async (_, before, missing) => {
    silence()
    const user = await signedIn()
    const record = { ...user.record()!, doubt: { ...before, since: 5 } }
    user.cookie = `__Host-session=${encodeURIComponent(JSON.stringify(record))}`
    const { session, finish } = begin(user.ask(), { finishWithin: 20 })
    const hold = server.hold('GET /items/1')
    const call = session.fetch('/items/1')
    user.take(await finish())
    const { lost, settled, since } = user.record()!.doubt
    expect(lost - settled).toBe(missing)
    expect(since).toBeGreaterThan(5)
    hold.release()
    await call
  })
})

describe('a cookie that a neighbouring host has set', () => {
  test.each(['%5F%5FHost-session', '\u00a0__Host-session'])('under %j is nobody’s session', async name => {
    const user = await signedIn()
    const mine = user.cookie
    const planted = JSON.stringify({ ...user.record(), epoch: 99, client: 'theirs' })
    user.cookie = `${name}=${encodeURIComponent(planted)}`
    expect(begin(user.ask()).session.getSnapshot().status).toBe('signed-out')
    user.cookie = `${mine}; ${user.cookie}`
    expect(begin({ headers: { cookie: user.cookie } }).session.exchange.record.client).not.toBe('theirs')
  })
})

describe('a token that has not rotated for long', () => {
  test('is not renewed by a page whose calls were all in a batch', async () => {
    const user = await signedIn()
    const record = user.record()!
    const old = { ...record, tokens: record.tokens.map(token => ({ ...token, at: token.at - 3_600_000 })) }
    user.cookie = `__Host-session=${encodeURIComponent(JSON.stringify(old))}`
    const first = begin(user.ask())
    await first.session.fetch('/items/1')
    const asked = vi.spyOn(server, 'fetch')
    const batch = begin(user.ask())
    expect((await batch.session.fetch('/items/2')).status).toBe(200)
    // Rendering takes its time, and the session looks around meanwhile.
    await new Promise(resolve => setTimeout(resolve, 1_200))
    expect(await batch.finish()).toEqual([])
    expect(asked).toHaveBeenCalledTimes(1)
    await first.finish()
  })
})

describe('a request with the token headers', () => {
  const headersOf = (record: NonNullable<ReturnType<typeof parseRecord>>) => ({
    'access-token': record.tokens[0]!.value,
    client: record.client!,
    uid: record.uid.value,
  })

  test('gets them back when they changed, and only then', async () => {
    const headers = headersOf((await signedIn()).record()!)
    const first = begin(new Request('https://shop.example.com/', { headers }))
    expect((await first.session.fetch('/items/1')).status).toBe(200)
    const back = Object.fromEntries(await first.finish())
    expect(back).toMatchObject({ client: headers.client, uid: headers.uid, 'token-type': 'Bearer' })
    expect(Number(back.expiry)).toBeGreaterThan(0)

    const next = begin({ headers: { ...headers, ...back } })
    expect((await next.session.fetch('/items/2')).status).toBe(200)
    expect(carried).toEqual([headers['access-token'], back['access-token']])
    expect(await next.finish()).toEqual([])
  })

  test('is answered without any when its token is refused', async () => {
    const headers = { ...headersOf((await signedIn()).record()!), 'access-token': 'old' }
    const { session, finish } = begin({ headers })
    expect((await session.fetch('/items/1')).status).toBe(401)
    expect(session.getSnapshot().status).toBe('signed-out')
    expect(await finish()).toEqual([])
  })

  test('may name them otherwise', async () => {
    const headerNames = { 'access-token': 'x-token' }
    server = createMockServer({
      clock,
      users: [ada],
      headersNames: headerNames,
      routes: { 'GET /items/:id': () => 1 },
    })
    const user = browser()
    const signing = begin(user.ask(), { headerNames })
    await signing.session.signIn(ada)
    user.take(await signing.finish())
    await clock.advance(6_000)
    const { 'access-token': token, ...rest } = headersOf(user.record()!)
    const next = begin({ headers: { 'x-token': token, ...rest } }, { headerNames })
    expect((await next.session.fetch('/items/1')).status).toBe(200)
    expect((await next.finish()).map(([name]) => name)).toContain('x-token')
  })
})

describe('nothing is left behind', () => {
  test('no timer, no channel, nothing in a localStorage that the server may have', async () => {
    const storage = { getItem: vi.fn(), setItem: vi.fn(), removeItem: vi.fn() }
    vi.stubGlobal('localStorage', storage)
    const channel = vi.fn()
    vi.stubGlobal('BroadcastChannel', channel)
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const user = await signedIn()
    const { session, finish } = begin(user.ask())
    await session.fetch('/items/1')
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const before = timers()
    await finish()
    expect(timers()).toBeLessThanOrEqual(before)
    await expect(session.fetch('/items/2')).rejects.toMatchObject({ code: 'disposed' })
    expect(vi.getTimerCount()).toBe(0)
    expect(channel).not.toHaveBeenCalled()
    expect([storage.getItem, storage.setItem].map(({ mock }) => mock.calls)).toEqual([[], []])
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
})

test('what a request carries may be anything', async () => {
  const { warnings } = silence()
  const garbage = ['=%', '=null', '={}', '=', '', ';;=;', '=%7B']
  for (const cookie of garbage.map(text => `__Host-session${text}`)) {
    const { session, finish } = begin({ headers: { cookie } })
    expect(session.getSnapshot().status).toBe('signed-out')
    expect(await finish()).toEqual([])
  }
  const headers = { 'access-token': '日本', client: 'c', uid: 'u' }
  expect(begin({ headers }).session.getSnapshot().status).toBe('signed-out')
  expect(begin({ headers: { cookie: ['a', 'b'] } }).session.getSnapshot().status).toBe('signed-out')
  expect(warnings).toEqual([])
})

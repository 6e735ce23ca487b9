import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
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
  signedIn,
  silence,
  stillSignedIn,
  type WorldOptions,
  world,
} from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

const credentialHeaders = ['access-token', 'client', 'uid', 'expiry', 'token-type']

describe('as a bearer', () => {
  const bearer: WorldOptions = { session: { transport: 'bearer' } }

  test('credentials travel in Authorization alone', async () => {
    const made = await signedIn(bearer)
    expect((await made.session.fetch('/items')).status).toBe(200)
    const { headers } = made.seen[0]!
    expect(headers.get('authorization')).toMatch(/^Bearer [\w+/]+=*$/)
    for (const name of credentialHeaders) expect(headers.has(name)).toBe(false)
  })

  test('a session lives as it does with headers', async () => {
    const made = await signedIn(bearer)
    expect(await stillSignedIn(made)).toBe(true)
    const response = await overtaken(made, 'POST /echo', () =>
      made.session.fetch('/echo', { method: 'POST', body: 'a' }),
    )
    expect(response.status).toBe(200)
    made.server.loseAnswer('/items')
    await failureOf(made.session.fetch('/items'))
    await later(pause)
    expect(await stillSignedIn(made)).toBe(true)
    await made.session.signOut()
    expect(made.server.inspect().users[0]!.clients).toEqual({})
  })

  test('it is enough that the server exposes Authorization', async () => {
    const made = world(bearer)
    const session = made.another({
      fetch: async (input, init) => {
        const response = await made.server.fetch(input, init)
        const headers = new Headers(response.headers)
        for (const name of credentialHeaders) headers.delete(name)
        return new Response(response.body, { status: response.status, headers })
      },
    })
    await session.signIn(ada)
    await session.fetch('/items')
    await later(pause)
    const [first, second] = [await session.fetch('/items'), await session.fetch('/items')]
    expect([first.status, second.status]).toEqual([200, 200])
    expect(await stillSignedIn({ session, events: [] })).toBe(true)
    expect(session.getSnapshot().status).toBe('signed-in')
  })

  test('an Authorization of the caller’s own is not overwritten', async () => {
    const made = await signedIn(bearer)
    await made.session.fetch('/items', { headers: { Authorization: 'Basic YTpi' } })
    expect(made.seen[0]!.headers.get('authorization')).toBe('Basic YTpi')
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })
})

const same = (response: Response) => response

/** What a page sees of an API that does not expose its token headers, or deletes them so that no script sees a token. */
function withoutHeaders({ body, status, headers }: Response): Response {
  const rest = new Headers(headers)
  for (const name of [...credentialHeaders, 'authorization', 'set-cookie']) rest.delete(name)
  return new Response([204, 304].includes(status) ? null : body, { status, headers: rest })
}

describe('as the server’s cookie', () => {
  /** A browser's cookie jar around the server. */
  async function withCookies(options: WorldOptions = {}, shown: (response: Response) => Response = same) {
    const jar = new Map<string, string>()
    const credentials: (RequestCredentials | undefined)[] = []
    const made = world({ cookieEnabled: true, ...options })
    const sent: Headers[] = []
    const urls: string[] = []
    const fetch: typeof globalThis.fetch = async (input, init) => {
      credentials.push(init?.credentials)
      const request = new Request(input, init)
      sent.push(new Headers(request.headers))
      urls.push(request.url)
      if (init?.credentials === 'include') {
        request.headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
      }
      const response = await made.server.fetch(request)
      for (const cookie of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
        if (/max-age=0/i.test(cookie)) jar.delete(name!)
        else jar.set(name!, value!)
      }
      return shown(response)
    }
    const storage = memoryStorage()
    const settings = { transport: 'cookie' as const, fetch, storage, storageKey: 'session' }
    const session = made.another(settings)
    await session.signIn(ada)
    await later(pause)
    sent.length = 0
    return { ...made, session, jar, credentials, sent, urls, storage, settings }
  }

  test('nothing is stamped, and no token is kept here', async () => {
    const made = await withCookies()
    expect((await made.session.fetch('/items')).status).toBe(200)
    for (const name of [...credentialHeaders, 'authorization']) expect(made.sent[0]!.has(name)).toBe(false)
    expect(new Set(made.credentials)).toEqual(new Set(['include']))
    const stored = String(made.storage.getItem('session'))
    const { clients } = made.server.inspect().users[0]!
    for (const { token, previous } of Object.values(clients)) {
      expect(stored).not.toContain(token)
      expect(stored).not.toContain(previous)
    }
  })

  test('a session lives, and outlives the page', async () => {
    const made = await withCookies()
    expect(await stillSignedIn({ session: made.session, events: [] })).toBe(true)
    made.session.dispose()
    const next = made.another(made.settings)
    expect(next.getSnapshot().status).toBe('signed-in')
    expect(await next.validateToken()).toMatchObject({ email: ada.email })
    expect(await stillSignedIn({ session: next, events: [] })).toBe(true)
  })

  test('the caller’s own credentials mode is left alone', async () => {
    const made = await withCookies()
    await made.session.fetch('/public', { credentials: 'omit' })
    expect(made.credentials.at(-1)).toBe('omit')
    // A Request says it itself.
    await made.session.fetch(new Request(`${api}/public`, { credentials: 'omit' }))
    expect(made.credentials.at(-1)).toBeUndefined()
  })

  test('a sign-out closes the server’s side', async () => {
    const made = await withCookies()
    await made.session.signOut()
    expect(made.server.inspect().users[0]!.clients).toEqual({})
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
  })

  test('someone else can sign in', async () => {
    const made = await withCookies()
    await made.session.signIn(bob)
    await later(pause)
    expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
  })

  test('a session that the server has ended is signed out', async () => {
    const made = await withCookies()
    made.jar.clear()
    expect((await made.session.fetch('/items')).status).toBe(401)
    expect(made.session.getSnapshot().status).toBe('signed-out')
  })

  describe('whose token headers the page cannot see', () => {
    const hidden = (options: WorldOptions = {}) => withCookies(options, withoutHeaders)

    test('a session lives, and nothing is warned of', async () => {
      vi.stubGlobal('location', new URL('https://app.example.com'))
      const { warnings } = silence()
      const made = await hidden()
      expect(await stillSignedIn({ session: made.session, events: [] })).toBe(true)
      expect(warnings).toEqual([])
      vi.unstubAllGlobals()
    })

    test('a validation tells who is signed in, after a reload too', async () => {
      const made = await hidden()
      expect(await made.session.validateToken()).toMatchObject({ email: ada.email })
      made.session.dispose()
      const next = made.another(made.settings)
      expect(next.getSnapshot().status).toBe('signed-in')
      expect(await next.validateToken()).toMatchObject({ email: ada.email })
      expect(next.getSnapshot().user).toMatchObject({ email: ada.email })
    })

    test('a sign-out closes the server’s side', async () => {
      const made = await hidden()
      await made.session.signOut()
      expect(made.jar.size).toBe(0)
      expect(made.server.inspect().users[0]!.clients).toEqual({})
    })

    test('a session that the server has ended is signed out', async () => {
      const made = await hidden()
      made.jar.clear()
      expect((await made.session.fetch('/items')).status).toBe(401)
      expect(made.session.getSnapshot().status).toBe('signed-out')
    })

    test('a request that was refused for an old cookie is sent again', async () => {
      const made = await hidden()
      const response = await overtaken(made, 'POST /echo', () =>
        made.session.fetch('/echo', { method: 'POST', body: 'a' }),
      )
      expect(response.status).toBe(200)
      expect(made.ran['POST /echo']).toBe(1)
    })

    test('the application’s own 401 is delivered, and ends nothing', async () => {
      const made = await hidden()
      const forbidden = made.session.fetch('/forbidden')
      await later(1_000)
      expect(await (await forbidden).json()).toEqual({ error: 'not yours' })
      expect(made.session.getSnapshot().status).toBe('signed-in')
      expect(made.ran['GET /forbidden']).toBeLessThanOrEqual(2)
    })

    test('a lost answer is recovered from, once', async () => {
      const { warnings } = silence()
      const made = await hidden()
      made.server.loseAnswer('/items')
      await failureOf(made.session.fetch('/items'))
      await later(60_000)
      expect(made.urls.filter(url => url.includes('unbatch'))).toHaveLength(1)
      expect(warnings).toEqual([])
      expect(await stillSignedIn({ session: made.session, events: [] })).toBe(true)
    })

    test('a request that stays without an answer has one recovery beside it', async () => {
      const made = await hidden()
      made.server.hold('/others')
      void made.session.fetch('/others')
      await later(50_000)
      expect(made.urls.filter(url => url.includes('unbatch'))).toHaveLength(1)
    })

    test('somebody else can sign in', async () => {
      const made = await hidden()
      const signedIn = vi.fn()
      made.session.on('signed-in', signedIn)
      await made.session.signIn(bob)
      expect(signedIn).toHaveBeenCalledOnce()
      expect(made.session.getSnapshot().user).toMatchObject({ email: bob.email })
      await later(pause)
      expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
      expect(await made.session.validateToken()).toMatchObject({ email: bob.email })
    })
  })
})

describe('with headers that the server renames', () => {
  const headersNames = {
    'access-token': 'X-Api-Token',
    client: 'X-Api-Client',
    uid: 'X-Api-Uid',
    expiry: 'X-Api-Expiry',
    'token-type': 'X-Api-Type',
    authorization: 'X-Api-Authorization',
  }

  test.each(['headers', 'bearer'] as const)('a session lives (%s)', async transport => {
    const made = await signedIn({ headersNames, session: { headerNames: headersNames, transport } })
    expect((await made.session.fetch('/items')).status).toBe(200)
    const names = [...made.seen[0]!.headers.keys()]
    expect(names.sort()).toEqual(
      transport === 'headers' ? ['x-api-client', 'x-api-token', 'x-api-uid'] : ['x-api-authorization'],
    )
    expect(await stillSignedIn(made)).toBe(true)
    await made.session.signOut()
    expect(made.server.inspect().users[0]!.clients).toEqual({})
  })

  test('a header that bears the usual name is the application’s own', async () => {
    const made = await signedIn({ headersNames, session: { headerNames: headersNames } })
    await made.session.fetch('/items', { headers: { client: 'mine', 'access-token': 'mine' } })
    expect(made.seen[0]!.headers.get('client')).toBe('mine')
    expect(made.seen[0]!.headers.get('x-api-token')).toBeTruthy()
    const own = { 'X-API-TOKEN': 'own' }
    await made.session.fetch('/items', { headers: own })
    expect(made.seen.find(({ headers }) => headers.get('x-api-token') === 'own')).toBeTruthy()
  })

  test('only those that differ need to be named', async () => {
    const names = { uid: 'X-Api-Uid' }
    const made = await signedIn({ headersNames: names, session: { headerNames: names } })
    await made.session.fetch('/items')
    expect([...made.seen[0]!.headers.keys()].sort()).toEqual(['access-token', 'client', 'x-api-uid'])
    expect(await stillSignedIn(made)).toBe(true)
  })
})

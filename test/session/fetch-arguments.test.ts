import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  api,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  pause,
  signedIn,
  type World,
  world,
} from './given.ts'

let made: World
beforeEach(async () => {
  holdTime()
  made = await signedIn()
})
afterEach(letTimeGo)

const echo = async (...args: Parameters<typeof fetch>) => (await made.session.fetch(...args)).json()

describe('what fetch takes, session.fetch takes', () => {
  test.each([
    ['a path', '/items'],
    ['a path without a slash', 'items'],
    ['an absolute URL', `${api}/items`],
    ['a path that leads upwards', '/deep/../items'],
    ['a URL with a port that is the default', 'https://api.example.com:443/items'],
    ['a URL in capitals', 'HTTPS://API.EXAMPLE.COM/items'],
    ['white space around it', '  /items\n'],
  ])('%s', async (_, input) => {
    const response = await made.session.fetch(input)
    expect(await response.json()).toEqual({ owner: ada.email })
    expect(made.seen.at(-1)!.url).toBe(`${api}/items`)
    expect(made.seen.at(-1)!.token).toBeTruthy()
  })

  test('a query and a fragment', async () => {
    await made.session.fetch('/items?page=2&q=a//b#top')
    expect(made.seen.at(-1)!.url.replace('#top', '')).toBe(`${api}/items?page=2&q=a//b`)
  })

  test('a URL object', async () => {
    const response = await made.session.fetch(new URL('/items', api))
    expect(response.status).toBe(200)
  })

  test('anything that says its URL when it is made a string', async () => {
    const response = await made.session.fetch({ toString: () => '/items' } as unknown as URL)
    expect(response.status).toBe(200)
  })

  test('a Request with its method, headers and body', async () => {
    const request = new Request(`${api}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: 'a;b',
    })
    expect(await echo(request)).toEqual({ method: 'POST', type: 'text/csv', body: 'a;b' })
    expect(made.seen.at(-1)!.token).toBeTruthy()
  })

  test('a Request that init changes', async () => {
    const request = new Request(`${api}/echo`, { headers: { 'content-type': 'text/csv', 'x-kept': 'no' } })
    const init = { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'text' }
    expect(await echo(request, init)).toEqual({ method: 'PUT', type: 'text/plain', body: 'text' })
    expect(made.seen.at(-1)!.headers.has('x-kept')).toBe(false)
  })

  test('a method in any case', async () => {
    expect(await echo('/echo', { method: 'post', body: 'a' })).toMatchObject({ method: 'POST', body: 'a' })
  })

  test('every kind of body', async () => {
    const form = new FormData()
    form.set('a', 'b')
    const bodies: [BodyInit, string][] = [
      ['text', 'text'],
      [new TextEncoder().encode('bytes'), 'bytes'],
      [new TextEncoder().encode('buffer').buffer, 'buffer'],
      [new Blob(['blob']), 'blob'],
      [new URLSearchParams({ a: 'b' }), 'a=b'],
      [form, 'form-data; name="a"'],
      [new Blob(['stream']).stream(), 'stream'],
    ]
    for (const [body, expected] of bodies) {
      const init = { method: 'POST', body, duplex: 'half' } as RequestInit
      expect((await echo('/echo', init)).body).toContain(expected)
    }
  })

  test('needs no this', async () => {
    const { fetch } = made.session
    expect((await fetch('/items')).status).toBe(200)
  })

  test('resolves against the whole of baseUrl, as the URL standard says', async () => {
    const session = made.another({ baseUrl: `${api}/v2/`, storage: memoryStorage() })
    await session.fetch('items')
    expect(made.seen.at(-1)!.url).toBe(`${api}/v2/items`)
    await session.fetch('/items')
    expect(made.seen.at(-1)!.url).toBe(`${api}/items`)
  })

  test('rejects, and does not throw, when it is given something impossible', async () => {
    const promise = made.session.fetch('http://[')
    expect(await failureOf(promise)).toBeInstanceOf(TypeError)
    expect(await failureOf(made.session.fetch('/items', { headers: { 'no header': 'x' } }))).toBeInstanceOf(
      TypeError,
    )
  })

  test('signed out, it is the platform’s own, against baseUrl', async () => {
    const { session, seen } = world()
    const response = await session.fetch('/echo', { method: 'POST', body: 'a', headers: { 'x-mine': '1' } })
    expect(response.status).toBe(401)
    expect(seen[0]).toMatchObject({ method: 'POST', url: `${api}/echo`, token: null })
    expect(seen[0]!.headers.get('x-mine')).toBe('1')
  })
})

describe('an init that is no plain object', () => {
  test('may be another Request: its method, headers and body go out', async () => {
    const template = new Request(`${api}/other`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-mine': 'yes' },
      body: '"sent"',
    })
    const response = await made.session.fetch('/echo', template)
    expect(await response.json()).toMatchObject({ body: '"sent"' })
    expect(made.seen[0]).toMatchObject({ method: 'POST', url: `${api}/echo` })
    expect(made.seen[0]!.headers.get('x-mine')).toBe('yes')
    expect(made.seen[0]!.token).toBeTruthy()
  })

  test('may be of a class that gives what is asked for', async () => {
    class Init {
      get method() {
        return 'POST'
      }
      get body() {
        return '"sent"'
      }
    }
    expect(await echo('/echo', new Init())).toMatchObject({ body: '"sent"' })
  })
})

describe('a Request that was used', () => {
  test('is sent again with another body, as by the platform', async () => {
    const request = new Request(`${api}/echo`, { method: 'POST', body: '"one"' })
    expect(await echo(request)).toMatchObject({ body: '"one"' })
    expect(await echo(request, { body: '"two"' })).toMatchObject({ body: '"two"' })
  })
})

describe('while an asynchronous storage is read', () => {
  const slow = (storage = memoryStorage()) => ({
    ...storage,
    getItem: (key: string) =>
      new Promise<string | null>(resolve => setTimeout(() => resolve(storage.getItem(key)), 2_000)),
  })

  test('a call is ended by its signal at once, and never sent', async () => {
    const session = made.another({ storage: slow() })
    const controller = new AbortController()
    const before = made.seen.length
    const call = failureOf(session.fetch('/items', { signal: controller.signal }))
    controller.abort(new Error('given up'))
    expect(await call).toMatchObject({ message: 'given up' })
    await later(10_000)
    expect(made.seen).toHaveLength(before)
  })

  test('what is changed after the call changes nothing', async () => {
    const storage = memoryStorage()
    await made.another({ storage }).signIn(ada)
    const session = made.another({ storage: slow(storage) })
    const headers = { 'x-mine': 'before' }
    const init = { method: 'POST', headers, body: '"before"' }
    const call = session.fetch('/echo', init)
    headers['x-mine'] = init.body = '"after"'
    await later(2_000)
    expect(await (await call).json()).toMatchObject({ body: '"before"' })
    expect(made.seen.at(-1)!.headers.get('x-mine')).toBe('before')
    expect(made.seen.at(-1)!.token).toBeTruthy()
  })
})

describe('the caller’s headers', () => {
  const forms: [string, (headers: Record<string, string>) => HeadersInit][] = [
    ['an object', headers => headers],
    ['a list of pairs', headers => Object.entries(headers)],
    ['Headers', headers => new Headers(headers)],
    ['anything that can be iterated', headers => new Map(Object.entries(headers)) as unknown as Headers],
  ]

  test.each(forms)('as %s go out beside the credentials', async (_, form) => {
    const response = await made.session.fetch('/items', { headers: form({ 'X-Mine': 'yes' }) })
    expect(response.status).toBe(200)
    const { headers } = made.seen.at(-1)!
    expect(headers.get('x-mine')).toBe('yes')
    expect(headers.get('uid')).toBe(ada.email)
    expect(headers.get('client')).toBeTruthy()
    expect(headers.get('access-token')).toBeTruthy()
  })

  test.each(forms)('as %s are never overwritten', async (_, form) => {
    const own = { 'Access-Token': 'mine', Client: 'my client', UID: 'me' }
    await made.session.fetch('/items', { headers: form(own) })
    const { headers } = made.seen[0]!
    expect(headers.get('access-token')).toBe('mine')
    expect(headers.get('client')).toBe('my client')
    expect(headers.get('uid')).toBe('me')
  })

  test('of a Request are never overwritten', async () => {
    await made.session.fetch(new Request(`${api}/items`, { headers: { uid: 'me', 'x-mine': 'yes' } }))
    const { headers } = made.seen[0]!
    expect(headers.get('uid')).toBe('me')
    expect(headers.get('x-mine')).toBe('yes')
    expect(headers.get('access-token')).toBeTruthy()
  })

  test('are left as they are: nothing is written into the caller’s objects', async () => {
    const object = { 'x-mine': 'yes' }
    const headers = new Headers(object)
    const init = { headers: object }
    const request = new Request(`${api}/items`, { headers })
    await made.session.fetch('/items', init)
    await made.session.fetch('/items', { headers })
    await made.session.fetch(request)
    expect(init).toEqual({ headers: { 'x-mine': 'yes' } })
    expect([...headers]).toEqual([['x-mine', 'yes']])
    expect([...request.headers]).toEqual([['x-mine', 'yes']])
  })

  test('with an old token of the caller’s own sign nobody out: their 401 is delivered', async () => {
    const response = await made.session.fetch('/items', { headers: { 'access-token': 'old' } })
    expect(response.status).toBe(401)
    expect(made.calls()).toEqual(['GET /items'])
    expect((await made.session.fetch('/items')).status).toBe(200)
  })

  test.each([
    ['headers', 'access-token'],
    ['headers', 'client'],
    ['headers', 'uid'],
    ['bearer', 'authorization'],
  ] as const)(
    'in %s: a refusal of the caller’s own %s is delivered, not sent again',
    async (transport, name) => {
      const { session, calls } = await signedIn({ session: { transport } })
      const response = await session.fetch('/items', { headers: { [name]: 'own' } })
      expect(response.status).toBe(401)
      expect(calls()).toEqual(['GET /items'])
      expect((await session.fetch('/items')).status).toBe(200)
      expect(session.getSnapshot().status).toBe('signed-in')
    },
  )
})

describe('a request that cannot carry headers', () => {
  test.each(['init', 'Request'])('no-cors, said by %s, goes out as it is', async where => {
    const seen: unknown[][] = []
    const session = made.another({
      storage: memoryStorage(),
      fetch: async (...args) => {
        if (args[1]?.method === 'POST') return made.server.fetch(...args)
        seen.push(args)
        return new Response()
      },
    })
    await session.signIn(ada)
    const init: RequestInit = { mode: 'no-cors' }
    const input = where === 'init' ? '/pixel' : new Request(`${api}/pixel`, init)
    await session.fetch(input, where === 'init' ? init : undefined)
    expect(seen).toEqual([[input, where === 'init' ? init : undefined]])
  })
})

describe('what is passed on to fetch', () => {
  test('is everything that init holds', async () => {
    const seen: RequestInit[] = []
    const session = made.another({
      storage: memoryStorage(),
      fetch: (input, init) => {
        seen.push(init!)
        return made.server.fetch(input, init)
      },
    })
    await session.signIn(ada)
    await later(pause)
    await session.fetch('/items', {
      cache: 'no-cache',
      credentials: 'omit',
      redirect: 'error',
      keepalive: true,
    })
    expect(seen.at(-1)).toMatchObject({
      cache: 'no-cache',
      credentials: 'omit',
      redirect: 'error',
      keepalive: true,
    })
    expect(seen.at(-1)).not.toHaveProperty('signal')
  })

  test('says nothing of cookies when the caller does not: fetch has its own default', async () => {
    const seen: (RequestInit | undefined)[] = []
    const session = made.another({
      storage: memoryStorage(),
      fetch: (input, init) => {
        seen.push(init)
        return made.server.fetch(input, init)
      },
    })
    await session.signIn(ada)
    await session.fetch('/items')
    await session.validateToken()
    await session.signOut()
    expect(seen).toHaveLength(4)
    for (const init of seen) expect(init).not.toHaveProperty('credentials')
  })

  test('is the caller’s own headers while nobody is signed in', async () => {
    const seen: (HeadersInit | undefined)[] = []
    const session = made.another({
      storage: memoryStorage(),
      fetch: (input, init) => {
        seen.push(init?.headers)
        return made.server.fetch(input, init)
      },
    })
    const headers = new Headers({ 'x-mine': 'yes' })
    await session.fetch('/public', { headers })
    expect(seen[0]).toBe(headers)
  })

  test('is looked up anew for each call when it is the platform’s own', async () => {
    const original = globalThis.fetch
    try {
      const session = made.another({ storage: memoryStorage(), fetch: undefined as never })
      globalThis.fetch = async () => new Response('replaced later')
      expect(await (await session.fetch('/items')).text()).toBe('replaced later')
    } finally {
      globalThis.fetch = original
    }
  })
})

test('credentials of the caller’s own rotate nothing of the session’s: no recovery is sent when their answer is lost', async () => {
  const made = await signedIn({ session: { transport: 'bearer' } })
  made.server.loseAnswer('/echo')
  await made.session
    .fetch('/echo', { method: 'POST', body: 'a', headers: { Authorization: 'Basic YTpi' } })
    .catch(() => {})
  await later(3_000)
  expect(made.calls()).toEqual(['POST /echo'])
})

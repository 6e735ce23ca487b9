import ky, { HTTPError, type Options, TimeoutError } from 'ky'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { withSession } from '../../src/adapters/ky.ts'
import { createSession, memoryStorage, type Session } from '../../src/index.ts'
import { createMockServer, manualClock } from '../../src/mock/index.ts'
import { API, EMAIL } from './support.ts'

/** A session that sends by a fetch which remembers its requests, and ky with it. */
async function connected(options: Options = {}) {
  const clock = manualClock(Date.now())
  const failures: number[] = []
  const server = createMockServer({
    clock,
    users: [{ email: EMAIL }],
    routes: {
      '* /items': async ({ request, url }) => {
        const status = failures.shift()
        if (status) return Response.json({ error: 'busy' }, { status })
        return { did: request.method, query: url.search, body: await request.text() }
      },
      'POST /invalid': () => Response.json({ errors: { name: ['is missing'] } }, { status: 422 }),
    },
  })
  const sent: Request[] = []
  const inits: (RequestInit | undefined)[] = []
  const session = createSession({
    baseUrl: API,
    storage: memoryStorage(),
    async fetch(input, init) {
      const request = new Request(input, init)
      if (request.url.includes('/auth/')) return server.fetch(request)
      sent.push(request.clone())
      inits.push(init)
      return server.fetch(request)
    },
  })
  await session.signIn({ email: EMAIL, password: 'password123' })
  await clock.advance(6_000)
  const quick = { limit: 2, delay: () => 1 }
  const api = ky.create({ prefix: API, retry: quick, ...options, ...withSession(session) })
  const tokens = () => sent.map(({ headers }) => headers.get('access-token'))
  return { api, clock, failures, inits, sent, server, session, tokens }
}

describe('each of ky’s own attempts is stamped anew', () => {
  test('after an error of the server', async () => {
    const { api, clock, failures, tokens, session } = await connected({
      hooks: { beforeRetry: [() => clock.advance(6_000)] },
    })
    failures.push(503, 500)
    expect(await api.get('items').json()).toMatchObject({ did: 'GET' })
    expect(new Set(tokens()).size).toBe(3)
    expect(session.getSnapshot().status).toBe('signed-in')
  })

  test('after a loss', async () => {
    const { api, server, tokens } = await connected()
    server.loseRequest()
    server.loseAnswer()
    expect((await api.get('items')).status).toBe(200)
    expect(tokens().length).toBe(3)
    expect(tokens()).not.toContain(null)
  })

  test('that a hook forces', async () => {
    const { api, clock, tokens } = await connected({
      hooks: {
        afterResponse: [
          async ({ retryCount }) => {
            await clock.advance(6_000)
            return retryCount === 0 ? ky.retry() : undefined
          },
        ],
      },
    })
    await api.post('items', { json: {} })
    expect(new Set(tokens()).size).toBe(2)
  })
})

describe('hooks run', () => {
  test('once per attempt of ky’s, and a replay is none', async () => {
    const log: string[] = []
    const { api, server, clock, session, sent } = await connected({
      hooks: {
        beforeRequest: [({ request }) => void log.push(`before ${request.headers.has('access-token')}`)],
        beforeRetry: [() => void log.push('retry')],
        afterResponse: [({ response }) => void log.push(`after ${response.status}`)],
      },
    })
    // It arrives when its token is dead: meanwhile two others rotate.
    server.delay('/items', { request: 1 })
    const call = api.post('items', { json: { name: 'Ann' } }).json()
    await vi.waitFor(() => expect(sent.length).toBe(1))
    for (const path of ['/invalid', '/invalid']) {
      await session.fetch(path, { method: 'POST' })
      await clock.advance(0)
    }
    await clock.advance(6_000)
    expect(await call).toMatchObject({ body: '{"name":"Ann"}' })
    expect(log).toEqual(['before false', 'after 200'])
  })

  test('with the request that may set headers of its own', async () => {
    const { api, tokens } = await connected({
      hooks: { beforeRequest: [({ request }) => request.headers.set('access-token', 'mine')] },
    })
    await expect(api.get('items')).rejects.toThrow(HTTPError)
    expect(tokens()).toEqual(['mine'])
  })
})

describe('errors are ky’s own', () => {
  test('HTTPError has the body', async () => {
    const { api } = await connected()
    const error = await api.post('invalid', { json: {} }).catch(error => error)
    expect(error).toBeInstanceOf(HTTPError)
    expect([error.response.status, error.data]).toEqual([422, { errors: { name: ['is missing'] } }])
  })

  test.each(['timeout', 'totalTimeout'])('%s is a TimeoutError, and the token arrives', async option => {
    const { api, server, session, tokens } = await connected()
    const hold = server.hold()
    const call = api.get('items', { [option]: 50, retry: 0 })
    await expect(call).rejects.toBeInstanceOf(TimeoutError)
    const rotated = new Promise(resolve => session.on('rotated', resolve))
    hold.release()
    await rotated
    await api.get('items')
    expect(new Set(tokens()).size).toBe(2)
  })

  test('an abort rejects with the signal’s reason', async () => {
    const { api, server } = await connected()
    const hold = server.hold()
    const caller = new AbortController()
    const call = api.get('items', { signal: caller.signal })
    await hold.begun
    caller.abort(new Error('typed on'))
    await expect(call).rejects.toThrow('typed on')
    hold.release()
  })
})

describe('options of ky’s keep their meaning', () => {
  test.each<[string, Options]>([
    ['items', { prefix: API }],
    ['/items', { baseUrl: API }],
    ['../items', { baseUrl: `${API}/v1/` }],
    [`${API}/items`, { prefix: '' }],
  ])('%s with %j', async (url, options) => {
    const { api, tokens } = await connected({ prefix: '', ...options })
    expect((await api.get(url, { searchParams: { page: 2 } }).json<{ query: string }>()).query).toBe(
      '?page=2',
    )
    expect(tokens()).not.toContain(null)
  })

  test('elsewhere no credentials go', async () => {
    const { api, tokens } = await connected({ prefix: '' })
    await expect(api.get('https://api.example.com.evil.test/items')).rejects.toThrow(HTTPError)
    expect(tokens()).toEqual([null])
  })

  test('extend hands the session on, and takes it in', async () => {
    const { api, session, tokens } = await connected()
    await api.extend({ headers: { 'x-one': '1' } }).get('items')
    await ky.extend({ prefix: API }).extend(withSession(session)).get('items')
    expect(tokens()).not.toContain(null)
  })

  test('upload progress is told', async () => {
    const { api } = await connected()
    const onUploadProgress = vi.fn()
    const { body } = await api
      .post('items', { body: 'x'.repeat(1_000), onUploadProgress })
      .json<{ body: string }>()
    expect(body.length).toBe(1_000)
    expect(onUploadProgress.mock.lastCall?.[0]).toMatchObject({ percent: 1, transferredBytes: 1_000 })
  })

  test('what ky does not know goes to fetch', async () => {
    const { api, inits } = await connected()
    const next = { revalidate: 1 }
    await api.get('items', { next } as Options)
    expect(inits).toEqual([expect.objectContaining({ next })])
  })
})

test('what withSession gives fits ky’s options', () => {
  expectTypeOf(withSession).toBeCallableWith({} as Session<{ name: string }>)
  expectTypeOf(withSession({} as Session)).toExtend<Options>()
})

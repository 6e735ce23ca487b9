import { getEventListeners } from 'node:events'
import axios, {
  Axios,
  type AxiosError,
  type AxiosInstance,
  CanceledError,
  type InternalAxiosRequestConfig,
} from 'axios'
import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { attachSession } from '../../src/adapters/axios.ts'
import { createSession, memoryStorage, type Session } from '../../src/index.ts'
import { API, attached, EMAIL, signedIn, type World } from './support.ts'

afterEach(() => vi.useRealTimers())

const tokensOf = ({ sent }: World) => sent.map(request => request.headers.get('access-token'))
const errorOf = (call: Promise<unknown>): Promise<AxiosError> =>
  call.then(
    () => expect.fail('answered'),
    error => error,
  )

describe('credentials go with requests to the session’s origins only', () => {
  const cases: [string, object, boolean][] = [
    ['baseURL and a path', { url: '/items' }, true],
    ['a baseURL with a path', { baseURL: `${API}/api/v1`, url: 'items' }, true],
    ['an absolute URL', { url: `${API}/items` }, true],
    ['params, whatever they hold', { url: '/items', params: { next: 'https://evil.test' } }, true],
    ['an absolute URL elsewhere', { url: 'https://evil.test/items' }, false],
    ['the same below baseURL', { url: 'https://evil.test/items', allowAbsoluteUrls: false }, true],
    ['a baseURL elsewhere', { baseURL: 'https://evil.test', url: '/items' }, false],
    [
      'an absolute URL here, below a baseURL elsewhere',
      { baseURL: 'https://evil.test', url: `${API}/items` },
      true,
    ],
    [
      'the same where absolute URLs are not allowed',
      { baseURL: 'https://evil.test', url: `${API}/items`, allowAbsoluteUrls: false },
      false,
    ],
    ['a prefix of the origin', { url: `${API}.evil.test/items` }, false],
    ['user info that looks like the origin', { url: `${API}@evil.test/items` }, false],
    ['user info before the origin', { url: 'https://ann@api.example.com/items' }, false],
    ['another port', { url: `${API}:8443/items` }, false],
    ['another scheme', { url: 'http://api.example.com/items' }, false],
    ['backslashes', { baseURL: '', url: 'https:\\\\evil.test/items' }, false],
    ['no scheme, where there is no page', { baseURL: '', url: '//api.example.com/items' }, false],
    ['a path alone, where there is no page', { baseURL: '', url: '/items' }, false],
  ]
  test.each(cases)('%s', async (_, options, stamped) => {
    const { session } = await signedIn()
    const adapter = vi.fn(async (config: InternalAxiosRequestConfig) => {
      return { status: 200, statusText: '', headers: {}, data: '', config, request: null }
    })
    const api = axios.create({ baseURL: API, adapter })
    attachSession(api, session)
    await api.request(options)
    const { headers } = adapter.mock.lastCall![0]
    expect(['access-token', 'client', 'uid'].map(name => headers.has(name))).toEqual(Array(3).fill(stamped))
  })

  test('the URL counts that axios sends to, after all interceptors', async () => {
    const world = await signedIn()
    const api = axios.create({
      baseURL: API,
      adapter: 'fetch',
      env: {
        fetch: async input => {
          world.sent.push(input as Request)
          return new Response()
        },
      },
    })
    let url = 'https://evil.test/items'
    // Registered first, so it runs last.
    api.interceptors.request.use(config => ({ ...config, url }))
    attachSession(api, world.session)
    await api.get('/items')
    url = `${API}/items`
    await api.get('https://evil.test/items')
    expect(tokensOf(world)).toEqual([null, world.newest()])
  })

  test('whoever follows the session is told where it goes', async () => {
    const { session, fetch } = await signedIn()
    const sent: unknown[] = []
    session.on('sent', ({ url, method }) => sent.push(`${method} ${url}`))
    const api = axios.create({ baseURL: `${API}/v1`, adapter: 'fetch', env: { fetch } as never })
    attachSession(api, session)
    await api.get('items', { params: { page: 2 }, validateStatus: null })
    expect(sent).toEqual([`GET ${API}/v1/items?page=2`])
  })

  test('what is wrong with a URL is axios’s to say', async () => {
    const { api } = attached(await signedIn())
    const bare = axios.create({ adapter: 'fetch' })
    const config = { baseURL: '', url: 'https:/items' }
    expect((await errorOf(api.request(config))).message).toBe((await errorOf(bare.request(config))).message)
  })

  test('the caller’s own headers stay, however they are written', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    await errorOf(api.get('/items', { headers: { 'Access-Token': 'mine', UID: 'me' } }))
    expect(tokensOf(world)).toEqual(['mine'])
    expect(world.sent[0]!.headers.get('uid')).toBe('me')
  })
})

describe('interceptors and transformers run once per call, also when it is replayed', () => {
  test('whether they were registered before or after the session, in axios’s order', async () => {
    const world = await signedIn()
    const log: string[] = []
    const api = axios.create({
      baseURL: API,
      adapter: 'fetch',
      env: { fetch: world.fetch },
      transformRequest: data => {
        log.push('transformRequest')
        return JSON.stringify(data)
      },
      transformResponse: data => {
        log.push('transformResponse')
        return data
      },
    })
    const register = (when: string) => {
      api.interceptors.request.use(config => {
        log.push(`request, ${when}: ${config.headers.has('access-token')}`)
        return config
      })
      api.interceptors.response.use(response => {
        log.push(`response, ${when}: ${response.status}`)
        return response
      })
    }
    register('before')
    attachSession(api, world.session)
    register('after')
    world.refuseNext()
    const { data } = await api.post(
      '/echo',
      { name: 'Ann' },
      { headers: { 'content-type': 'application/json' } },
    )
    expect(data).toBe('{"name":"Ann"}')
    expect(world.sent.length).toBe(2)
    expect(log).toEqual([
      'request, after: false',
      'request, before: false',
      'transformRequest',
      'transformResponse',
      'response, before: 200',
      'response, after: 200',
    ])
  })

  test('an error is seen once, by response interceptors too', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    const seen = vi.fn(error => Promise.reject(error))
    api.interceptors.response.use(null, seen)
    expect((await errorOf(api.get('/missing'))).response?.data).toEqual({ error: 'not there' })
    expect(seen).toHaveBeenCalledTimes(1)
  })

  test('a call that was refused for good is seen once, with its 401', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    await world.session.signOut()
    expect((await errorOf(api.get('/items'))).status).toBe(401)
    expect(tokensOf(world)).toEqual([null])
  })

  test('who sends error.config again, as retrying interceptors do, has it stamped anew', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    let retries = 0
    api.interceptors.response.use(null, async error => {
      if (retries++ > 1) throw error
      await world.calm()
      return api.request({ ...error.config, url: retries === 2 ? '/echo' : error.config.url })
    })
    const { data } = await api.post('/missing', { name: 'Ann' })
    expect(data).toEqual({ name: 'Ann' })
    const tokens = tokensOf(world)
    expect(new Set(tokens).size).toBe(3)
    expect(tokens).not.toContain(null)
    expect(world.session.getSnapshot().status).toBe('signed-in')
  })

  test('an instance whose interceptors are synchronous stays synchronous up to the adapter', async () => {
    const { session } = await signedIn()
    const api = axios.create({ baseURL: API, adapter: async config => ({ config }) as never })
    const log: string[] = []
    api.interceptors.request.use(
      config => {
        log.push('interceptor')
        return config
      },
      null,
      { synchronous: true },
    )
    attachSession(api, session)
    const call = api.get('/items', { transformRequest: () => log.push('dispatched') })
    expect(log).toEqual(['interceptor', 'dispatched'])
    await call
  })
})

describe('validateStatus', () => {
  const all = [() => true, () => false, (status: number) => status === 401, null, undefined]
  test.each(all.map(validateStatus => ({ validateStatus, shown: String(validateStatus) })))(
    'as $shown: the replay’s answer is delivered, in axios’s way',
    async ({ validateStatus }) => {
      const world = await signedIn()
      const { api } = attached(world)
      world.refuseNext()
      const fails = validateStatus?.(200) === false
      const answer = await api.get('/items', { validateStatus: validateStatus as null }).catch(error => {
        expect(error.code).toBe('ERR_BAD_RESPONSE')
        return { ...error.response, failed: true }
      })
      expect([answer.status, answer.data, !!answer.failed]).toEqual([200, { did: 'GET' }, fails])
      expect(world.sent.length).toBe(2)
    },
  )

  test('of an application’s own 401', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    const { status, data } = await api.get('/forbidden', { validateStatus: () => true })
    expect([status, data]).toEqual([401, { error: 'not yours' }])
    expect((await errorOf(api.get('/forbidden'))).response?.data).toEqual({ error: 'not yours' })
    expect(world.sent.length).toBe(2)
  })
})

describe('what the caller gets', () => {
  test('is its own config, without credentials, in answers and errors', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    const answered = await api.get('/items')
    const failed = await errorOf(api.get('/missing'))
    world.server.loseAnswer()
    const lost = await errorOf(api.get('/items'))
    for (const { config } of [answered, failed, failed.response!, lost]) {
      expect(config!.adapter).toBe('fetch')
      expect(config!.headers.has('access-token')).toBe(false)
    }
    expect(lost.code).toBe('ERR_NETWORK')
    const shown = JSON.stringify([failed.toJSON(), lost.toJSON()])
    for (const token of tokensOf(world)) expect(shown).not.toContain(token)
  })

  test('is what an adapter of its own rejects with, whatever that is', async () => {
    const { session } = await signedIn()
    const reasons = [new Error('down'), 'down', null]
    for (const reason of reasons) {
      const api = axios.create({ baseURL: API, adapter: () => Promise.reject(reason) })
      attachSession(api, session)
      expect(await api.get('/items').catch(error => error)).toBe(reason)
    }
  })

  test('is of the types that axios gives', () => {
    const { session } = {} as { session: Session<{ name: string }> }
    const api = {} as AxiosInstance
    expectTypeOf(attachSession).toBeCallableWith(api, session)
    expectTypeOf(attachSession).toBeCallableWith(new Axios({}), session)
    expectTypeOf(attachSession).returns.toEqualTypeOf<() => void>()
  })
})

describe('instances', () => {
  test('detaching leaves the instance as it was', async () => {
    const world = await signedIn()
    const { api, detach } = attached(world)
    await api.get('/items')
    detach()
    await errorOf(api.get('/items'))
    expect(tokensOf(world).map(Boolean)).toEqual([true, false])
    expect(api.defaults.adapter).toBe('fetch')
  })

  test('one that was made by another is attached by itself', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    const child = api.create({ headers: { 'x-child': 'yes' } })
    await errorOf(child.get('/items'))
    attachSession(child, world.session)
    await child.get('/items')
    expect(tokensOf(world).map(Boolean)).toEqual([false, true])
    expect(world.sent[1]!.headers.get('x-child')).toBe('yes')
  })

  test('attached twice, each request is sent once', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    attachSession(api, world.session)
    const sent = vi.fn()
    world.session.on('sent', sent)
    world.refuseNext()
    expect((await api.get('/items')).status).toBe(200)
    expect([world.sent.length, sent.mock.calls.length]).toEqual([2, 4])
  })

  test('two sessions take the requests to their own origins each', async () => {
    const [world, other] = [await signedIn(), await signedIn({ baseUrl: 'https://other.example.com' })]
    const { api } = attached(world)
    attachSession(api, other.session)
    await api.get('/items')
    const otherApi = axios.create({ adapter: 'fetch', env: { fetch: other.fetch } })
    attachSession(otherApi, world.session)
    attachSession(otherApi, other.session)
    await otherApi.get('https://other.example.com/items')
    expect([tokensOf(world).length, tokensOf(other).length]).toEqual([1, 1])
    expect(tokensOf(world)[0]).not.toBe(tokensOf(other)[0])
  })

  test('a bare Axios, without any defaults', async () => {
    const { session } = await signedIn()
    const api = new Axios({ baseURL: 'https://evil.test' })
    attachSession(api, session)
    await expect(api.get('https:/nowhere')).rejects.toThrow('Invalid URL')
  })
})

describe('a call that is ended', () => {
  test('by its signal rejects as axios does, at once, and its token arrives', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    const hold = world.server.hold()
    const caller = new AbortController()
    const call = errorOf(api.get('/items', { signal: caller.signal }))
    await hold.begun
    caller.abort()
    const error = await call
    expect(axios.isCancel(error)).toBe(true)
    expect(error).toMatchObject({ name: 'CanceledError', code: 'ERR_CANCELED', message: 'canceled' })
    expect(error.config?.url).toBe('/items')
    const rotated = new Promise(resolve => world.session.on('rotated', resolve))
    hold.release()
    await rotated
    await api.get('/items')
    expect(tokensOf(world)[1]).toBe(world.newest())
  })

  test('by its cancel token', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    const hold = world.server.hold()
    const { token, cancel } = axios.CancelToken.source()
    const call = errorOf(api.get('/items', { cancelToken: token }))
    await hold.begun
    cancel('typed on')
    const error = await call
    expect([axios.isCancel(error), error.message]).toEqual([true, 'typed on'])
    expect(world.sent[0]!.signal.aborted).toBe(false)
    hold.release()
  })

  test('before it began is never sent', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    expect(axios.isCancel(await errorOf(api.get('/items', { signal: AbortSignal.abort() })))).toBe(true)
    expect(world.sent).toEqual([])
  })

  test.each([
    [{}, { code: 'ECONNABORTED', message: 'timeout of 20ms exceeded' }],
    [{ timeoutErrorMessage: 'too slow' }, { code: 'ECONNABORTED', message: 'too slow' }],
    [
      { transitional: { clarifyTimeoutError: true } },
      { code: 'ETIMEDOUT', message: 'timeout of 20ms exceeded' },
    ],
  ])('by its timeout, with %j', async (options, expected) => {
    const world = await signedIn()
    const { api } = attached(world)
    const hold = world.server.hold()
    const error = await errorOf(api.get('/items', { timeout: 20, ...options }))
    expect(error).toMatchObject(expected)
    expect([error.name, error.config?.url]).toEqual(['AxiosError', '/items'])
    expect(world.sent[0]!.signal.aborted).toBe(false)
    hold.release()
  })

  test('has a timeout for all of its attempts together', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    world.refuseNext()
    // The first is refused, and the second is its replay.
    const [, hold] = [1, 2].map(() => world.server.hold(request => request.headers.has('x-slow')))
    const error = await errorOf(api.get('/items', { timeout: 50, headers: { 'x-slow': '1' } }))
    expect([error.code, world.sent.length]).toEqual(['ECONNABORTED', 2])
    hold!.release()
  })

  test.each([Infinity, 2 ** 40])('not by a timeout that no timer can keep: %d', async timeout => {
    const world = await signedIn()
    const { api } = attached(world, {
      adapter: async config => ({ status: 204, headers: {}, config }) as never,
    })
    expect((await api.get('/items', { timeout })).status).toBe(204)
  })

  test('is cut on the wire when its headers do not come in time', async () => {
    // To the session the server's buffer is closed at once, so that what is lost may have rotated.
    const world = await signedIn({ lingerAfterAbort: 50, batchRequestBufferThrottle: 0 })
    const { api } = attached(world)
    const hold = world.server.hold()
    const caller = new AbortController()
    const lost = new Promise(resolve => world.session.on('lost', resolve))
    const call = errorOf(api.get('/items', { signal: caller.signal }))
    await hold.begun
    caller.abort()
    await call
    expect(world.sent[0]!.signal.aborted).toBe(false)
    expect(await lost).toMatchObject({ doubt: true })
    expect(world.sent[0]!.signal.aborted).toBe(true)
    hold.release()
  })

  test.each([
    ['lingering is turned off', { lingerAfterAbort: 0 }, 'small'],
    ['it uploads much', {}, 'x'.repeat(70_000)],
    ['it uploads who knows how much', {}, new FormData()],
  ])('is cut on the wire at once when %s', async (_, options, data) => {
    const world = await signedIn(options)
    const { api } = attached(world)
    const hold = world.server.hold()
    const caller = new AbortController()
    const call = errorOf(api.post('/items', data, { signal: caller.signal }))
    await hold.begun
    caller.abort()
    expect(axios.isCancel(await call)).toBe(true)
    expect(world.sent[0]!.signal.aborted).toBe(true)
    hold.release()
  })

  test('is not sent again, though it was refused', async () => {
    const world = await signedIn()
    const caller = new AbortController()
    const { api } = attached({
      ...world,
      async fetch(input, init) {
        const response = await world.fetch(input, init)
        caller.abort()
        return response
      },
    })
    const refused = new Promise(resolve => world.session.on('kept', resolve))
    world.refuseNext()
    expect(axios.isCancel(await errorOf(api.get('/items', { signal: caller.signal })))).toBe(true)
    await refused
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(world.sent.length).toBe(1)
  })

  test('leaves no listener and no timer behind', async () => {
    const world = await signedIn()
    const { api } = attached(world, { timeout: 60_000 })
    const { signal } = new AbortController()
    const source = axios.CancelToken.source()
    await api.get('/items', { signal, cancelToken: source.token })
    await errorOf(api.get('/missing', { signal, cancelToken: source.token }))
    world.server.loseRequest()
    await errorOf(api.get('/items', { signal, cancelToken: source.token }))
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect((source.token as unknown as { _listeners: unknown[] })._listeners).toEqual([])
    const timers = process.getActiveResourcesInfo().filter(type => type === 'Timeout').length
    await api.get('/items')
    expect(process.getActiveResourcesInfo().filter(type => type === 'Timeout').length).toBe(timers)
  })
})

describe('sessions of other kinds', () => {
  test('one that is still being read is waited for', async () => {
    const world = await signedIn()
    const storage = memoryStorage()
    const first = createSession({ baseUrl: API, storage, fetch: world.server.fetch })
    await first.signIn({ email: EMAIL, password: 'password123' })
    let read = () => {}
    const reading = new Promise<void>(resolve => {
      read = resolve
    })
    const session = createSession({
      baseUrl: API,
      fetch: world.server.fetch,
      storage: {
        ...storage,
        getItem: async key => {
          await reading
          return storage.getItem(key) as string
        },
      },
    })
    const { api } = attached({ ...world, session })
    const caller = new AbortController()
    const [call, aborted] = [api.get('/items'), errorOf(api.get('/items', { signal: caller.signal }))]
    await new Promise(resolve => setTimeout(resolve))
    expect(world.sent).toEqual([])
    caller.abort()
    read()
    expect((await call).status).toBe(200)
    expect(axios.isCancel(await aborted)).toBe(true)
    expect(world.sent.length).toBe(1)
  })

  test('by cookie: requests are sent with it, unless their caller says otherwise', async () => {
    const world = await signedIn({ transport: 'cookie' })
    const { api } = attached(world)
    await errorOf(api.get('/items'))
    await errorOf(api.get('/items', { withCredentials: false }))
    expect(world.sent.map(({ credentials }) => credentials)).toEqual(['include', 'omit'])
    expect(tokensOf(world)).toEqual([null, null])
  })

  test('by bearer: one header carries them all', async () => {
    const world = await signedIn({ transport: 'bearer' })
    const { api } = attached(world)
    expect((await api.get('/items')).status).toBe(200)
    expect(world.sent[0]!.headers.get('authorization')).toMatch(/^Bearer /)
    expect(tokensOf(world)).toEqual([null])
  })

  test('one that was disposed sends no more', async () => {
    const world = await signedIn()
    const { api } = attached(world)
    world.session.dispose()
    expect(await errorOf(api.get('/items'))).toMatchObject({ code: 'disposed' })
    expect(world.sent).toEqual([])
  })
})

test('CanceledError is axios’s own class', async () => {
  const world = await signedIn()
  const { api } = attached(world)
  const hold = world.server.hold()
  const caller = new AbortController()
  const call = errorOf(api.get('/items', { signal: caller.signal }))
  await hold.begun
  caller.abort()
  expect(await call).toBeInstanceOf(CanceledError)
  hold.release()
})

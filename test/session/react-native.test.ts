import axios, { AxiosHeaders, type AxiosResponse, CanceledError } from 'axios'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { attachSession } from '../../src/adapters/axios.ts'
import { createSession, memoryStorage, type Session } from '../../src/index.ts'
import { failureOf, settled } from './given.ts'
import { BareRequest, bareGlobals, bareResponse } from './react-native.ts'

const api = 'https://api.example.com'
const StandardURL = URL
const StandardAbortController = AbortController

/** What was sent, and the token that went with it. */
const sent: { url: string; token: string | null }[] = []
let answer: (url: string) => Promise<Response> | Response
let session: Session

const credentials = (token: string) => ({
  'access-token': token,
  client: 'client',
  uid: 'ann@example.com',
  expiry: '1900000000',
})

beforeEach(async () => {
  for (const [name, value] of Object.entries(bareGlobals)) vi.stubGlobal(name, value)
  sent.length = 0
  answer = url => bareResponse(url, credentials(' '))
  session = createSession({
    baseUrl: api,
    storage: memoryStorage(),
    recovery: { path: false },
    async fetch(input, init) {
      const url = input instanceof BareRequest ? input.url : String(input)
      if (url.endsWith('/sign_in')) return bareResponse(url, credentials('one'), { data: {} })
      sent.push({ url, token: new Headers(init?.headers).get('access-token') })
      return answer(url)
    },
  })
  await session.signIn({})
})
afterEach(() => {
  session.dispose()
  vi.unstubAllGlobals()
})

/** An answer that comes when the test says so. */
function held(): { release(): void } {
  let release = () => {}
  answer = url =>
    new Promise(resolve => {
      release = () => resolve(bareResponse(url, credentials('two')))
    })
  return { release: () => release() }
}

async function goesOnWith(token: string) {
  answer = url => bareResponse(url, credentials(' '))
  await session.fetch('/items')
  expect(sent.at(-1)).toEqual({ url: `${api}/items`, token })
}

describe('session.fetch with a signal that knows no reason', () => {
  test('is answered', async () => {
    const { signal } = new AbortController()
    expect((await session.fetch('/items', { signal })).status).toBe(200)
  })

  test('rejects as fetch does, and sends nothing, when it was aborted before', async () => {
    const caller = new AbortController()
    caller.abort()
    expect(await failureOf(session.fetch('/items', { signal: caller.signal }))).toMatchObject({
      name: 'AbortError',
    })
    expect(sent).toEqual([])
  })

  test('rejects at once when it is aborted, and takes the token of the answer', async () => {
    const { release } = held()
    const caller = new AbortController()
    const call = failureOf(session.fetch('/items', { signal: caller.signal }))
    await settled()
    caller.abort()
    const error = await call
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'AbortError' })
    release()
    await settled()
    await goesOnWith('two')
  })
})

test('a reason of null is handed on where signals have one', async () => {
  const caller = new StandardAbortController()
  caller.abort(null)
  expect(await failureOf(session.fetch('/items', { signal: caller.signal }))).toBeNull()
})

describe('axios', () => {
  /** axios by an adapter that answers with the session's canned answers, as its own would by XMLHttpRequest. */
  function client() {
    const instance = axios.create({
      baseURL: api,
      async adapter(config): Promise<AxiosResponse> {
        const url = instance.getUri(config)
        sent.push({ url, token: (config.headers.get('access-token') as string | undefined) ?? null })
        const { status, headers } = await answer(url)
        return {
          data: {},
          status,
          statusText: '',
          headers: new AxiosHeaders(Object.fromEntries(headers)),
          config,
        }
      },
    })
    attachSession(instance, session)
    return instance
  }

  test('says that a call was cancelled, and takes the token of its answer', async () => {
    const { release } = held()
    const caller = new AbortController()
    const call = failureOf(client().get('/items', { signal: caller.signal }))
    await settled()
    caller.abort()
    expect(await call).toBeInstanceOf(CanceledError)
    release()
    await settled()
    await goesOnWith('two')
  })

  test('says that a call was cancelled before it began', async () => {
    const caller = new AbortController()
    caller.abort()
    expect(await failureOf(client().get('/items', { signal: caller.signal }))).toBeInstanceOf(CanceledError)
    expect(sent).toEqual([])
  })

  test('says that a call took too long', async () => {
    held()
    expect(await failureOf(client().get('/items', { timeout: 20 }))).toMatchObject({ code: 'ECONNABORTED' })
  })

  test.each(foreignUrls())('sends no token to %s', async url => {
    await client()
      .get(url)
      .catch(() => {})
    expectNoTokenElsewhere()
  })
})

/** What React Native's URL takes for a path of the API, and its network for another host. */
function foreignUrls() {
  return [
    'https://evil.test/items',
    'https://api.example.com@evil.test/items',
    'https://api.example.com:443@evil.test/items',
    'https://api.example.com.evil.test/items',
    'https://evil.test\\@api.example.com/items',
    'HTTPS://EVIL.TEST/items',
    ' https://evil.test/items',
    'ht\ttps://evil.test/items',
    'http://localhost:4000/items',
    '//api.example.com@evil.test/items',
    '\\\\evil.test\\items',
  ]
}

function expectNoTokenElsewhere() {
  expect(sent.length).toBeLessThanOrEqual(1)
  for (const { url, token } of sent) if (token !== null) expect(new StandardURL(url, api).origin).toBe(api)
}

describe('where URLs are not parsed as the standard says, no token goes to', () => {
  test.each(foreignUrls())('%s', async url => {
    await session.fetch(url)
    expectNoTokenElsewhere()
  })

  test.each(foreignUrls())('a Request to %s', async url => {
    await session.fetch(new BareRequest(url) as unknown as Request)
    expectNoTokenElsewhere()
  })

  test('but to the API, by a Request too', async () => {
    await session.fetch(new BareRequest(`${api}/items?q=ä`) as unknown as Request)
    expect(sent).toEqual([{ url: `${api}/items?q=ä`, token: 'one' }])
  })
})

import axios, { type AxiosError } from 'axios'
import { setupServer } from 'msw/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { attachSession } from '../../src/adapters/axios.ts'
import { createSession, memoryStorage } from '../../src/index.ts'
import { createMockServer, manualClock } from '../../src/mock/index.ts'
import { handlers } from '../../src/mock/msw.ts'

/** jsdom's page is at https://app.example.com/. */
const [PAGE, API] = ['https://app.example.com', 'https://api.example.com']

let interception: ReturnType<typeof setupServer> | undefined
afterEach(() => interception?.close())

async function signedIn(baseUrl: string) {
  const clock = manualClock(Date.now())
  const tokens: (string | null)[] = []
  const server = createMockServer({
    clock,
    users: [{ email: 'ann@example.com' }],
    routes: {
      '* /items': {
        access: 'optional',
        handler: async ({ request }) => {
          tokens.push(request.headers.get('access-token'))
          return { size: (await request.text()).length }
        },
      },
    },
  })
  interception = setupServer(...handlers(server))
  interception.listen({ onUnhandledFrame: 'bypass' })
  const session = createSession({ baseUrl, storage: memoryStorage() })
  await session.signIn({ email: 'ann@example.com', password: 'password123' })
  await clock.advance(6_000)
  const connect = (options: object) => {
    const api = axios.create({ adapter: 'xhr', ...options })
    attachSession(api, session)
    return api
  }
  return { server, session, tokens, connect }
}

describe('in a page, a URL without scheme and host', () => {
  test('follows the base element to another origin, without credentials', async () => {
    const { connect, session } = await signedIn(PAGE)
    const sent = vi.fn()
    session.on('sent', sent)
    const base = document.createElement('base')
    base.href = 'https://cdn.example.net/app/'
    document.head.append(base)
    // Nobody is there: it went elsewhere.
    await expect(connect({}).get('items')).rejects.toMatchObject({ code: 'ERR_NETWORK' })
    base.remove()
    expect(sent).not.toHaveBeenCalled()
  })

  test.each([
    ['/items', {}],
    ['items', { baseURL: '/' }],
    ['items', { baseURL: PAGE }],
    ['//app.example.com/items', {}],
  ])('%s with %j is the page’s own', async (url, options) => {
    const { connect, tokens } = await signedIn(PAGE)
    expect((await connect(options).get(url)).status).toBe(200)
    expect(tokens).toEqual([expect.any(String)])
  })

  test('is not the API’s, when that is elsewhere', async () => {
    const { connect, tokens } = await signedIn(API)
    await connect({}).get('/items')
    await connect({ baseURL: '/' }).get('items')
    await connect({}).get('//api.example.com/items')
    expect(tokens).toEqual([null, null, expect.any(String)])
  })
})

test('upload progress is told', async () => {
  const { connect } = await signedIn(API)
  const onUploadProgress = vi.fn()
  const { data } = await connect({ baseURL: API }).post('/items', 'x'.repeat(1_000), { onUploadProgress })
  expect(data).toEqual({ size: 1_000 })
  expect(onUploadProgress.mock.lastCall?.[0]).toMatchObject({ loaded: 1_000, upload: true })
})

test('an abort and a timeout are axios’s own errors', async () => {
  const { connect, server } = await signedIn(API)
  const api = connect({ baseURL: API })
  const errorOf = (call: Promise<unknown>): Promise<AxiosError> =>
    call.then(
      () => expect.fail('answered'),
      error => error,
    )
  const holds = [server.hold(), server.hold()]
  const caller = new AbortController()
  const aborted = errorOf(api.get('/items', { signal: caller.signal }))
  await holds[0]!.begun
  caller.abort()
  expect(await aborted).toMatchObject({ code: 'ERR_CANCELED', message: 'canceled' })
  expect(await errorOf(api.get('/items', { timeout: 50 }))).toMatchObject({ code: 'ECONNABORTED' })
  for (const hold of holds) hold.release()
})

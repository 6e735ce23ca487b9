import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryStorage, type Session } from '../../src/index.ts'
import { ada, holdTime, later, letTimeGo, pause, record, signedIn, silence, stillSignedIn } from './given.ts'

/** What answers in the server's place, or nothing at all. */

beforeEach(() => {
  holdTime()
  silence()
})
afterEach(letTimeGo)

/** A connection that is never answered. */
const hanging = (signal: AbortSignal) =>
  new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

/** A world whose network may answer in the server's place. */
async function proxied(
  intercept: (request: Request) => Response | Promise<Response> | undefined,
  options: Parameters<typeof signedIn>[0] = {},
) {
  const made = await signedIn(options)
  const seen: string[] = []
  const storage = memoryStorage()
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    seen.push(`${request.method} ${new URL(request.url).pathname}`)
    return intercept(request) ?? made.server.fetch(request)
  }
  const session = made.another({ storage, fetch, ...options.session })
  const events = record(session)
  await session.signIn(ada)
  await later(pause)
  seen.length = 0
  return { ...made, session, events, seen, storage, fetch }
}

test('one 404 of an ingress during a deploy turns recovery off for nobody: a route’s own bare 401 ends no session', async () => {
  let deploying = false
  const made = await proxied(({ url }) => {
    if (deploying && url.includes('validate_token'))
      return new Response('default backend - 404', { status: 404 })
    if (url.endsWith('/basic')) return new Response(null, { status: 401 })
  })
  // Before: a route that refuses for its own reasons harms nobody.
  expect((await made.session.fetch('/basic')).status).toBe(401)
  await later(1_000)
  expect(made.session.getSnapshot().status).toBe('signed-in')
  await later(pause)
  deploying = true
  made.server.loseAnswer('GET /items')
  await made.session.fetch('/items').catch(() => {})
  await later(3_000)
  deploying = false
  await later(60_000)
  await made.session.fetch('/items')
  await later(pause)
  expect((await made.session.fetch('/basic')).status).toBe(401)
  await later(1_000)
  expect(await stillSignedIn(made)).toBe(true)
})

test.each([0, 503, 404])(
  '1.2.0: lost answers are recovered from also after an ingress has answered %i (0: nothing)',
  async status => {
    let deploying = false
    const made = await proxied(
      ({ url }) => {
        if (deploying && status && url.includes('validate_token'))
          return new Response('default backend', { status })
      },
      { rules: '1.2.0' },
    )
    deploying = true
    made.server.loseRequest('GET /items')
    await made.session.fetch('/items').catch(() => {})
    await later(3_000)
    deploying = false
    await later(60_000)
    await made.session.fetch('/items')
    await later(pause)
    made.server.loseAnswer('GET /items')
    await made.session.fetch('/items').catch(() => {})
    await later(10_000)
    expect(await stillSignedIn(made)).toBe(true)
  },
)

/** A session that has lost an answer, and whose next recovery is never answered. */
async function beforeHangingRecovery() {
  let hang = false
  const made = await proxied(({ url, signal }) => {
    if (hang && url.includes('unbatch')) {
      hang = false
      return hanging(signal)
    }
  })
  made.server.loseAnswer('GET /items')
  await made.session.fetch('/items').catch(() => {})
  hang = true
  return made
}

async function expectQuickValidation({ validateToken }: Session) {
  const start = Date.now()
  let took = -1
  void validateToken().then(() => (took = Date.now() - start))
  await later(70_000)
  expect(took).toBeGreaterThanOrEqual(0)
  expect(took).toBeLessThan(10_000)
}

test('validateToken waits for no recovery that hangs when the second one has been answered', async () => {
  const made = await beforeHangingRecovery()
  await later(1_600)
  expect(made.seen.filter(call => call.includes('validate'))).toHaveLength(1)
  await expectQuickValidation(made.session)
})

test('nor where a page is loaded anew and asks at the moment of its recovery', async () => {
  const made = await beforeHangingRecovery()
  made.session.dispose()
  const next = made.another({ storage: made.storage, fetch: made.fetch })
  await later(2_000)
  await expectQuickValidation(next)
})

test('a refusal proves that there is a network, whatever the browser says of it', async () => {
  let once = true
  const made = await proxied(({ url }) => {
    if (once && url.endsWith('/items')) {
      once = false
      return new Response(null, { status: 401 })
    }
  })
  vi.stubGlobal('navigator', { onLine: false })
  const start = Date.now()
  const call = made.session.fetch('/items').then(response => [response.status, Date.now() - start])
  await later(31_000)
  vi.unstubAllGlobals()
  expect(await call).toEqual([200, 0])
})

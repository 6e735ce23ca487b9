import { expect, vi } from 'vitest'
import {
  createSession,
  memoryStorage,
  type Session,
  type SessionEvents,
  type SessionOptions,
  type TokenHandoffError,
} from '../../src/index.ts'
import {
  createMockServer,
  type MockServer,
  type MockServerOptions,
  type Routes,
} from '../../src/mock/index.ts'

export const api = 'https://api.example.com'
export const ada = { email: 'ada@example.com', password: 'password123' }
export const bob = { email: 'bob@example.com', password: 'password123' }

/** One request as the network saw it. */
export interface Seen {
  method: string
  url: string
  path: string
  headers: Headers
  token: string | null
}

export interface World {
  server: MockServer
  session: Session
  /** Every request that went out, in order. */
  seen: Seen[]
  /** The same, as 'GET /items'. */
  calls(): string[]
  /** How often the application's own routes ran, by 'POST /items'. */
  ran: Record<string, number>
  /** The names of the session's events in order, with what is worth knowing of each. */
  events: { type: string; event: Record<string, unknown> }[]
  /** A further session with the same server, for instance the next page. */
  another(options?: Partial<SessionOptions>): Session
}

export type WorldOptions = MockServerOptions & { session?: Partial<SessionOptions> }

/** Time stands still until {@link later} moves it. Everything else runs as it does. */
export function holdTime(): void {
  vi.useFakeTimers({
    now: Date.UTC(2026, 0, 1),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
}

export function letTimeGo(): void {
  vi.useRealTimers()
  vi.restoreAllMocks()
}

/** Lets so many milliseconds pass, and everything happen that they bring. */
export async function later(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds)
  await settled()
}

/** Lets everything happen that needs no time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
}

/** Longer than the server's buffer: the next request rotates. */
export const pause = 6_000

/** A server with the users ada and bob and a few routes, and a session with it that is not signed in yet. */
export function world({ session: sessionOptions, ...options }: WorldOptions = {}): World {
  const ran: Record<string, number> = {}
  const counted = (routes: Routes): Routes =>
    Object.fromEntries(
      Object.entries(routes).map(([route, given]) => {
        const { handler, ...rest } = typeof given === 'function' ? { handler: given } : given
        const counting: typeof handler = async context => {
          const key = `${context.request.method} ${context.url.pathname}`
          ran[key] = (ran[key] ?? 0) + 1
          return handler(context)
        }
        return [route, { ...rest, handler: counting }]
      }),
    )
  const server = createMockServer({
    users: [ada, bob],
    seed: 1,
    ...options,
    routes: counted({
      'GET /items': ({ user }) => ({ owner: user.email }),
      'GET /others': () => 'others',
      'GET /forbidden': () => Response.json({ error: 'not yours' }, { status: 401 }),
      'GET /broken': () => {
        throw new Error('an exception in the action')
      },
      'GET /public': { access: 'public', handler: () => 'public' },
      '* /echo': async ({ request }) => ({
        method: request.method,
        type: request.headers.get('content-type'),
        body: await request.text(),
      }),
      ...options.routes,
    }),
  })
  const seen: Seen[] = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    const request = new Request(input, init)
    const { method, url, headers } = request
    seen.push({ method, url, path: new URL(url).pathname, headers, token: headers.get('access-token') })
    return server.fetch(request)
  }
  const another = (more: Partial<SessionOptions> = {}) =>
    createSession({ baseUrl: api, fetch, storage: memoryStorage(), ...sessionOptions, ...more })
  const session = another()
  return {
    server,
    session,
    seen,
    calls: () => seen.map(({ method, path }) => `${method} ${path}`),
    ran,
    events: record(session),
    another,
  }
}

/** The same, signed in as ada, long enough ago that the next request rotates. */
export async function signedIn(options: WorldOptions = {}): Promise<World> {
  const made = world(options)
  await made.session.signIn(ada)
  await later(pause)
  made.seen.length = 0
  made.events.length = 0
  return made
}

const eventTypes: (keyof SessionEvents)[] = [
  'snapshot',
  'signed-in',
  'signed-out',
  'sent',
  'rotated',
  'kept',
  'lost',
  'rejected',
  'recovered',
  'warning',
]

export function record(session: Session): World['events'] {
  const events: World['events'] = []
  for (const type of eventTypes) {
    session.on(type, event => events.push({ type, event: event as unknown as Record<string, unknown> }))
  }
  return events
}

/**
 * Sends a request that is so long under way that the server has forgotten its token when it arrives: two others
 * rotate meanwhile, and the buffer closes.
 *
 * @param route as the server's faults take it, such as 'POST /echo'
 */
export async function overtaken(
  made: World,
  route: string,
  send: () => Promise<Response>,
): Promise<Response> {
  made.server.delay(route, { request: 14_000 })
  const response = send()
  response.catch(() => {})
  await settled()
  await made.session.fetch('/items')
  await later(pause)
  await made.session.fetch('/items')
  await later(8_000)
  return response
}

/** Expects that the session is good: a call after the buffer is answered, and nobody was signed out on the way. */
export async function stillSignedIn({
  session,
  events,
}: Pick<World, 'session' | 'events'>): Promise<boolean> {
  await later(pause)
  const first = await session.fetch('/items')
  await later(pause)
  const second = await session.fetch('/items')
  const lost = events.some(({ type }) => type === 'signed-out')
  return (
    first.status === 200 && second.status === 200 && !lost && session.getSnapshot().status === 'signed-in'
  )
}

/** Has the user's data changed as applications do it that know nothing of token-handoff/account. */
export function updateUser(session: Session, fields: Record<string, string>): Promise<Response> {
  return session.fetch('/auth', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  })
}

/** Makes a call that the server runs, and whose answer never arrives. */
export async function loseAnswer({ server, session }: World, path = '/items'): Promise<void> {
  server.loseAnswer(path)
  expect(await failureOf(session.fetch(path))).toBeInstanceOf(TypeError)
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<TokenHandoffError> {
  const { reason } = (await Promise.allSettled([promise]))[0] as PromiseRejectedResult
  if (reason === undefined) throw new Error('It did not fail.')
  return reason
}

/** The console's warnings, which tests expect and do not want to see. */
export function silence(): { warnings: string[]; errors: unknown[] } {
  const warnings: string[] = []
  const errors: unknown[] = []
  vi.spyOn(console, 'warn').mockImplementation(message => warnings.push(String(message)))
  vi.spyOn(console, 'error').mockImplementation(error => errors.push(error))
  return { warnings, errors }
}

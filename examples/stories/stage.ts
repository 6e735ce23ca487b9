import { createSession, memoryStorage, type Session } from 'token-handoff'
import { createMockServer } from 'token-handoff/mock'
import { listen } from 'token-handoff/mock/node'
import { realClock, type StoryClock, virtualClock } from './clock.ts'
import type { Flags } from './flags.ts'
import { createRecorder, type Recorder } from './recorder.ts'

/** Where the stories are played: a server, a session with it, and who writes down what happens. */
export interface Stage {
  /** Who the server is, and whose the time. */
  readonly about: readonly string[]
  /** Where it is; ends in a slash. */
  readonly url: string
  readonly user: { readonly email: string; readonly password: string }
  readonly session: Session
  readonly recorder: Recorder
  readonly clock: StoryClock
  /** Protected routes to call. */
  readonly calls: readonly [string, string, string]
  /** Seconds. */
  readonly throttle: number
  /** How many rotations ago a token must have been replaced for the server to refuse it. */
  readonly staleAfter: number
  /** Makes the next call of a route take so many milliseconds, where the server obeys. */
  slow(path: string, ms: number): void
  /** The number of the token that the server accepts beside the newest; null where that is not known, or none is. */
  previousToken(): number | null
  /** Goes on in real time; null where there is nothing that could. */
  readonly serve: (() => { close(): Promise<void> }) | null
  close(): Promise<void>
}

export async function setStage(flags: Flags): Promise<Stage> {
  return flags.real ? realStage(flags, flags.real) : await mockStage(flags)
}

/** The mock server, over HTTP, in virtual time. */
async function mockStage({ rules, throttle }: Flags): Promise<Stage> {
  const clock = virtualClock()
  const user = { email: 'ada@example.com', password: 'password123' }
  const server = createMockServer({
    rules,
    batchRequestBufferThrottle: throttle,
    clock: clock.server,
    latency: 100,
    users: [{ ...user, name: 'Ada' }],
    routes: {
      'GET /items': () => [{ id: 1, name: 'an item' }],
      'GET /profile': ({ user: { email, name } }) => ({ email, name }),
      'GET /news': () => [{ id: 1, title: 'a title' }],
    },
  })
  const recorder = createRecorder(clock)
  recorder.log.followServer(server)
  const listening = await listen(server)
  const url = `${listening.url}/`
  const close = () => listening.close()
  return {
    about: [
      `It is the mock server: rules ${rules}, batch buffer ${throttle} s.`,
      'Its time is held: it jumps ahead when everybody waits.',
    ],
    url,
    user,
    session: followedSession(url, throttle, recorder),
    recorder,
    clock,
    calls: ['/items', '/profile', '/news'],
    throttle,
    staleAfter: rules === '1.2.0' ? 1 : 2,
    slow: (path, ms) => server.delay(path, ms),
    previousToken() {
      const [entry] = Object.values(server.inspect().users[0]!.clients)
      return recorder.known(entry?.previous ?? null)
    },
    serve() {
      clock.release()
      server.configure({ latency: 0 })
      return { close }
    },
    close,
  }
}

/** A stranger's server: nothing is known of it but its auth routes, and nobody holds its time. */
function realStage({ throttle }: Flags, { url, email, password }: NonNullable<Flags['real']>): Stage {
  const recorder = createRecorder(realClock)
  const path = `${new URL(url).pathname}auth/validate_token`
  return {
    about: [
      `It is a real server, taken to have a batch buffer of ${throttle} s (--throttle).`,
      `Its time is real: this takes about ${Math.ceil(throttle * 9 + 1)} s.`,
    ],
    url,
    user: { email, password },
    session: followedSession(url, throttle, recorder),
    recorder,
    clock: realClock,
    // The one protected route that every such server has; it hands out tokens as any other does.
    calls: [path, path, path],
    throttle,
    staleAfter: 2,
    slow() {},
    previousToken: () => null,
    serve: null,
    close: async () => {},
  }
}

function followedSession(url: string, throttle: number, recorder: Recorder): Session {
  const session = createSession({
    baseUrl: url,
    authPath: 'auth',
    fetch: recorder.fetch,
    storage: memoryStorage(),
    batchRequestBufferThrottle: throttle,
  })
  recorder.follow(session)
  return session
}

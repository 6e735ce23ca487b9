import { createSession, memoryStorage, type Session, type SessionOptions } from '../../src/index.ts'
import { createMockServer, type MockServer, type MockServerOptions } from '../../src/mock/index.ts'
import { createLog, type Log, type LogEvent, type LogOptions } from '../../src/timeline/index.ts'
import { later, pause } from '../session/given.ts'

const password = 'password123'

export interface Given {
  server: MockServer
  session: Session
  log: Log
  /** The events of one type, without their times. */
  of<Type extends LogEvent['type']>(type: Type): Omit<Extract<LogEvent, { type: Type }>, 'at' | 'tab'>[]
  /** One more session with the same server and storage, followed as another tab. */
  another(options?: Partial<SessionOptions>): Session
}

export interface GivenOptions {
  server?: MockServerOptions
  session?: Partial<SessionOptions>
  log?: LogOptions
  uid?: string
}

/** A session that is signed in, long enough ago that the next request rotates, and a log that followed from the start. */
export async function followed({
  server: settings,
  session: options,
  log: logOptions,
  uid = 'ada@example.com',
}: GivenOptions = {}): Promise<Given> {
  const server = createMockServer({
    seed: 1,
    users: [{ email: uid, password }],
    routes: { 'GET /items': () => [], 'GET /news': () => [], 'GET /slow': () => [] },
    ...settings,
  })
  const log = createLog(logOptions)
  log.followServer(server)
  const storage = memoryStorage()
  const another = (more: Partial<SessionOptions> = {}) => {
    const session = createSession({
      baseUrl: 'https://api.example.com',
      fetch: server.fetch,
      storage,
      ...options,
      ...more,
    })
    log.follow(session)
    return session
  }
  const session = another()
  await session.signIn({ email: uid, password })
  await later(pause)
  return {
    server,
    session,
    log,
    another,
    of: type =>
      log.events
        .filter(event => event.type === type)
        .map(event => {
          const { at, tab, ...rest } = event as LogEvent & { tab?: string }
          return rest as never
        }),
  }
}

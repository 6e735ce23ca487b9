import { createSession, type Session, type SessionOptions } from '../../src/index.ts'
import { createMockServer, type MockServer, type MockServerOptions } from '../../src/mock/index.ts'
import { createLog, type Log } from '../../src/timeline/index.ts'
import { beBrowser } from './tabs.ts'
import type { HeldTime } from './time.ts'

const ada = { email: 'ada@example.com', password: 'password123' }

/** Where a picture is played: a server, tabs, and a log of what they do. */
export interface Stage {
  readonly server: MockServer
  readonly log: Log
  readonly time: HeldTime
  /** Opens a tab, or loads one again. */
  open(tab: string, options?: Partial<SessionOptions>): Session
  /** The page of a tab goes away, with whatever is in flight. */
  leave(session: Session): void
  signIn(session: Session): Promise<void>
  /** Sends; what fails is part of the picture. */
  send(session: Session, path: string, init?: RequestInit): void
  /** Sends, and lets time pass until the answer is there. */
  call(session: Session, path: string, init?: RequestInit): Promise<void>
  /** Long enough for the server's buffer to close. */
  bufferCloses(): Promise<void>
  close(): void
}

export function setStage(time: HeldTime, options: MockServerOptions = {}): Stage {
  const server = createMockServer({
    seed: 6,
    latency: { request: 60, action: 30, response: 60 },
    users: [{ ...ada, name: 'Ada' }],
    routes: {
      'GET /items': () => [{ id: 1 }],
      'GET /news': () => [],
      'GET /profile': ({ user }) => ({ name: user.name }),
      'POST /photos': () => ({}),
    },
    ...options,
  })
  const log = createLog()
  beBrowser()
  log.followServer(server)
  const open = new Map<string, { session: Session; stop: () => void }>()

  const stage: Stage = {
    server,
    log,
    time,
    open(tab, sessionOptions) {
      open.get(tab)?.stop()
      const session = createSession({
        baseUrl: 'https://api.example.com',
        fetch: server.fetch,
        ...sessionOptions,
      })
      open.set(tab, { session, stop: log.follow(session, tab) })
      return session
    },
    leave(session) {
      globalThis.dispatchEvent(new Event('pagehide'))
      session.dispose()
    },
    async signIn(session) {
      const done = session.signIn(ada)
      await time.pass(200)
      await done
    },
    send(session, path, init) {
      session.fetch(path, init).catch(() => {})
    },
    async call(session, path, init) {
      stage.send(session, path, init)
      await time.pass(300)
    },
    bufferCloses: () => time.pass(5_100),
    close() {
      for (const { session, stop } of open.values()) {
        stop()
        session.dispose()
      }
    },
  }
  return stage
}

import axios, { type CreateAxiosDefaults } from 'axios'
import { attachSession } from '../../src/adapters/axios.ts'
import { createSession, memoryStorage, type Session, type SessionOptions } from '../../src/index.ts'
import { createMockServer, type MockServer, manualClock } from '../../src/mock/index.ts'

export const API = 'https://api.example.com'
export const EMAIL = 'ann@example.com'

export interface World {
  readonly server: MockServer
  readonly session: Session
  /** What a client gives its requests to; it remembers them. */
  readonly fetch: typeof globalThis.fetch
  readonly sent: Request[]
  /** Lets so much time pass that the next request rotates. */
  calm(): Promise<void>
  /** The token that the server would hand out last. */
  newest(): string
  /** Has the next request arrive when its token is no longer accepted, and the session has a newer one. */
  refuseNext(): void
}

/** A server in memory and a session that is signed in. */
export async function signedIn(options: Partial<SessionOptions> = {}): Promise<World> {
  const clock = manualClock(Date.now())
  const server = createMockServer({
    clock,
    users: [{ email: EMAIL }],
    cookieEnabled: options.transport === 'cookie',
    routes: {
      '* /items': ({ request }) => ({ did: request.method }),
      'POST /echo': async ({ request }) => new Response(await request.text()),
      'GET /forbidden': () => Response.json({ error: 'not yours' }, { status: 401 }),
      '* /missing': () => Response.json({ error: 'not there' }, { status: 404 }),
    },
  })
  const session = createSession({ baseUrl: API, storage: memoryStorage(), fetch: server.fetch, ...options })
  await session.signIn({ email: EMAIL, password: 'password123' })
  const sent: Request[] = []
  const calm = () => clock.advance(6_000)
  await calm()
  let refusing = false
  return {
    server,
    session,
    sent,
    async fetch(input, init) {
      const request = new Request(input, init)
      sent.push(request.clone())
      if (refusing) {
        refusing = false
        for (let n = 0; n < 2; n++) {
          await session.fetch('/items')
          await calm()
        }
      }
      return server.fetch(request)
    },
    calm,
    newest: () => Object.values(server.inspect().users[0]!.clients)[0]!.token,
    refuseNext() {
      refusing = true
    },
  }
}

/** axios's own fetch adapter, sending to the server in memory, with the session attached. */
export function attached({ session, fetch }: World, options: CreateAxiosDefaults = {}) {
  const api = axios.create({ baseURL: API, adapter: 'fetch', env: { fetch }, ...options })
  const detach = attachSession(api, session)
  return { api, detach }
}

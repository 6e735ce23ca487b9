import { createSession, memoryStorage, type Session } from '../../src/index.ts'
import type { Adapter, Answer, CallOptions } from './adapter.ts'
import { type Api, EMAIL, PASSWORD, PAST_THE_BUFFER } from './api.ts'
import { equal } from './check.ts'
import type { Seen } from './observe.ts'

/** What a case plays with: the servers, a session that is signed in, and the adapter's client with it. */
export interface Scene {
  readonly api: Api
  readonly session: Session
  readonly adapter: Adapter
  /** Calls 'GET /items' and the like; a URL instead of a path goes where it says. */
  call(route: string, options?: Omit<CallOptions, 'url' | 'method'>): Promise<Answer>
  /** Lets so much time pass that the next request rotates. */
  calm(): Promise<void>
  /** The requests that the server saw of a route. */
  seen(route: string): Promise<Seen[]>
  /** Calls once more, and sees that the session lives and that this token goes with it. */
  goesOnWith(token: string | null): Promise<void>
  /** Begins to listen; resolves at the session's next event of this type. */
  next(type: 'rotated' | 'kept' | 'lost' | 'recovered'): Promise<void>
}

/** Plays one case of the contract on servers and a session of its own. */
export async function play(run: (scene: Scene) => Promise<void>, adapter: Adapter, api: Api): Promise<void> {
  const session = createSession({
    baseUrl: api.url,
    storage: memoryStorage(),
    // The server's clock runs ahead of this one: a second after a call its buffer may be closed.
    batchRequestBufferThrottle: 0,
  })
  try {
    const client = adapter.connect(session)
    const scene: Scene = {
      api,
      session,
      adapter,
      call(route, options) {
        const [method = 'GET', path = '/'] = route.split(' ')
        return client({ ...options, method, url: new URL(path, api.url).href })
      },
      calm: () => api.skip(PAST_THE_BUFFER),
      seen: async route => (await api.seen()).filter(seen => seen.route === route),
      async goesOnWith(token) {
        const { status } = await scene.call('GET /items')
        const last = (await scene.seen('GET /items')).at(-1)
        equal([status, last?.token], [200, token], 'the next request is answered, and carries the token')
        equal(session.getSnapshot().status, 'signed-in', 'the session')
      },
      next: type =>
        new Promise(resolve => {
          const stop = session.on(type, () => {
            stop()
            resolve()
          })
        }),
    }
    await session.signIn({ email: EMAIL, password: PASSWORD })
    await run(scene)
  } finally {
    session.dispose()
    await api.close()
  }
}

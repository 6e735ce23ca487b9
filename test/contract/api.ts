import { createMockServer, type Hold, manualClock } from '../../src/mock/index.ts'
import { listen } from '../../src/mock/node.ts'
import { observe, type Seen, type Way } from './observe.ts'

/**
 * The servers of one case, and what the case does to them. All of it is plain data and promises, so that a page in
 * a browser can hold one as well.
 */
export interface Api {
  readonly url: string
  /** A server of another origin, that hands out tokens of its own. */
  readonly elsewhere: string
  /** Lets the server's clock run ahead. */
  skip(seconds: number): Promise<void>
  /** Stops the next request of the route, or its answer, on its way. */
  stall(what: Way, route: string): Promise<void>
  /** Resolves when it has been stopped. */
  stalled(what: Way, route: string): Promise<void>
  letGo(what: Way, route: string): Promise<void>
  /** Keeps the next request of the route open: accepted, and not answered until it is released. */
  hold(route: string): Promise<number>
  held(hold: number): Promise<void>
  release(hold: number): Promise<void>
  /** Nobody gets to read the answer to the next request of the route. */
  loseAnswer(route: string): Promise<void>
  /** Another holder of the session, whom the client cannot ask, rotates the token. */
  rotateElsewhere(): Promise<void>
  /** The requests of the application that are done, in the order of their answers. */
  seen(): Promise<Seen[]>
  /** Those that the other server got. */
  seenElsewhere(): Promise<Seen[]>
  close(): Promise<void>
}

export const EMAIL = 'ann@example.com'
export const PASSWORD = 'password123'
/** Longer than the server's batch buffer, in seconds. */
export const PAST_THE_BUFFER = 6

/** Starts the servers of one case. */
export async function startApi(loss: Parameters<typeof observe>[1]): Promise<Api> {
  const stranger = observe(
    createMockServer({ routes: { '* /items': { access: 'public', handler: foreign } } }),
  )
  const elsewhere = await listen(stranger.server)
  const clock = manualClock(Date.now())
  const server = createMockServer({
    clock,
    users: [{ email: EMAIL, password: PASSWORD }],
    routes: {
      'DELETE /items': () => undefined,
      '* /items': ({ request }) => ({ did: request.method }),
      'GET /slow': () => ({ did: 'GET' }),
      'GET /versioned': () => new Response('one', { headers: { etag: '"v1"' } }),
      'POST /invalid': () => Response.json({ errors: { name: ['is missing'] } }, { status: 422 }),
      'GET /forbidden': () => Response.json({ error: 'not yours' }, { status: 401 }),
      'GET /moved': () => Response.redirect(`${elsewhere.url}/items`),
      'GET /renamed': ({ url }) => Response.redirect(new URL('/items', url).href),
    },
  })
  const observed = observe(server, loss)
  const here = await listen(observed.server)
  const holds: Hold[] = []

  return {
    url: here.url,
    elsewhere: elsewhere.url,
    skip: seconds => clock.advance(seconds * 1_000),
    stall: async (what, route) => observed.stall(what, route),
    stalled: (what, route) => observed.stalled(what, route),
    letGo: async (what, route) => observed.letGo(what, route),
    hold: async route => holds.push(server.hold(route)) - 1,
    async held(hold) {
      if (!(await holds[hold]!.begun)) throw new Error('The request to be held was refused.')
    },
    release: async hold => holds[hold]!.release(),
    loseAnswer: async route => observed.loseAnswer(route),
    async rotateElsewhere() {
      const [user] = server.inspect().users
      const [client, { token }] = Object.entries(user!.clients)[0]!
      await server.fetch(`${here.url}/auth/validate_token?unbatch=1`, {
        headers: { 'access-token': token, client, uid: user!.uid },
      })
    },
    seen: async () => observed.seen,
    seenElsewhere: async () => stranger.seen,
    async close() {
      await Promise.all([here.close(), elsewhere.close()])
    },
  }
}

function foreign(): Response {
  const headers = { 'access-token': 'foreign', client: 'foreign', expiry: '9999999999', uid: EMAIL }
  return Response.json({ did: 'elsewhere' }, { headers })
}

import { createMockServer, type MockServer, type MockServerOptions } from '../../src/mock/index.ts'
import { type ListenOptions, listen } from '../../src/mock/node.ts'

/** A request as it arrived, preflights left out. */
export interface Arrived {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly token: string | null
}

/** The mock server over HTTP, on a port of its own: to the tabs it is another origin. */
export interface Api {
  readonly server: MockServer
  readonly url: string
  readonly requests: Arrived[]
  /** How many requests had their token accepted, refused, rotated. */
  readonly counted: Record<'accept' | 'reject' | 'rotate' | 'blank', number>
  /** Requests for a fresh token at once. */
  recoveries(): number
  /** Lets the server's clock run ahead. */
  skip(seconds: number): void
  /** The same until its batch buffer is closed, so that the next request rotates. */
  closeBuffer(): void
  /**
   * The next request of the route is served, but its page may not read the answer: to it the answer is lost.
   * (A broken connection would not do: Chromium then sends the request again by itself.)
   */
  loseAnswer(route: string, times?: number): void
  close(): Promise<void>
  /** Listens again, at the same address, with these options in place of those before. */
  reopen(front?: ListenOptions): Promise<void>
}

export const ANN = 'ann@example.com'
export const BOB = 'bob@example.com'
export const PASSWORD = 'password123'

export async function startApi(
  { routes, ...options }: MockServerOptions = {},
  front?: ListenOptions,
): Promise<Api> {
  let ahead = 0
  const skip = (seconds: number) => {
    ahead += seconds * 1_000
  }
  const server = createMockServer({
    clock: { now: () => Date.now() + ahead },
    users: [
      { email: ANN, name: 'Ann' },
      { email: BOB, name: 'Bob' },
    ],
    permittedParameters: ['name'],
    routes: {
      '* /items': () => ({ items: [] }),
      'GET /search': ({ url }) => ({ found: url.searchParams.get('q') }),
      // What a server says that lets the browser answer by itself for an hour.
      'GET /cached': () => Response.json({}, { headers: { 'cache-control': 'private, max-age=3600' } }),
      ...routes,
    },
    ...options,
  })
  const counted = { accept: 0, reject: 0, rotate: 0, blank: 0 }
  server.on(({ type }) => {
    if (type in counted) counted[type as keyof typeof counted]++
  })
  const requests: Arrived[] = []
  const toLose: string[] = []

  const fetch = async (request: Request) => {
    const { pathname, search } = new URL(request.url)
    const token = request.headers.get(server.headersNames['access-token'])
    requests.push({ method: request.method, path: pathname + search, token })
    const losing = toLose.indexOf(`${request.method} ${pathname}`)
    if (losing >= 0) toLose.splice(losing, 1)
    const response = await server.fetch(request)
    if (losing >= 0) response.headers.set('access-control-allow-origin', 'http://nobody.test')
    return response
  }
  const observed: MockServer = Object.assign(Object.create(server), { fetch })
  let listening = await listen(observed, front)
  return {
    server,
    url: listening.url,
    requests,
    counted,
    recoveries: () => requests.filter(({ path }) => path.includes('unbatch')).length,
    skip,
    closeBuffer: () => skip(6),
    loseAnswer(route, times = 1) {
      for (let n = 0; n < times; n++) toLose.push(route)
    },
    close: () => listening.close(),
    async reopen(changed = front) {
      listening = await listen(observed, { ...changed, port: listening.port })
    },
  }
}

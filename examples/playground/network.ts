import { api } from './actions.ts'
import type { HeldTime } from './time.ts'

/** What a browser does between its tabs and a server. */
export interface Browser {
  /** The network of one tab; `leave` cuts it, as a page that goes away does. */
  connect(): { fetch: typeof globalThis.fetch; leave(): void }
  /** The next GET is answered out of the cache. */
  cacheNext(): void
  /** Whether a token went to another origin. */
  readonly leaked: boolean
}

/**
 * @param send what takes a request to the server
 * @param time where waiting is done, and where what takes no time is told of, so that time does not go on meanwhile
 */
export function createBrowser(
  send: typeof globalThis.fetch,
  { sleep, watch }: Pick<HeldTime, 'sleep' | 'watch'>,
): Browser {
  const cache = new Map<string, Response>()
  let fromCache = false
  let leaked = false

  async function elsewhere(init: RequestInit | undefined, redirected: boolean): Promise<Response> {
    // Where the API's own server redirects to, any client's headers follow.
    if (!redirected && new Headers(init?.headers).get('access-token')) leaked = true
    await sleep(120)
    const headers = { 'access-token': 'planted', client: 'planted', uid: 'planted', expiry: '9999999999' }
    const response = Response.json({}, { headers })
    if (redirected) {
      const landed = { redirected: { value: true }, url: { value: 'https://evil.test/landing' } }
      Object.defineProperties(response, landed)
    }
    return response
  }

  async function answer(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const url = String(input)
    const { origin, username } = new URL(url)
    // As the platform's fetch does.
    if (username) throw new TypeError('Request cannot be constructed from a URL that includes credentials')
    if (origin !== api || url === `${api}/away`) return elsewhere(init, origin === api)
    const caches = (init?.method ?? 'GET') === 'GET' && init?.cache !== 'no-store'
    const kept = caches && fromCache && cache.get(url)
    if (kept) {
      fromCache = false
      await sleep(5)
      return kept.clone()
    }
    const { signal, ...sent } = init ?? {}
    const response = await untilAborted(signal, watch(send(input, sent)))
    if (caches && response.ok) cache.set(url, response.clone())
    return response
  }

  /** Reading a body takes its turns, and no time. */
  function watched(response: Response): Response {
    const json = () => watch(Response.prototype.json.call(response))
    return Object.defineProperty(response, 'json', { value: json })
  }

  return {
    connect() {
      let gone = false
      return {
        fetch: (input, init) => {
          const answered = answer(input, init)
          return new Promise((resolve, reject) => {
            // The answer of a page that went away reaches nobody.
            answered.then(
              response => gone || resolve(watched(response)),
              error => gone || reject(error),
            )
          })
        },
        leave() {
          gone = true
        },
      }
    },
    cacheNext() {
      fromCache = true
    },
    get leaked() {
      return leaked
    },
  }
}

/** An abort is told at once, and the server goes on. */
function untilAborted<T>(signal: AbortSignal | null | undefined, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal!.reason)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    answer.then(resolve, reject).finally(() => signal?.removeEventListener('abort', abort))
  })
}

import { TokenHandoffError } from '../errors.ts'
import type { Fetch } from '../session/fetch.ts'
import type { Session } from '../session/session.ts'

/** What can be made to fail. */
export type Fault = 'lose' | 'delay' | 'expire'

/** Makes a session's requests fail when it is asked to; otherwise it passes them on. */
export interface Faults {
  /** What sends the requests: `createSession({ fetch: faults.fetch })`. */
  readonly fetch: Fetch
  /** The next request reaches the server, and its answer reaches nobody: its fetch rejects with a TypeError. */
  loseAnswer(): void
  /** The answer of the next request comes so many milliseconds later. */
  delayAnswer(ms: number): void
  /** The next request that carries a token carries one that the server refuses, as it refuses an expired one. */
  expireToken(): void
  /** What waits for its request, in the order in which it was asked for. */
  readonly waiting: readonly Fault[]
  /** How many requests came by. */
  readonly count: number
  /** Leaves other requests alone than this session's. {@link mountDevtools} sees to it. */
  only(session: Pick<Session, 'own' | 'exchange'>): void
  /** Calls the listener when `waiting` has changed; returns the function that stops it. */
  subscribe(listener: () => void): () => void
}

/** No server knows it. */
const refused = 'expired-by-devtools'

/**
 * Makes faults for a session that has a fetch of its own.
 *
 * @param fetch what sends the requests. @default the platform's fetch
 * @example
 * const faults = createFaults()
 * const session = createSession({ baseUrl, fetch: faults.fetch })
 * mountDevtools(session, { faults })
 */
export function createFaults(fetch: Fetch = (input, init) => globalThis.fetch(input, init)): Faults {
  let waiting: readonly { fault: Fault; ms: number }[] = []
  let session: Pick<Session, 'own' | 'exchange'> | undefined
  let count = 0
  const listeners = new Set<() => void>()

  function change(next: typeof waiting) {
    waiting = next
    for (const listener of listeners) listener()
  }

  function take(fault: Fault) {
    const taken = waiting.find(entry => entry.fault === fault)
    if (taken) change(waiting.filter(entry => entry !== taken))
    return taken
  }

  /** Null where no token is carried in sight: in a cookie, or before a sign-in. */
  function withRefusedToken(input: RequestInfo | URL, init: RequestInit | undefined): RequestInit | null {
    const headers = new Headers(init?.headers ?? (input as Partial<Request>).headers)
    const name = session?.exchange.wire.names['access-token'] ?? 'access-token'
    const bearer = headers.get('authorization')?.startsWith('Bearer ')
    if (!headers.has(name) && !bearer) return null
    if (headers.has(name)) headers.set(name, refused)
    else headers.set('authorization', `Bearer ${refused}`)
    return { ...init, headers }
  }

  return {
    async fetch(input, init) {
      const url = (input as Partial<Request>).url ?? String(input)
      if (session && session.own(absolute(url)) === null) return fetch(input, init)
      count++
      if (waiting.length === 0) return fetch(input, init)
      const expired = waiting.some(({ fault }) => fault === 'expire') && withRefusedToken(input, init)
      if (expired) take('expire')
      const lost = take('lose')
      const delayed = take('delay')
      const sent = expired || init
      const response = await fetch(input, sent)
      if (delayed) await wait(delayed.ms, sent?.signal ?? (input as Partial<Request>).signal)
      if (!lost) return response
      await response.body?.cancel().catch(() => {})
      throw new TypeError('Failed to fetch', { cause: new Error('the devtools lost the answer') })
    },
    loseAnswer: () => change([...waiting, { fault: 'lose', ms: 0 }]),
    delayAnswer(ms) {
      if (!(ms >= 0 && ms < 2 ** 31)) {
        throw new TokenHandoffError('option-invalid', 'delayAnswer takes milliseconds, at least 0.')
      }
      change([...waiting, { fault: 'delay', ms }])
    },
    expireToken: () => change([...waiting, { fault: 'expire', ms: 0 }]),
    get waiting() {
      return waiting.map(({ fault }) => fault)
    },
    get count() {
      return count
    },
    only(given) {
      session = given
    },
    subscribe(listener) {
      const own = () => listener()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
}

/** A page's own relative addresses are none of the API's, to which a session would resolve them. */
function absolute(url: string): string {
  const base = globalThis.document?.baseURI
  return base && URL.canParse(url, base) ? new URL(url, base).href : url
}

/** As a network does, it ends at once for whoever gives up. */
function wait(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    const abort = () => {
      clearTimeout(timer)
      reject(signal!.reason)
    }
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}

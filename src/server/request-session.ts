import { parseRecord, type SessionRecord, sameRecord } from '../core/record.ts'
import type { Fetch } from '../session/fetch.ts'
import { longestTime, type SessionOptions } from '../session/options.ts'
import { createSession, type Session } from '../session/session.ts'
import {
  type CookieAttributes,
  cookieLine,
  cookieName,
  cookieSize,
  longestCookie,
} from '../storage/cookies.ts'
import { type Carried, carriedBy, forOneRequest, forThePage, type IncomingRequest } from './carried.ts'

export type { IncomingRequest } from './carried.ts'

/** What {@link requestSession} takes: a session's options, and the cookie's. */
export interface RequestSessionOptions extends Omit<SessionOptions, 'storage'> {
  /** The cookie's name. The page's session needs the same one. @default as in the page: from baseUrl and authPath */
  storageKey?: string | undefined
  /** The attributes of the cookie, as the page's `cookieStorage` has them. */
  cookie?:
    | (CookieAttributes & {
        /** Hides the cookie from the page's scripts: then only the server can call the API. @default false */
        httpOnly?: boolean | undefined
      })
    | undefined
  /** Milliseconds that {@link RequestSession.finish} waits for calls that are still under way. @default 10000 */
  finishWithin?: number | undefined
}

/** The session of one request. */
export interface RequestSession<User> {
  /** As in the page. It knows nothing of other requests. */
  readonly session: Session<User>
  /**
   * Waits for the calls that are still under way, lets go of the session, and returns the headers that hand what
   * changed to the browser: a `Set-Cookie`, or the token headers where the request had those; none when nothing
   * changed, or when it does not fit into a cookie (a warning says so). Call it also when the page could not be
   * rendered.
   */
  finish(): Promise<[name: string, value: string][]>
}

/**
 * Makes the session of one request to a server that renders pages: from the three token headers where the
 * request has them, else from the cookie that the page's `cookieStorage()` keeps. Nothing is shared between
 * requests.
 *
 * The server's calls rotate as the page's do. An answer that never reaches the browser loses what they brought:
 * servers since gem 1.2.1 forgive that once, older ones do not. So start answering as soon as the calls are done.
 *
 * @param request fetch's Request, or Node's IncomingMessage
 * @param options as for `createSession`. Where the server reaches the API at another address than the page does,
 *   both need one `storageKey`
 * @throws TokenHandoffError as `createSession` does
 * @example
 * const { session, finish } = requestSession(request, { baseUrl: 'https://api.example.com' })
 * const html = await render(session)
 * return new Response(html, { headers: [['content-type', 'text/html'], ...(await finish())] })
 */
export function requestSession<User = Record<string, unknown>>(
  request: IncomingRequest,
  { cookie = {}, finishWithin = 10_000, ...options }: RequestSessionOptions,
): RequestSession<User> {
  const { httpOnly, ...attributes } = cookie
  cookieLine('', '', attributes)
  let name = ''
  let carried: Carried = { record: null, via: 'cookie' }
  let start: SessionRecord | null = null
  let stored: string | null = null
  const underWay = new Set<Promise<unknown>>()
  const fetch: Fetch = (input, init) => {
    const call = (options.fetch ?? globalThis.fetch)(input, init)
    const settled = call.then(ignore, ignore).then(() => void underWay.delete(settled))
    underWay.add(settled)
    return call
  }
  const session = createSession<User>({
    ...options,
    fetch,
    storage: {
      getItem(key) {
        if (name === '') {
          name = cookieName(key, attributes)
          carried = carriedBy(request, name, options.headerNames)
          start = carried.record && forOneRequest(carried.record, Date.now())
          stored = start && JSON.stringify(start)
        }
        return stored
      },
      setItem(_key, value) {
        stored = value
      },
      removeItem() {
        stored = null
      },
    },
  })

  /** Resolves when no call has been under way for a moment: a refused one is sent again. */
  async function quiet() {
    do {
      await Promise.all(underWay)
      await new Promise(resolve => setTimeout(resolve))
    } while (underWay.size > 0)
  }

  return {
    session,
    async finish() {
      let timer: ReturnType<typeof setTimeout> | undefined
      const patience = new Promise(resolve => {
        // One that is set for longer runs out at once.
        timer = setTimeout(resolve, Math.min(finishWithin, longestTime))
      })
      await Promise.race([quiet(), patience])
      clearTimeout(timer)
      // What is still under way may bring a token that nobody will take: that is written down with the session.
      session.dispose()
      const after = parseRecord(stored)
      if (!after || (start && sameRecord(after, start))) return []
      if (carried.via === 'cookie') {
        const value = JSON.stringify(forThePage(after, carried.record))
        if (cookieSize(name, value) > longestCookie) {
          const why =
            'The session does not fit into a cookie, which holds 4 kB, so the browser keeps the old one.'
          session.account().warn('storage-failed', why)
          return []
        }
        const line = cookieLine(name, value, attributes)
        return [['set-cookie', httpOnly ? `${line}; HttpOnly` : line]]
      }
      const { names } = session.exchange.wire
      const [token] = after.tokens
      if (!token || !after.client) return []
      return [
        [names['access-token'], token.value],
        [names['token-type'], 'Bearer'],
        [names.client, after.client],
        [names.uid, after.uid.value],
        [names.expiry, `${token.expiry}`],
      ]
    },
  }
}

function ignore() {}

import type { Forgotten } from './abort.ts'
import { isLarge, isReadOnce } from './body.ts'
import { carry } from './carry.ts'
import type { SessionContext } from './context.ts'
import { headerOf, stampOnto } from './headers.ts'
import { discard, foreignTraits, responseTraits } from './response.ts'
import type { Answers } from './transmit.ts'

/** The platform’s fetch. */
export type Fetch = typeof globalThis.fetch

/** Makes the session's fetch: the platform's own signature, with the credentials handed on. */
export function createFetch(context: SessionContext, own: (url: string) => string | null): Fetch {
  const { exchange, wire } = context
  const { fetch } = context.settings
  const answers: Answers<Response> = { traitsOf, discard }
  // React Native's older engines have none.
  const forgotten: Forgotten | null =
    typeof FinalizationRegistry === 'function' ? new FinalizationRegistry(stop => stop()) : null

  function exchangeFor(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = isRequest(input) ? input : null
    const asked = request ? request.url : String(input)
    const url = own(asked)
    const signal = init?.signal === undefined ? request?.signal : init.signal
    if (
      url === null ||
      // A Request is sent to where it says. React Native's may say what its URL reads as a path of the API.
      (request && url !== asked) ||
      (init?.mode ?? request?.mode) === 'no-cors' ||
      // The platform will refuse it.
      (signal && !('aborted' in signal))
    )
      return fetch(input, init)
    // A Request, say: what its prototype gives is in no copy of it.
    const kind = init && Object.getPrototypeOf(init)
    if (kind && kind !== Object.prototype) return exchangeFor(new Request(request ?? url, init))

    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase()
    // As it is now, not as it is when a storage has been read.
    const given: RequestInit = { ...init }
    const callers = toPlain(init?.headers ?? request?.headers)
    const hasBody =
      request !== null && init?.body == null && request.body !== null && method !== 'GET' && method !== 'HEAD'
    const traits = {
      method,
      url,
      cache: init?.cache ?? request?.cache,
      replayable: !isReadOnce(given.body),
      callersHeader: callers && ((name: string) => headerOf(callers, name)),
    }
    let spare = request
    const send = (signal?: AbortSignal | null, stamp?: Record<string, string>) => {
      const wireInit = { ...given }
      if (request) {
        // Beside an init of ours the platform would forget these two. To parse its own default costs more than it seems.
        const { referrer, referrerPolicy } = request
        if (referrer !== 'about:client') wireInit.referrer ??= referrer
        wireInit.referrerPolicy ??= referrerPolicy
      }
      if (wire.transport === 'cookie' && request?.credentials !== 'omit') wireInit.credentials ??= 'include'
      if (stamp) wireInit.headers = callers ? stampOnto({ ...callers }, stamp) : stamp
      if (signal) wireInit.signal = signal
      const sent = spare ?? url
      // The caller's own is used up, as by the platform; a replay is made of copies.
      if (stamp && hasBody) spare = spare!.clone()
      return fetch(sent, wireInit)
    }
    const large = !!signal && (hasBody ? !isText(request) : isLarge(given.body))
    return carry(exchange, traits, answers, send, signal, large, forgotten)
  }

  function traitsOf(response: Response) {
    return response.redirected && own(response.url) === null ? foreignTraits : responseTraits(response)
  }

  function sessionFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    try {
      return exchangeFor(input, init)
    } catch (error) {
      return Promise.reject(error)
    }
  }
  return sessionFetch
}

function isRequest(input: unknown): input is Request {
  return typeof (input as Request).clone === 'function'
}

function toPlain(headers: HeadersInit | undefined): Record<string, string> | undefined {
  return headers && Symbol.iterator in headers
    ? Object.fromEntries('get' in headers ? headers : new Headers(headers))
    : headers && { ...headers }
}

/** A Request does not tell the size of its body; bytes and files are not sent as text. */
function isText({ body, headers }: Request): boolean {
  const type = headers.get('content-type')
  // Firefox does not even tell whether there is a body.
  return type === null ? body === undefined : /^(?:text\/|\S+json|\S+urlencoded)/.test(type)
}

import type { SessionContext } from './context.ts'
import { discard, responseTraits, transmit } from './transmit.ts'

export type Fetch = typeof globalThis.fetch

/** Beyond this many bytes an upload is not kept on the wire after its caller has given it up. */
const largeBody = 65_536

/** Makes the session's fetch: the platform's own signature, with the credentials handed on. */
export function createFetch(context: SessionContext, own: (url: string) => string | null): Fetch {
  const { exchange, settings, wire } = context
  const { fetch } = settings
  /** A response that nobody holds any more needs no listener for its abort. */
  const forgotten = new FinalizationRegistry<() => void>(stop => stop())

  return async (input, init) => {
    const request = isRequest(input) ? input : null
    const url = own(request ? request.url : String(input))
    const loading = context.ready()
    if (loading !== null) await loading
    if (url === null || (init?.mode ?? request?.mode) === 'no-cors') return fetch(input, init)

    const signal = init?.signal === undefined ? request?.signal : init.signal
    signal?.throwIfAborted()
    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase()
    const callers = init?.headers ?? request?.headers
    const body = init?.body
    const flight = exchange.begin({
      method,
      cache: init?.cache ?? request?.cache,
      replayable: !isReadOnce(body),
      callersToken: wire.transport === 'headers' ? headerOf(callers, wire.names['access-token']) : null,
    })
    const cloned = flight && request && method !== 'GET' && method !== 'HEAD'
    const send = (wireSignal = signal) =>
      fetch(cloned ? request.clone() : (request ?? url), {
        ...init,
        ...(wire.transport === 'cookie' && !init?.credentials && { credentials: 'include' }),
        ...(flight && { headers: stampOnto(callers, flight.headers) }),
        ...(wireSignal && { signal: wireSignal }),
      })
    if (!flight) return send()
    if (!signal) return transmit(exchange, flight, send, traitsOf)

    // An aborted call is over for its caller at once. On the wire it lives on until its headers are there:
    // they may hold the only copy of the next token.
    const large = cloned ? !isText(request) : sizeOf(body) > largeBody
    const wireAbort = new AbortController()
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout>
      let delivered = large
      const cut = () => wireAbort.abort(signal.reason)
      const abort = () => {
        reject(signal.reason)
        if (delivered) cut()
        else timer = setTimeout(cut, settings.linger)
      }
      const stop = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
      }
      signal.addEventListener('abort', abort)
      transmit(
        exchange,
        flight,
        () => send(wireAbort.signal),
        traitsOf,
        () => signal.aborted,
      ).then(
        response => {
          delivered = true
          clearTimeout(timer)
          resolve(response)
          if (signal.aborted) discard(response)
          else forgotten.register(response, stop)
        },
        error => {
          stop()
          reject(error)
        },
      )
    })
  }

  /** After a redirect to elsewhere the headers are somebody else's. */
  function traitsOf(response: Response) {
    const foreign = response.redirected && own(response.url) === null
    return foreign ? { status: 200, header: () => null } : responseTraits(response)
  }
}

function isRequest(input: unknown): input is Request {
  return typeof (input as Request).clone === 'function'
}

function headerOf(headers: HeadersInit | undefined, name: string): string | null {
  if (!headers) return null
  if (isPlain(headers)) {
    for (const key in headers) if (key.toLowerCase() === name.toLowerCase()) return headers[key]!
    return null
  }
  return new Headers(headers).get(name)
}

/** The caller's own headers stay as they are. */
function stampOnto(callers: HeadersInit | undefined, stamp: Record<string, string>): HeadersInit {
  if (!callers) return stamp
  const headers = isPlain(callers) ? { ...callers } : new Headers(callers)
  for (const name in stamp) {
    if (headerOf(callers, name) !== null) continue
    if (headers instanceof Headers) headers.set(name, stamp[name]!)
    else headers[name] = stamp[name]!
  }
  return headers
}

function isPlain(headers: HeadersInit): headers is Record<string, string> {
  return !(Symbol.iterator in headers)
}

/** A stream, or anything that is iterated while it is sent: the second sending would find it empty. */
function isReadOnce(body: unknown): boolean {
  return body instanceof Object && ('getReader' in body || Symbol.asyncIterator in body)
}

/** Bytes, about; of a form nobody knows. */
function sizeOf(body: unknown): number {
  const { size, byteLength, length = 0 } = Object(body ?? '') as Record<string, number>
  return body instanceof FormData || isReadOnce(body) ? Infinity : (size ?? byteLength ?? length)
}

/** A Request does not tell the size of its body; files are not sent as text. */
function isText({ headers }: Request): boolean {
  return /^(?:text\/|\S+json|\S+urlencoded|$)/.test(headers.get('content-type') ?? '')
}

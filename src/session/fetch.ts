import type { Wire } from '../core/credentials.ts'
import type { Exchange, Flight } from './exchange.ts'
import { discard, responseTraits, transmit } from './transmit.ts'

export type Fetch = typeof globalThis.fetch

/** Beyond this many bytes an upload is not kept on the wire after its caller has given it up. */
const largeBody = 65_536

export interface FetchHost {
  exchange: Exchange
  wire: Wire
  fetch: Fetch
  own(url: string): string | null
  /** Milliseconds that an aborted request stays on the wire for its headers; 0: it is really aborted. */
  linger: number
  /** Before anything is sent: the storage may still be loading. */
  ready(): Promise<void> | null
}

/** Makes the session's fetch: the platform's own signature, with the credentials handed on. */
export function createFetch(host: FetchHost): Fetch {
  const { exchange, wire } = host
  /** A response that nobody holds any more needs no listener for its abort. */
  const forgotten = new FinalizationRegistry<() => void>(stop => stop())

  return async (input, init) => {
    const request = isRequest(input) ? input : null
    const url = host.own(request ? request.url : String(input))
    const loading = host.ready()
    if (loading !== null) await loading
    if (url === null || (init?.mode ?? request?.mode) === 'no-cors') return host.fetch(input, init)

    const body = init?.body ?? null
    const callers = callersHeaders(init?.headers ?? request?.headers)
    const signal = init && 'signal' in init ? init.signal : request?.signal
    signal?.throwIfAborted()
    const traits = {
      method: (init?.method ?? request?.method ?? 'GET').toUpperCase(),
      cache: init?.cache ?? request?.cache,
      replayable: !isReadOnce(body),
      callersToken: callers && sentByCaller(wire, callers),
    }
    const hasBody = request !== null && traits.method !== 'GET' && traits.method !== 'HEAD'
    const flight = exchange.begin(traits)
    if (!flight) return host.fetch(request ?? url, withCredentials(wire, init))

    const send = (wireSignal?: AbortSignal | null) =>
      host.fetch(hasBody ? request.clone() : (request ?? url), {
        ...withCredentials(wire, init),
        headers: stampOnto(callers, flight.headers),
        ...(wireSignal === undefined ? null : { signal: wireSignal }),
      })
    if (!signal) return transmit(exchange, flight, send, traitsOf)
    const linger = sizeOf(body, hasBody ? request : null) > largeBody ? 0 : host.linger
    return runAbortable(send, flight, signal, linger)
  }

  /**
   * An aborted call is over for its caller at once. On the wire it lives on until its headers are there: they
   * may hold the only copy of the next token.
   */
  function runAbortable(
    send: (signal: AbortSignal) => Promise<Response>,
    flight: Flight,
    signal: AbortSignal,
    linger: number,
  ): Promise<Response> {
    const wire = new AbortController()
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      let delivered = false
      const abort = () => {
        reject(signal.reason)
        if (delivered || linger === 0) wire.abort(signal.reason)
        else timer = setTimeout(() => wire.abort(signal.reason), linger)
      }
      const stop = () => signal.removeEventListener('abort', abort)
      signal.addEventListener('abort', abort, { once: true })
      transmit(
        exchange,
        flight,
        () => send(wire.signal),
        traitsOf,
        () => signal.aborted,
      ).then(
        response => {
          clearTimeout(timer)
          delivered = true
          if (signal.aborted) return discard(response)
          if (response.body) forgotten.register(response, stop)
          else stop()
          resolve(response)
        },
        error => {
          clearTimeout(timer)
          stop()
          reject(error)
        },
      )
    })
  }

  function traitsOf(response: Response) {
    // After a redirect to elsewhere the headers are somebody else's.
    const foreign = response.redirected && host.own(response.url) === null
    return foreign ? { status: 200, header: () => null } : responseTraits(response)
  }
}

function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input && 'clone' in input
}

type CallersHeaders = Headers | Record<string, string> | undefined

/** Arrays of pairs become Headers; the other two forms are as cheap as they get. */
function callersHeaders(headers: HeadersInit | undefined): CallersHeaders {
  return Array.isArray(headers) ? new Headers(headers) : (headers as CallersHeaders)
}

function callersHeader(headers: NonNullable<CallersHeaders>, name: string): string | null {
  if (typeof headers.get === 'function') return (headers as Headers).get(name)
  for (const key in headers) if (key.toLowerCase() === name) return (headers as Record<string, string>)[key]!
  return null
}

function sentByCaller({ names, transport }: Wire, headers: NonNullable<CallersHeaders>): string | null {
  return transport === 'headers' ? callersHeader(headers, names['access-token'].toLowerCase()) : null
}

/** The caller's own headers stay as they are. */
function stampOnto(callers: CallersHeaders, stamp: Record<string, string>): HeadersInit {
  if (!callers) return stamp
  if (typeof callers.get === 'function') {
    const headers = new Headers(callers as Headers)
    for (const name in stamp) if (!headers.has(name)) headers.set(name, stamp[name]!)
    return headers
  }
  const headers = { ...(callers as Record<string, string>) }
  for (const name in stamp)
    if (callersHeader(callers, name.toLowerCase()) === null) headers[name] = stamp[name]!
  return headers
}

function withCredentials({ transport }: Wire, init: RequestInit | undefined): RequestInit | undefined {
  return transport === 'cookie' && !init?.credentials ? { ...init, credentials: 'include' } : init
}

/** A stream, or anything that is iterated while it is sent: the second sending would find it empty. */
function isReadOnce(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body)
}

function sizeOf(body: unknown, request: Request | null): number {
  if (request) return isTextual(request.headers.get('content-type')) ? 0 : Infinity
  if (body === null || body === undefined) return 0
  if (typeof body === 'string') return body.length
  if (body instanceof Blob) return body.size
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength
  if (body instanceof URLSearchParams) return 0
  if (body instanceof FormData) {
    let size = 0
    for (const value of body.values()) size += typeof value === 'string' ? value.length : value.size
    return size
  }
  return Infinity
}

/** A Request does not tell the size of its body; files are not sent as these. */
function isTextual(contentType: string | null): boolean {
  return (
    contentType === null ||
    /^(?:text\/|application\/(?:.*json|x-www-form-urlencoded|graphql))/.test(contentType)
  )
}

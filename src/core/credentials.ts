/** The logical header names, as the server's `headers_names` setting calls them. */
export interface HeaderNames {
  'access-token': string
  client: string
  uid: string
  expiry: string
  'token-type': string
  authorization: string
}

export const defaultHeaderNames: HeaderNames = {
  'access-token': 'access-token',
  client: 'client',
  uid: 'uid',
  expiry: 'expiry',
  'token-type': 'token-type',
  authorization: 'authorization',
}

/**
 * How credentials travel to the server.
 *
 * - `headers`: one header per field. A browser keeps them on a redirect to another origin.
 * - `bearer`: `Authorization: Bearer` with the fields as base64 JSON (gem 1.2.1 and later). A browser drops
 *   it on a redirect to another origin.
 * - `cookie`: the server's own cookie (`cookie_enabled`); nothing is stamped and no token is kept here.
 */
export type Transport = 'headers' | 'bearer' | 'cookie'

export interface Wire {
  names: HeaderNames
  transport: Transport
}

/** Looks a response header up, whatever holds it; names are matched without regard to case. */
export type ReadHeader = (name: string) => string | null | undefined

/** What a response says about credentials. Header values are byte strings, as fetch reads and sends them. */
export interface Answer {
  status: number
  /** `''` is a blank: the server's word that this answer of a batch brings no token. `null`: no header. */
  token: string | null
  client: string | null
  uid: string | null
  /** Seconds since 1970 by the server's clock; NaN when unreadable. */
  expiry: number
  /** The server also sent the bearer form, which only gems that let the previous token live on do. */
  bearer: boolean
  /** A redirect came before it. That may have rotated too, and no script sees a redirect's headers. */
  redirected?: boolean | undefined
  /** The server was asked for it: by what it says, no HTTP cache answers in its place. */
  asked?: boolean | undefined
}

/**
 * No-cache, no-store, or what Rails says unless told otherwise: `max-age=0, private, must-revalidate` (RFC 9111, 5.2.2).
 * Scripts of every origin may read it (Fetch standard, CORS-safelisted response-header name).
 */
const alwaysAsked = /no-[cs]|max-age=0,.*must/i

export interface Carried {
  token: string
  client: string
  uid: string
}

/** The headers that a request carries. The server needs no more than these three. */
export function stampedHeaders({ names, transport }: Wire, carried: Carried): Record<string, string> {
  if (transport === 'cookie') return {}
  if (transport === 'bearer') return { [names.authorization]: `Bearer ${encodeBearer(names, carried)}` }
  return {
    [names['access-token']]: carried.token,
    [names.client]: carried.client,
    [names.uid]: carried.uid,
  }
}

export function readAnswer(
  { names, transport }: Wire,
  status: number,
  read: ReadHeader,
  sent?: string,
): Answer {
  let token = read(names['access-token']) ?? null
  let client: string | null = null
  let uid: string | null = null
  let expiry = Number.NaN
  let bearer = false
  if (token === null && transport === 'bearer') {
    const fields = decodeBearer(read(names.authorization))
    if (fields) {
      bearer = true
      // A batch answer's bearer echoes the token that was sent: that is no news, so it counts as blank.
      const value = text(fields[names['access-token']])
      token = value === sent ? '' : value
      client = text(fields[names.client])
      uid = text(fields[names.uid])
      expiry = parseExpiry(text(fields[names.expiry]))
    }
  } else if (token !== null || status === 401) {
    token = token?.trim() ?? null
    client = read(names.client) ?? null
    uid = read(names.uid) ?? null
    if (token) {
      expiry = parseExpiry(read(names.expiry))
      bearer = !!read(names.authorization)
    }
  }
  // The cookie holds the token. All that has to be known here is which one it was.
  if (token && transport === 'cookie') token = `cookie ${expiry}`
  return { status, token, client, uid, expiry, bearer, asked: alwaysAsked.test(read('cache-control')!) }
}

/** A refusal by authentication: the action did not run. The application's own 401 carries auth headers. */
export function isRejected(answer: Answer): boolean {
  return answer.status === 401 && answer.token === null && answer.client === null && answer.uid === null
}

/**
 * A gateway's error: the server may have run the action, and rotated, without its answer getting through.
 * The server's own errors are 500 (an exception: no rotation) or carry auth headers.
 */
export function isGatewayFailure(answer: Answer): boolean {
  return answer.status > 500 && answer.token === null
}

/** What fetch accepts as a header's value. Anything else would make every request throw. */
export function isSendable(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e\x80-\xff]*$/.test(value)
}

function parseExpiry(value: string | null | undefined): number {
  const seconds = Number(value?.trim() || Number.NaN)
  return Number.isFinite(seconds) ? seconds : Number.NaN
}

function encodeBearer(names: HeaderNames, { token, client, uid }: Carried): string {
  return btoa(
    JSON.stringify({
      [names['access-token']]: token,
      [names['token-type']]: 'Bearer',
      [names.client]: client,
      [names.uid]: uid,
    }),
  )
}

function decodeBearer(value: string | null | undefined): Record<string, unknown> | null | undefined {
  try {
    return JSON.parse(atob(value!.trim().split(' ').pop()!))
  } catch {
    // There is none, or it is something else.
  }
}

function text(value: unknown): string | null {
  const string = typeof value === 'number' ? `${value}` : value
  return isSendable(string) ? string.trim() : null
}

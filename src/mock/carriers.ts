import { decodeBase64, fromHeaderValue } from './bytes.ts'
import type { HeadersNames, Settings } from './options.ts'
import type { Parameters } from './parameters.ts'
import { formDecode } from './url.ts'
import { isBlank } from './validation.ts'

/** The credentials as the server finds them in a request. */
export interface SentCredentials {
  readonly uid: string | undefined
  readonly token: string | undefined
  readonly client: string
}

/**
 * Looks the credentials up, each field by itself: header, then parameter, then cookie, then bearer. An empty header
 * is a value, so it hides what comes after it.
 *
 * @throws when the cookie is no JSON, or the bearer's JSON is no object: the server answers 500.
 */
export function readCredentials(
  settings: Settings,
  headers: Headers,
  parameters: Parameters,
): SentCredentials {
  const { names } = settings
  const cookie =
    settings.cookie === null ? undefined : readCookie(headers.get('cookie'), settings.cookie.name)
  // 1.2.0 does not know the bearer.
  const bearer = settings.rules.generation === '1.2.0' ? {} : decodeBearer(headers.get(names.authorization))

  const field = (name: keyof HeadersNames) =>
    readHeader(headers, names[name]) ??
    parameters.text(names[name]) ??
    member(cookie, names[name]) ??
    member(bearer, names[name])

  return { uid: field('uid'), token: field('access-token'), client: field('client') ?? 'default' }
}

/** A header's text, or undefined where there is none. */
export function readHeader(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)
  return value === null ? undefined : fromHeaderValue(value)
}

/** The server's cookie in the request, as it was set, or undefined. */
export function findCookie(header: string | null, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals >= 0 && pair.slice(0, equals).trim() === name) return formDecode(pair.slice(equals + 1).trim())
  }
  return undefined
}

function readCookie(header: string | null, name: string): unknown {
  const text = findCookie(header, name)
  return isBlank(text) ? {} : JSON.parse(text!)
}

/** The scheme word is not required: the last word is decoded. What cannot be decoded is no bearer. */
function decodeBearer(header: string | null): unknown {
  if (isBlank(header ?? undefined)) return {}
  const encoded = header!.trim().split(/\s+/).at(-1)!
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) return {}
  try {
    return JSON.parse(decodeBase64(encoded))
  } catch {
    return {}
  }
}

/** A field of what was decoded. Anything but an object is an exception on the server, as soon as it is asked. */
function member(decoded: unknown, name: string): string | undefined {
  if (decoded === undefined) return undefined
  if (typeof decoded !== 'object' || decoded === null || Array.isArray(decoded))
    throw new TypeError('The credentials are no JSON object.')
  const value = (decoded as Record<string, unknown>)[name]
  return value === undefined || value === null ? undefined : String(value)
}

import { defaultHeaderNames, type HeaderNames, type Transport } from '../core/credentials.ts'
import { TokenHandoffError } from '../errors.ts'
import type { SessionStorage } from '../storage/types.ts'
import { webStorage } from '../storage/web.ts'
import type { Fetch } from './fetch.ts'
import type { Origins } from './origins.ts'

/** What {@link createSession} takes. Only `baseUrl` is required. */
export interface SessionOptions {
  /** The API's address. Relative URLs resolve against it as the URL standard does. */
  baseUrl: string
  /** Where the server mounts its auth routes, resolved against baseUrl. @default '/auth' */
  authPath?: string
  /** What sends the requests. @default the platform's fetch */
  fetch?: Fetch
  /** Where the session is kept. @default localStorage where there is one, else memory */
  storage?: SessionStorage
  /** The name it is kept under. @default one made of baseUrl's origin and authPath */
  storageKey?: string
  /** Further origins that get the token. @default none */
  origins?: readonly string[]
  /** The server's `headers_names`, where it renames them. */
  headerNames?: Partial<HeaderNames>
  /** How credentials travel. @default 'headers' */
  transport?: Transport
  /** The server's `batch_request_buffer_throttle`, in seconds. @default 5 */
  batchRequestBufferThrottle?: number
  /** How to ask the server for a fresh token. */
  recovery?: {
    /**
     * The route that validates and rotates, resolved against baseUrl.
     * `false` turns recovery off: then a lost answer can sign the user out.
     * @default authPath + '/validate_token?unbatch=true'
     */
    path?: string | false
  }
  /** Milliseconds that an aborted request stays on the wire for its token; 0 really aborts it. @default 10000 */
  lingerAfterAbort?: number
  /** Milliseconds that a refused request waits for a newer token before its 401 is delivered. @default 30000 */
  patience?: number
}

export interface Settings {
  /** Absolute, without a slash at its end. */
  authUrl: string
  storageKey: string
  fetch: Fetch
  storage: SessionStorage | null
  headerNames: HeaderNames
  transport: Transport
  /** Milliseconds. */
  buffer: number
  /** Null when recovery is turned off. */
  recoveryUrl: string | null
  linger: number
  patience: number
}

/** All defaults in one place; what is wrong is said at once. */
export function readOptions(options: SessionOptions, origins: Origins): Settings {
  const { storage = webStorage(), transport = 'headers' } = options
  const fetch = options.fetch ?? platformFetch()
  if (typeof fetch !== 'function') {
    throw new TokenHandoffError(
      'fetch-missing',
      options.fetch === undefined
        ? 'There is no fetch here. Pass one: createSession({ baseUrl, fetch }).'
        : 'The fetch option is not a function. Leave it out to use the platform’s own.',
    )
  }
  if (storage !== null && !isStorage(storage)) {
    throw new TokenHandoffError(
      'storage-invalid',
      'The storage option lacks getItem, setItem or removeItem. Pass localStorage, sessionStorage, memoryStorage() or an object with these three.',
    )
  }
  if (!['headers', 'bearer', 'cookie'].includes(transport)) {
    throw invalid('transport', 'one of "headers", "bearer" and "cookie"')
  }
  const authUrl = ownUrl(origins, 'authPath', options.authPath ?? '/auth').replace(/\/+$/, '')
  const recoveryPath = options.recovery?.path ?? `${authUrl}/validate_token?unbatch=true`
  return {
    authUrl,
    storageKey: options.storageKey ?? `token-handoff:${authUrl}`,
    fetch,
    storage,
    transport,
    headerNames: readHeaderNames(options.headerNames),
    buffer: 1_000 * duration('batchRequestBufferThrottle', options.batchRequestBufferThrottle, 5),
    recoveryUrl: recoveryPath === false ? null : ownUrl(origins, 'recovery.path', recoveryPath),
    linger: duration('lingerAfterAbort', options.lingerAfterAbort, 10_000),
    patience: duration('patience', options.patience, 30_000),
  }
}

function ownUrl(origins: Origins, option: string, path: string): string {
  const url = origins.own(path)
  if (url === null) throw invalid(option, 'a path at baseUrl, or a URL of one of the origins')
  return url
}

function platformFetch(): Fetch | undefined {
  // Looked up at each call, so that what replaces it later (mocks, instrumentation) is used.
  return typeof globalThis.fetch === 'function' ? (input, init) => globalThis.fetch(input, init) : undefined
}

function isStorage(value: unknown): value is SessionStorage {
  const storage = value as SessionStorage
  return ['getItem', 'setItem', 'removeItem'].every(
    method => typeof storage?.[method as keyof SessionStorage] === 'function',
  )
}

function readHeaderNames(names: Partial<HeaderNames> = {}): HeaderNames {
  for (const [field, name] of Object.entries(names)) {
    if (!(field in defaultHeaderNames)) {
      throw invalid('headerNames', `an object with the keys ${Object.keys(defaultHeaderNames).join(', ')}`)
    }
    if (typeof name !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      throw invalid('headerNames', 'an object whose values are names of HTTP headers')
    }
  }
  return { ...defaultHeaderNames, ...names }
}

function duration(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && value >= 0) return value
  throw invalid(name, 'a number of at least 0')
}

function invalid(option: string, expected: string): TokenHandoffError {
  return new TokenHandoffError('option-invalid', `The option ${option} must be ${expected}.`)
}

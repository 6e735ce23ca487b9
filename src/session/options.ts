import { defaultHeaderNames, type HeaderNames, type Transport, type Wire } from '../core/credentials.ts'
import { type ErrorCode, TokenHandoffError } from '../errors.ts'
import type { SessionStorage } from '../storage/types.ts'
import { webStorage } from '../storage/web.ts'
import type { Fetch } from './fetch.ts'

/** What {@link createSession} takes. Only `baseUrl` is required. */
export interface SessionOptions {
  /** The API's address. Relative URLs resolve against it as the URL standard does. */
  baseUrl: string
  /** Where the server mounts its auth routes, resolved against baseUrl. @default '/auth' */
  authPath?: string | undefined
  /** The routes of the session's own calls, below authPath, where the server names them otherwise. */
  paths?: Partial<SessionPaths> | undefined
  /** What sends the requests. @default the platform's fetch */
  fetch?: Fetch | undefined
  /** Where the session is kept. @default localStorage where there is one, else memory */
  storage?: SessionStorage | undefined
  /** The name it is kept under. @default one made of baseUrl's origin and authPath */
  storageKey?: string | undefined
  /** Further origins that get the token. @default none */
  origins?: readonly string[] | undefined
  /** The server's `headers_names`, where it renames them. */
  headerNames?: Partial<HeaderNames> | undefined
  /** How credentials travel. @default 'headers' */
  transport?: Transport | undefined
  /** The server's `batch_request_buffer_throttle`, in seconds. @default 5 */
  batchRequestBufferThrottle?: number | undefined
  /** How to ask the server for a fresh token. */
  recovery?:
    | {
        /**
         * The route that validates and rotates, resolved against baseUrl.
         * `false` turns recovery off: then a lost answer can sign the user out.
         * @default authPath + paths.validateToken + '?unbatch=true'
         */
        path?: string | false | undefined
      }
    | undefined
  /** Milliseconds that an aborted request stays on the wire for its token; 0 really aborts it. @default 10000 */
  lingerAfterAbort?: number | undefined
  /** Milliseconds that a refused request waits for a newer token before its 401 is delivered. @default 30000 */
  patience?: number | undefined
}

/** Routes below authPath. */
export interface SessionPaths {
  /** @default '/sign_in' */
  signIn: string
  /** @default '/sign_out' */
  signOut: string
  /** @default '/validate_token' */
  validateToken: string
}

export interface Settings {
  fetch: Fetch
  /** Null in memory. */
  storage: SessionStorage | null
  storageKey: string
  wire: Wire
  /** Absolute, without a slash at its end. */
  authUrl: string
  paths: SessionPaths
  /** Null when recovery is turned off. */
  recoveryUrl: string | null
  /** Whether the API is of another origin than the page, so that it must expose its headers. */
  crossOrigin: boolean
  /** Milliseconds, each. */
  buffer: number
  linger: number
  patience: number
}

/** A timer that is set for longer runs out at once. */
export const longestTime = 2 ** 31 - 1

const optionNames =
  'baseUrl, authPath, paths, origins, fetch, storage, storageKey, headerNames, transport, batchRequestBufferThrottle, recovery, lingerAfterAbort, patience'

/** All defaults in one place; what is wrong is said at once. */
export function readOptions(options: SessionOptions, own: (url: string) => string | null): Settings {
  const check = (valid: unknown, remedy: string, code: ErrorCode = 'option-invalid') => {
    if (!valid) throw new TokenHandoffError(code, remedy)
  }
  const checkFetch = (fetch: unknown) =>
    check(typeof fetch === 'function', 'There is no fetch here: pass one as `fetch`.', 'fetch-invalid')
  for (const name in options) {
    check(optionNames.split(', ').includes(name), `${name} is no option. Known: ${optionNames}.`)
  }
  const {
    authPath = '/auth',
    // Looked up at each call, so that what replaces it later (mocks, instrumentation) is used.
    fetch = (input, init) => {
      checkFetch(globalThis.fetch)
      return globalThis.fetch(input, init)
    },
    storage = webStorage(),
    headerNames,
    transport = 'headers',
    batchRequestBufferThrottle = 5,
    recovery,
    lingerAfterAbort = 10_000,
    patience = 30_000,
  } = options
  const ownUrl = (path: string, name: string) => {
    const url = typeof path === 'string' && own(path)
    check(url, `${name} must lead to baseUrl or one of origins.`)
    return url as string
  }
  /** What was given, and the defaults for the rest. */
  const withDefaults = <Names extends object>(
    defaults: Names,
    given: Partial<Names> | undefined,
    form: RegExp,
  ) => {
    const names = { ...defaults, ...given }
    for (const name in names) {
      check(
        name in defaults && typeof names[name] === 'string' && form.test(names[name]),
        `${name} is unknown or wrong in headerNames or paths. Defaults: ${JSON.stringify(defaults)}.`,
      )
    }
    return names
  }
  const methods = ['getItem', 'setItem', 'removeItem'] as const
  check(
    storage === null || methods.every(method => typeof storage[method] === 'function'),
    `The storage needs ${methods.join(', ')}. Pass localStorage, sessionStorage or memoryStorage().`,
    'storage-invalid',
  )
  checkFetch(fetch)
  check(/^(headers|bearer|cookie)$/.test(transport), 'transport is "headers", "bearer" or "cookie".')
  check(
    recovery === undefined || Object(recovery) === recovery,
    'recovery is { path }; { path: false } turns it off.',
  )
  const times = { batchRequestBufferThrottle, lingerAfterAbort, patience }
  for (const name in times) {
    const time = times[name as keyof typeof times]
    check(Math.abs(time) === time, `${name} is a number of at least 0.`)
  }
  const authUrl = ownUrl(authPath, 'authPath').replace(/\/+$/, '')
  const paths = withDefaults(
    { signIn: '/sign_in', signOut: '/sign_out', validateToken: '/validate_token' },
    options.paths,
    /^\//,
  )
  const recoveryPath = recovery?.path ?? `${authUrl}${paths.validateToken}?unbatch=true`
  const page = globalThis.location?.origin
  return {
    fetch,
    storage,
    storageKey: options.storageKey ?? `token-handoff:${authUrl}`,
    wire: { names: withDefaults(defaultHeaderNames, headerNames, /^[!-9;-~]+$/), transport },
    authUrl,
    paths,
    recoveryUrl: recoveryPath === false ? null : ownUrl(recoveryPath, 'recovery.path'),
    crossOrigin: page !== undefined && !authUrl.startsWith(`${page}/`),
    buffer: batchRequestBufferThrottle * 1_000,
    linger: Math.min(lingerAfterAbort, longestTime),
    patience: Math.min(patience, longestTime),
  }
}

import { TokenHandoffError } from '../errors.ts'
import type { Clock } from './clock.ts'
import type { Routes } from './routes/application.ts'
import type { Generation, Rules } from './rules.ts'

/** The server's names of the credential headers: headers_names. */
export interface HeadersNames {
  readonly 'access-token': string
  readonly client: string
  readonly expiry: string
  readonly uid: string
  readonly 'token-type': string
  readonly authorization: string
}

/** cookie_attributes: how the server sets its cookie. */
export interface CookieAttributes {
  /** Default: '/'. */
  readonly path?: string | undefined
  readonly domain?: string | undefined
  /** Seconds. */
  readonly maxAge?: number | undefined
  readonly secure?: boolean | undefined
  readonly httpOnly?: boolean | undefined
  /** Default: 'Lax'. False leaves the attribute out. */
  readonly sameSite?: 'Lax' | 'Strict' | 'None' | false | undefined
}

/** Waiting times in milliseconds: on the way there, while the server works, and on the way back. */
export interface Latency {
  readonly request?: number | undefined
  readonly action?: number | undefined
  readonly response?: number | undefined
}

/** What can be changed while the server runs, as by a deploy. In the server's own terms. */
export interface ServerSettings {
  /** Which gem: 1.3.0 stands for 1.2.1 and later, 1.2.0 for 1.2.0 and earlier. Default: '1.3.0'. */
  readonly rules?: Generation | undefined
  /** batch_request_buffer_throttle, in seconds. Default: 5. */
  readonly batchRequestBufferThrottle?: number | undefined
  /** token_lifespan, in seconds. Default: 1209600 (two weeks). */
  readonly tokenLifespan?: number | undefined
  /** change_headers_on_each_request. Default: true. */
  readonly changeHeadersOnEachRequest?: boolean | undefined
  /** max_number_of_devices. Default: 10. */
  readonly maxNumberOfDevices?: number | undefined
  /** headers_names. Only the names that differ from the default need to be given. */
  readonly headersNames?: Partial<HeadersNames> | undefined
  /** cookie_enabled. Default: false. */
  readonly cookieEnabled?: boolean | undefined
  /** cookie_name. Default: 'auth_cookie'. */
  readonly cookieName?: string | undefined
  /** cookie_attributes. */
  readonly cookieAttributes?: CookieAttributes | undefined
  /** remove_tokens_after_password_reset. Default: false. */
  readonly removeTokensAfterPasswordReset?: boolean | undefined
  /** check_current_password_before_update: for every account update, or for those with a password. Default: false. */
  readonly checkCurrentPasswordBeforeUpdate?: false | 'attributes' | 'password' | undefined
  /** require_client_password_reset_token: the mail's token is sent with the new password. Default: false. */
  readonly requireClientPasswordResetToken?: boolean | undefined
  /** default_confirm_success_url. */
  readonly defaultConfirmSuccessUrl?: string | undefined
  /** default_password_reset_url. */
  readonly defaultPasswordResetUrl?: string | undefined
  /** redirect_whitelist: patterns with `*`. Default: every redirect is allowed. */
  readonly redirectWhitelist?: readonly string[] | undefined
  /** Attributes that sign-up and account update take besides email and password. Default: none. */
  readonly permittedParameters?: readonly ('name' | 'nickname' | 'image')[] | undefined
  /** OAuth providers by name, each with who signs in there; the server plays their pages. Default: none. */
  readonly omniauthProviders?: Readonly<Record<string, OmniauthAnswer>> | undefined
  /** How long each request takes; a number is the server's work. Default: no time at all. */
  readonly latency?: number | Latency | undefined
}

/** Who somebody is at an OAuth provider, as OmniAuth's own tests say it; or the error with which they come back. */
export type OmniauthAnswer =
  | {
      readonly uid: string
      readonly info?: {
        readonly email?: string
        readonly name?: string
        readonly nickname?: string
        readonly image?: string
      }
    }
  | string

/** A user that is there from the start. */
export interface SeedUser {
  readonly email: string
  /** Default: 'password123'. */
  readonly password?: string | undefined
  readonly name?: string | null | undefined
  readonly nickname?: string | null | undefined
  readonly image?: string | null | undefined
  /** Default: 'email', and then the uid is the email. */
  readonly provider?: string | undefined
  /** The uid of a user of another provider. */
  readonly uid?: string | undefined
  /** Default: true. */
  readonly confirmed?: boolean | undefined
}

/** A user model: where it is mounted, and who is in it. */
export interface ModelOptions {
  readonly authPath?: string | undefined
  /** New users must confirm their email before they can sign in. Default: false. */
  readonly confirmable?: boolean | undefined
  readonly users?: readonly SeedUser[] | undefined
}

/**
 * The model `User` is described here directly (default: mounted at /auth); further ones in `models`, by name.
 */
export interface MockServerOptions extends ServerSettings, ModelOptions {
  readonly models?: Readonly<Record<string, ModelOptions & { readonly authPath: string }>>
  /** The application's own routes: 'METHOD /path/:name' to a handler. */
  readonly routes?: Routes | undefined
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** Makes the tokens predictable, for tests. Default: a cryptographic source. */
  readonly seed?: string | number | undefined
}

/** The settings with every default filled in. */
export interface Settings {
  readonly rules: Rules
  readonly names: HeadersNames
  readonly cookie: { readonly name: string; readonly attributes: CookieAttributes } | null
  readonly removeTokensAfterPasswordReset: boolean
  readonly checkCurrentPassword: false | 'attributes' | 'password'
  readonly requireClientPasswordResetToken: boolean
  readonly defaultConfirmSuccessUrl: string | undefined
  readonly defaultPasswordResetUrl: string | undefined
  readonly redirectWhitelist: readonly string[] | undefined
  readonly permittedParameters: readonly ('name' | 'nickname' | 'image')[]
  readonly omniauthProviders: Readonly<Record<string, OmniauthAnswer>>
  readonly latency: Readonly<Record<keyof Latency, number>>
}

const DEFAULTS = {
  rules: '1.3.0',
  batchRequestBufferThrottle: 5,
  tokenLifespan: 14 * 24 * 60 * 60,
  changeHeadersOnEachRequest: true,
  maxNumberOfDevices: 10,
  cookieEnabled: false,
  cookieName: 'auth_cookie',
  removeTokensAfterPasswordReset: false,
  checkCurrentPasswordBeforeUpdate: false,
  requireClientPasswordResetToken: false,
  latency: 0,
} as const

const NAMES: HeadersNames = {
  'access-token': 'access-token',
  client: 'client',
  expiry: 'expiry',
  uid: 'uid',
  'token-type': 'token-type',
  authorization: 'Authorization',
}

type Check = readonly [expected: string, holds: (value: unknown) => boolean]

const seconds: Check = ['a number of seconds, 0 or more', isAmount]
const flag: Check = ['true or false', value => typeof value === 'boolean']
const text: Check = ['a string', value => typeof value === 'string' && value !== '']
const path: Check = [
  "a path such as '/auth'",
  value => typeof value === 'string' && /^(\/[^/?#\s]+)+$/.test(value),
]

const SETTING_CHECKS: Record<keyof ServerSettings, Check> = {
  rules: ["'1.3.0' or '1.2.0'", value => value === '1.3.0' || value === '1.2.0'],
  batchRequestBufferThrottle: seconds,
  tokenLifespan: seconds,
  changeHeadersOnEachRequest: flag,
  maxNumberOfDevices: ['a whole number, 0 or more', value => isAmount(value) && Number.isInteger(value)],
  headersNames: [
    `an object from ${Object.keys(NAMES).join(', ')} to header names`,
    value => isRecordOf(value, Object.keys(NAMES), isHeaderName),
  ],
  cookieEnabled: flag,
  cookieName: text,
  cookieAttributes: [
    'an object with path, domain, maxAge, secure, httpOnly, sameSite',
    value => isRecordOf(value, ['path', 'domain', 'maxAge', 'secure', 'httpOnly', 'sameSite'], () => true),
  ],
  removeTokensAfterPasswordReset: flag,
  checkCurrentPasswordBeforeUpdate: [
    "false, 'attributes' or 'password'",
    value => value === false || value === 'attributes' || value === 'password',
  ],
  requireClientPasswordResetToken: flag,
  defaultConfirmSuccessUrl: text,
  defaultPasswordResetUrl: text,
  redirectWhitelist: ['a list of URL patterns', value => isListOf(value, item => typeof item === 'string')],
  permittedParameters: [
    "a list of 'name', 'nickname' and 'image'",
    value => isListOf(value, item => item === 'name' || item === 'nickname' || item === 'image'),
  ],
  omniauthProviders: [
    "an object such as { github: { uid: '1', info: { email: 'a@example.com' } } }",
    value =>
      isObject(value) &&
      Object.values(value).every(
        answer => typeof answer === 'string' || (isObject(answer) && typeof answer.uid === 'string'),
      ),
  ],
  latency: [
    'milliseconds, or an object with request, action and response in milliseconds',
    value => isAmount(value) || isRecordOf(value, ['request', 'action', 'response'], isAmount),
  ],
}

const OPTION_CHECKS: Record<keyof MockServerOptions, Check> = {
  ...SETTING_CHECKS,
  authPath: path,
  confirmable: flag,
  users: ["a list of users such as { email: 'a@example.com', password: 'secret' }", Array.isArray],
  models: ["an object such as { Member: { authPath: '/member_auth' } }", isObject],
  routes: ["an object such as { 'GET /items': () => [] }", isObject],
  clock: [
    'an object with now(), such as manualClock()',
    value => isObject(value) && typeof value.now === 'function',
  ],
  seed: ['a string or a number', value => typeof value === 'string' || typeof value === 'number'],
}

const MODEL_CHECKS = {
  authPath: path,
  confirmable: flag,
  users: OPTION_CHECKS.users,
}

/** Throws a `TokenHandoffError` for the first option that is unknown or has a wrong value. */
export function checkOptions(options: MockServerOptions): void {
  check(options, OPTION_CHECKS, 'createMockServer')
  for (const [name, model] of Object.entries(options.models ?? {})) {
    check(model, MODEL_CHECKS, `models.${name}`)
    if (model.authPath === undefined)
      fail(`models.${name} needs an authPath of its own, such as '/${name.toLowerCase()}_auth'.`)
  }
}

/** Throws as `checkOptions`, for what may be changed while the server runs. */
export function checkSettings(settings: ServerSettings): void {
  check(settings, SETTING_CHECKS, 'configure')
}

export function resolveSettings(options: ServerSettings): Settings {
  const given = { ...DEFAULTS, ...defined(options) }
  const latency = typeof given.latency === 'number' ? { action: given.latency } : given.latency
  return {
    rules: {
      generation: given.rules,
      throttleMs: given.batchRequestBufferThrottle * 1000,
      lifespanMs: given.tokenLifespan * 1000,
      changeHeaders: given.changeHeadersOnEachRequest,
      maxDevices: given.maxNumberOfDevices,
    },
    names: { ...NAMES, ...defined(given.headersNames ?? {}) },
    cookie: given.cookieEnabled ? { name: given.cookieName, attributes: given.cookieAttributes ?? {} } : null,
    removeTokensAfterPasswordReset: given.removeTokensAfterPasswordReset,
    checkCurrentPassword: given.checkCurrentPasswordBeforeUpdate,
    requireClientPasswordResetToken: given.requireClientPasswordResetToken,
    defaultConfirmSuccessUrl: given.defaultConfirmSuccessUrl,
    defaultPasswordResetUrl: given.defaultPasswordResetUrl,
    redirectWhitelist: given.redirectWhitelist,
    permittedParameters: given.permittedParameters ?? [],
    omniauthProviders: given.omniauthProviders ?? {},
    latency: { request: 0, action: 0, response: 0, ...defined(latency) },
  }
}

function check(options: object, checks: Record<string, Check>, where: string): void {
  if (!isObject(options)) fail(`${where} takes an object of options.`)
  for (const [name, value] of Object.entries(options)) {
    const known = checks[name]
    if (known === undefined)
      fail(`${where} does not know the option '${name}'. It knows: ${Object.keys(checks).join(', ')}.`)
    else if (value !== undefined && !known[1](value))
      fail(`${where}: the option '${name}' must be ${known[0]}.`)
  }
}

function fail(message: string): never {
  throw new TokenHandoffError('option-invalid', message)
}

/** An option that is given as undefined is not given. */
export function defined<T extends object>(options: T): Defined<T> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as Defined<T>
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isHeaderName(value: unknown): boolean {
  return typeof value === 'string' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRecordOf(value: unknown, keys: readonly string[], holds: (item: unknown) => boolean): boolean {
  return (
    isObject(value) &&
    Object.entries(value).every(([key, item]) => keys.includes(key) && (item === undefined || holds(item)))
  )
}

function isListOf(value: unknown, holds: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(holds)
}

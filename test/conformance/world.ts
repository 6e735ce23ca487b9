import {
  createMockServer,
  type MockServer,
  type MockServerOptions,
  type SeedUser,
} from '../../src/mock/index.ts'
import { uidOf } from './symbols.ts'
import type { Scenario } from './trace.ts'

/** The virtual clock's zero. */
export const START_MS = Date.UTC(2026, 0, 1)
export const START_S = START_MS / 1000

export const MEMBER_PATH = '/member_auth'

/** The names of the settings in a trace, and what they are called here. */
const SETTINGS: Readonly<Record<string, (value: never) => MockServerOptions>> = {
  throttle_ms: (ms: number) => ({ batchRequestBufferThrottle: ms / 1000 }),
  lifespan_ms: (ms: number) => ({ tokenLifespan: ms / 1000 }),
  change_headers: (changeHeadersOnEachRequest: boolean) => ({ changeHeadersOnEachRequest }),
  max_devices: (maxNumberOfDevices: number) => ({ maxNumberOfDevices }),
  cookie_enabled: (cookieEnabled: boolean) => ({ cookieEnabled }),
  cookie_name: (cookieName: string) => ({ cookieName }),
  cookie_attributes: (attributes: Record<string, unknown>) => ({
    cookieAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [COOKIE_ATTRIBUTES[name] ?? name, value]),
    ),
  }),
  headers_names: (headersNames: Record<string, string>) => ({ headersNames }),
  remove_tokens_after_password_reset: (removeTokensAfterPasswordReset: boolean) => ({
    removeTokensAfterPasswordReset,
  }),
  check_current_password_before_update: (value: false | 'attributes' | 'password') => ({
    checkCurrentPasswordBeforeUpdate: value,
  }),
  require_client_password_reset_token: (requireClientPasswordResetToken: boolean) => ({
    requireClientPasswordResetToken,
  }),
  default_confirm_success_url: (url: string | null) =>
    url === null ? {} : { defaultConfirmSuccessUrl: url },
  default_password_reset_url: (url: string | null) => (url === null ? {} : { defaultPasswordResetUrl: url }),
  redirect_whitelist: (list: string[] | null) => (list === null ? {} : { redirectWhitelist: list }),
}

const COOKIE_ATTRIBUTES: Readonly<Record<string, string>> = {
  httponly: 'httpOnly',
  same_site: 'sameSite',
  max_age: 'maxAge',
}

/** The server of a scenario. Throws a plain sentence for a setting that is not known. */
export function createWorld(scenario: Scenario, now: () => number): MockServer {
  const settings = Object.entries(scenario.config).map(([name, value]) => {
    const translate = SETTINGS[name]
    if (translate === undefined) throw new Error(`the setting '${name}' is not known`)
    return translate(value as never)
  })
  return createMockServer({
    ...Object.assign({}, ...settings),
    rules: generationOf(scenario.gem),
    clock: { now },
    seed: scenario.name,
    users: cast(scenario, undefined, ['u0', 'u1', 'u2']),
    models: {
      Member: { authPath: MEMBER_PATH, confirmable: true, users: cast(scenario, 'Member', []) },
    },
    routes: {
      '* /api/ping': () => ({ ok: true }),
      '* /api/slow': () => ({ ok: true }),
      '* /api/status': ({ url }) => status(Number(url.searchParams.get('code'))),
      '* /api/raise': () => {
        throw new Error('raised on purpose')
      },
      '* /api/public': { access: 'public', handler: () => ({ ok: true }) },
      '* /api/optional': {
        access: 'optional',
        handler: ({ user }) => ({ ok: true, user: user?.uid ?? null }),
      },
    },
  })
}

function status(code: number): Response {
  return code === 204
    ? new Response(null, { status: 204 })
    : Response.json({ ok: code < 400, code }, { status: code })
}

function generationOf(gem: string): '1.3.0' | '1.2.0' {
  const version = /(\d+)\.(\d+)\.(\d+)/.exec(gem)?.slice(1).map(Number)
  if (version === undefined) throw new Error(`the gem '${gem}' has no version`)
  const [major = 0, minor = 0, patch = 0] = version
  return major * 10000 + minor * 100 + patch > 10200 ? '1.3.0' : '1.2.0'
}

/**
 * Who is there from the start. A trace does not say it: whoever signs in without having signed up, and of the
 * users u0 to u2 those that the scenario does not create or rename itself.
 */
function cast(scenario: Scenario, model: string | undefined, regulars: readonly string[]): SeedUser[] {
  const emails = new Set(regulars.map(uidOf))
  for (const { op, model: of, body, expect } of scenario.steps) {
    const email = (body as { email?: unknown } | undefined)?.email
    if (of !== model || typeof email !== 'string' || expect === 'pending' || expect.status !== 200) continue
    if (op === 'sign_in' && !created(scenario, model, email)) emails.add(email.trim().toLowerCase())
  }
  return [...emails].filter(email => !created(scenario, model, email)).map(email => ({ email }))
}

function created(scenario: Scenario, model: string | undefined, email: string): boolean {
  return scenario.steps.some(
    step =>
      (step.op === 'sign_up' || step.op === 'account_update') &&
      step.model === model &&
      step.expect !== 'pending' &&
      step.expect.status === 200 &&
      (step.body as { email?: unknown } | undefined)?.email === email,
  )
}

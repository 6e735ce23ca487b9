import { nextSequence } from '../core/handoff.ts'
import { TokenHandoffError } from '../errors.ts'
import type { AccountPort, PendingReturn } from '../session/context.ts'
import { announced } from '../session/routes.ts'
import type { Session } from '../session/session.ts'
import { readAddress } from './address.ts'
import { admit, invalidReturn, readCredentials } from './admit.ts'
import { readOAuthMark, removeOAuthMark } from './oauth-mark.ts'

/** What the server calls credentials in an OAuth return. */
const oauthNames = { 'access-token': 'auth_token', client: 'client_id', uid: 'uid', expiry: 'expiry' }

/** Which return is taken. */
export interface ReturnOptions {
  /** The `config_name` that was asked with: a return with another one is left to another session. @default none */
  config_name?: string | undefined
  /** Takes the return even though somebody else is signed in here. @default false */
  replace?: boolean | undefined
  /**
   * Takes an OAuth return although no OAuth sign-in was begun in this tab by {@link signInWithOAuth}. Otherwise
   * anybody's link could sign a visitor in to somebody else's account. @default false
   */
  unsolicited?: boolean | undefined
  /** The address to read in place of the page's, such as a deep link. It is left as it is. */
  url?: string | undefined
}

/** What brought somebody here, and who it is. */
export type Return<User> =
  | { kind: 'oauth'; user: User; registered: boolean }
  /** `resetPasswordToken` is for {@link updatePassword}, where the server signs in with the new password only. */
  | { kind: 'password-reset'; user: User; resetPasswordToken: null }
  | { kind: 'password-reset'; user: null; resetPasswordToken: string }
  /** `confirmed` is false when the link was no good any more. */
  | { kind: 'confirmation'; user: User | null; confirmed: boolean }
  | { kind: 'unlock'; user: User }

/**
 * Takes what the server's redirect has put into the page's address, after OAuth or a mail's link: removes it from
 * the address bar at once, asks the server whose credentials these are, and signs in.
 *
 * Call it before the router starts. When it failed for want of a network (`network`) or of a server that answers
 * (`validation-failed`), or because somebody else is signed in (`signed-in-as-another`), it can be called again: what
 * was read is kept until then, or until another return is found.
 *
 * @returns what brought somebody here; null when nothing did, or when it is for another session
 * @throws TokenHandoffError `return-invalid` when the credentials are incomplete, contradictory or refused, or were
 *   not asked for: nothing has changed then; `oauth-failed`, `signed-in-as-another`, `network`,
 *   `validation-failed`, `superseded`
 * @example
 * const returned = await takeReturn(session)
 * if (returned?.kind === 'password-reset') showNewPasswordForm()
 */
export async function takeReturn<User>(
  session: Session<User>,
  options: ReturnOptions = {},
): Promise<Return<User> | null> {
  const context = session.account()
  // Before anything is waited for, so that nobody else sees it.
  const found = read(context, options)
  await context.ready()
  if (!found) return null
  context.refresh()
  found.sequence ??= nextSequence(context.handoff)
  return announced(context, () => take<User>(context, found, options))
}

function read(context: AccountPort, options: ReturnOptions): PendingReturn | null {
  const { pendingReturn, settings, wire } = context
  const { url, config_name = 'default' } = options
  const found = readAddress(url ?? globalThis.location?.href ?? '', wire.names)
  if (!found) {
    if (url !== undefined) return null
    // Once only, even when it is asked for twice at the same time.
    delete context.pendingReturn
    return pendingReturn ?? null
  }
  const { parameters, clean } = found
  const byOAuth = parameters !== null && (parameters.has('auth_token') || parameters.has('error'))
  const mark = byOAuth ? readOAuthMark() : null
  const config = parameters?.get('config')
  // What was begun last in this tab is back, unless it bears another name than was asked with.
  const isBack = mark !== null && (!config || config === mark.config)
  const isOwn = isBack
    ? mark.storageKey === settings.storageKey
    : config === undefined || (config || 'default') === config_name
  if (!isOwn) return null
  if (isBack) removeOAuthMark()
  if (url === undefined) history.replaceState(history.state, '', clean)
  delete context.pendingReturn
  return { parameters, solicited: !byOAuth || isBack }
}

async function take<User>(
  context: AccountPort,
  found: PendingReturn,
  { replace = false, unsolicited = false }: ReturnOptions,
): Promise<Return<User>> {
  const { parameters, solicited } = found
  try {
    if (!parameters) throw invalidReturn('The address says two different things. Follow the link anew.')
    if (!solicited && !unsolicited) {
      throw invalidReturn(
        'This page has not asked for a sign-in. Sign in again, or pass { unsolicited: true }.',
      )
    }
    const error = parameters.get('error')
    if (error !== undefined && !parameters.has('auth_token')) {
      throw new TokenHandoffError('oauth-failed', `The provider did not sign in. ${error}`, {
        errors: [error],
      })
    }
    const user = await signInBy<User>(context, parameters, found.sequence!, replace)
    return describe(context, parameters, user)
  } catch (error) {
    const { code } = error as TokenHandoffError
    if (/^(network|validation-failed|signed-in-as-another)$/.test(code)) context.pendingReturn = found
    throw error
  }
}

/** Null when the server sends none along. */
async function signInBy<User>(
  context: AccountPort,
  parameters: ReadonlyMap<string, string>,
  sequence: number,
  replace: boolean,
): Promise<User | null> {
  const { names } = context.wire
  const { 'access-token': token, client, uid, expiry } = parameters.has('auth_token') ? oauthNames : names
  if (!parameters.has(token)) return null
  const read = (name: string) => parameters.get(name)
  const credentials = readCredentials(read(token), read(client), read(uid), read(expiry))
  if (!credentials) throw invalidReturn('The address lacks a part of the credentials. Follow the link anew.')
  const check = () => {
    context.refresh()
    const { client, uid, opened } = context.handoff.record
    // Who came later than the return stays, without being asked.
    if (client === null || uid.value === credentials.uid || replace || opened >= sequence) return
    throw new TokenHandoffError(
      'signed-in-as-another',
      'Somebody else is signed in here. Ask, then call takeReturn again with { replace: true }.',
    )
  }
  check()
  return admit<User>(context, credentials, sequence, check)
}

function describe<User>(
  context: AccountPort,
  parameters: ReadonlyMap<string, string>,
  user: User | null,
): Return<User> {
  const confirmed = parameters.get('account_confirmation_success')
  if (confirmed !== undefined) return { kind: 'confirmation', user, confirmed: confirmed === 'true' }
  const resetPasswordToken = parameters.get('reset_password_token') ?? ''
  if (user === null) {
    if (!resetPasswordToken) throw invalidReturn('The link has no token in it. Ask for a new mail.')
    context.emit('password-reset-return', { user })
    return { kind: 'password-reset', user: null, resetPasswordToken }
  }
  if (parameters.has('auth_token')) {
    return { kind: 'oauth', user, registered: parameters.get('oauth_registration') === 'true' }
  }
  if (parameters.get('unlock') === 'true') return { kind: 'unlock', user }
  context.emit('password-reset-return', { user })
  return { kind: 'password-reset', user, resetPasswordToken: null }
}

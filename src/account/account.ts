import { endSession, nextSequence } from '../core/handoff.ts'
import type { AccountPort } from '../session/context.ts'
import { openWith, type RouteOptions, userOf } from '../session/routes.ts'
import type { Session } from '../session/session.ts'
import {
  type AnySession,
  callAs,
  callPublic,
  callSignedIn,
  type SignedInAnswer,
  type WithFurther,
} from './call.ts'
import { here } from './here.ts'
import { expectUid } from './uid.ts'

/** What `POST /auth` takes. */
export interface SignUpParameters {
  email?: string | undefined
  password?: string | undefined
  password_confirmation?: string | undefined
  /** Where the confirmation mail's link leads in the end. @default the page's address */
  confirm_success_url?: string | undefined
}

/** Who has signed up, and whether that signed in. */
export interface SignUpResult<User> {
  user: User
  /** False when the server waits for something, as a rule for the email’s confirmation; also where headers are hidden. */
  signedIn: boolean
}

/** What `PUT /auth` takes. */
export interface AccountParameters {
  email?: string | undefined
  password?: string | undefined
  password_confirmation?: string | undefined
  /** Where the server's `check_current_password_before_update` asks for it. */
  current_password?: string | undefined
}

/** What `PUT /auth/password` takes. */
export interface PasswordParameters {
  password: string
  /** @default the same as `password` */
  password_confirmation?: string | undefined
  /** Where the server's `check_current_password_before_update` asks for it. */
  current_password?: string | undefined
  /** The mail's token, where the server's `require_client_password_reset_token` asks for it. */
  reset_password_token?: string | undefined
}

/**
 * Makes an account, and signs in unless the server waits for a confirmation.
 *
 * @param parameters as the server's `POST /auth` takes them
 * @throws TokenHandoffError `sign-up-failed` (with `errors` and `fieldErrors`), `network`, `headers-not-exposed`,
 *   `superseded` when another sign-in or a sign-out was asked for meanwhile: then the account is there, and nobody
 *   signed in to it
 * @example const { user, signedIn } = await signUp(session, { email, password, password_confirmation })
 */
export async function signUp<User>(
  session: Session<User>,
  parameters: WithFurther<SignUpParameters>,
  options?: RouteOptions,
): Promise<SignUpResult<User>> {
  const context = session.account()
  const answered = await callPublic(
    context,
    { method: 'POST', path: '', refused: ['sign-up-failed', 'refused the sign-up'] },
    { ...parameters, confirm_success_url: parameters.confirm_success_url ?? here(context) },
    options,
  )
  const { answer, body, sequence } = answered
  if (!answer.token && !(await hasCookieOf(context, body))) return { user: userOf(body), signedIn: false }
  return { user: openWith(context, sequence, answered), signedIn: true }
}

/**
 * Changes the account of who is signed in. A changed email changes the uid too; calls in flight are not harmed.
 *
 * @param parameters as the server's `PUT /auth` takes them
 * @returns the user as it is now
 * @throws TokenHandoffError `account-update-failed` (with `errors` and `fieldErrors`), `not-signed-in`, `network`
 * @example await updateAccount(session, { email: 'new@example.com' })
 */
export async function updateAccount<User>(
  session: Session<User>,
  parameters: WithFurther<AccountParameters>,
  options?: RouteOptions,
): Promise<User> {
  const context = session.account()
  await expectUid(session, parameters.email)
  const answered = await callSignedIn(
    context,
    { method: 'PUT', path: '', refused: ['account-update-failed', 'did not change the account'] },
    parameters,
    options,
  )
  return showUser(session, answered)
}

/**
 * Sets a new password: of who is signed in (also by a password mail's link), or with the mail's token, which then
 * signs in.
 *
 * A server with `remove_tokens_after_password_reset` may have signed out the caller by that; then so is the
 * session when this resolves.
 *
 * @param parameters as the server's `PUT /auth/password` takes them
 * @returns the user
 * @throws TokenHandoffError `password-update-failed` (with `errors` and `fieldErrors`), `not-signed-in`, `network`;
 *   with the mail's token also `headers-not-exposed`, `superseded`
 * @example await updatePassword(session, { password, current_password })
 */
export async function updatePassword<User>(
  session: Session<User>,
  parameters: WithFurther<PasswordParameters>,
  options?: RouteOptions,
): Promise<User> {
  const context = session.account()
  const route = {
    method: 'PUT',
    path: '/password',
    refused: ['password-update-failed', 'did not change the password'],
  } as const
  const given = {
    ...parameters,
    password_confirmation: parameters.password_confirmation ?? parameters.password,
  }
  if (given.reset_password_token) {
    const answered = await callPublic(context, route, given, options)
    return openWith(context, answered.sequence, answered)
  }
  const answered = await callSignedIn(context, route, given, options)
  const user = await showUser(session, answered)
  // The server has forgotten this sign-in, or a proxy hides the headers: it says which when it is asked.
  if (answered.answer.token === null) await session.validateToken().catch(() => null)
  return user
}

/**
 * Deletes the account of who is signed in, and signs out (`deleted`) when the server has done it.
 *
 * @returns the server's message
 * @throws TokenHandoffError `account-deletion-failed`, `not-signed-in`, `network`: then it is not known whether the
 *   account is gone, and the session finds out by itself
 * @example await deleteAccount(session)
 */
export async function deleteAccount(session: AnySession, options?: RouteOptions): Promise<string> {
  const context = session.account()
  const { sent, body } = await callSignedIn(
    context,
    { method: 'DELETE', path: '', refused: ['account-deletion-failed', 'did not delete the account'] },
    undefined,
    options,
  )
  context.refresh()
  if (context.isCurrent(sent) && endSession(context.handoff)) context.changed('deleted')
  return messageOf(body)
}

export function messageOf(body: unknown): string {
  return String((Object(body) as { message?: unknown }).message ?? '')
}

/** Where token headers are hidden, only the server knows whether its cookie is now that of the user of a body. */
async function hasCookieOf(context: AccountPort, body: unknown): Promise<boolean> {
  if (context.wire.transport !== 'cookie') return false
  const said = await callAs(context, {}, '')
  return said.ok && uidOf(said.body) === uidOf(body)
}

function uidOf(body: unknown): unknown {
  return (Object(userOf(body)) as { uid?: unknown }).uid
}

async function showUser<User>(session: Session<User>, { sent, body }: SignedInAnswer): Promise<User> {
  const context = session.account()
  const { sequence } = sent
  const user = userOf<User>(body)
  const asked = nextSequence(context.handoff)
  // An answer that was overtaken by a later change's is not shown.
  const isLatest = sequence > context.changeShown
  context.userChanged = asked
  if (!isUser(user)) {
    await session.validateToken().catch(() => null)
    return session.getSnapshot().user as User
  }
  if (isLatest) {
    context.changeShown = sequence
    if (context.setUser(user, sent, asked)) context.emit('account-updated', { user })
  }
  return user
}

/** The server's word that it is done is no user. */
function isUser(user: unknown): boolean {
  const { status, success } = Object(user) as Record<string, unknown>
  return Object(user) === user && status !== 'success' && success !== true
}

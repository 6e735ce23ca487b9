import type { RouteOptions } from '../session/routes.ts'
import { messageOf } from './account.ts'
import { type AnySession, callPublic, type Refused, type WithFurther } from './call.ts'
import { here } from './here.ts'

/** What the routes take that send a mail. */
export interface MailParameters {
  email?: string | undefined
  /** Where the mail's link leads in the end. @default the page's address */
  redirect_url?: string | undefined
  /** Comes back with the mail's link: tells several user types apart, see {@link takeReturn}. */
  config_name?: string | undefined
}

const refused: Refused = ['mail-failed', 'sent no mail']

/**
 * Asks for the mail with which a forgotten password can be set anew. Its link leads back here: {@link takeReturn}.
 *
 * @returns the server's message
 * @throws TokenHandoffError `mail-failed` (with `errors`), `network`
 * @example await requestPasswordReset(session, { email, redirect_url: 'https://app.example.com/new-password' })
 */
export function requestPasswordReset(
  session: AnySession,
  parameters: WithFurther<MailParameters>,
  options?: RouteOptions,
): Promise<string> {
  return requestMail(session, '/password', parameters, options)
}

/**
 * Asks for the confirmation mail once more.
 *
 * @returns the server's message
 * @throws TokenHandoffError `mail-failed` (with `errors`), `network`
 * @example await resendConfirmation(session, { email })
 */
export function resendConfirmation(
  session: AnySession,
  parameters: WithFurther<MailParameters>,
  options?: RouteOptions,
): Promise<string> {
  return requestMail(session, '/confirmation', parameters, options)
}

/**
 * Asks for the mail that unlocks an account after too many wrong passwords (devise's `lockable`).
 *
 * @returns the server's message
 * @throws TokenHandoffError `mail-failed` (with `errors`), `network`
 * @example await requestUnlock(session, { email })
 */
export function requestUnlock(
  session: AnySession,
  parameters: WithFurther<MailParameters>,
  options?: RouteOptions,
): Promise<string> {
  return requestMail(session, '/unlock', parameters, options)
}

async function requestMail(
  session: AnySession,
  path: string,
  parameters: WithFurther<MailParameters>,
  options: RouteOptions | undefined,
): Promise<string> {
  const context = session.account()
  const given = { ...parameters, redirect_url: parameters.redirect_url ?? here(context) }
  const { body } = await callPublic(context, { method: 'POST', path, refused }, given, options)
  return messageOf(body)
}

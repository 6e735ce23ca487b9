import { bare, type Call, type Outcome } from '../call.ts'
import { failure, frameworkError, json, redirect } from '../reply.ts'
import { redirectUrl } from '../url.ts'
import { normalizeEmail, type User } from '../users.ts'
import { isBlank } from '../validation.ts'

/** POST /confirmation: send the mail once more. */
export function createConfirmation(call: Call): Outcome {
  const given = call.parameters.text('email')
  if (isBlank(given)) return bare(failure(401, 'You must provide an email address.'))
  const email = normalizeEmail(given!)
  const user = call.model.users.findByEmail(email)
  if (user === undefined) return bare(failure(404, `Unable to find user with email '${email}'.`))
  confirmationMail(call, user, redirectTarget(call))
  return bare(
    json(200, {
      success: true,
      message: `An email has been sent to '${email}' containing instructions for confirming your account.`,
    }),
  )
}

/** GET /confirmation: the mail's link. A token that is unknown or used fails; how, depends on the gem. */
export function showConfirmation(call: Call): Outcome {
  const { users } = call.model
  const token = call.parameters.text('confirmation_token')
  const user = isBlank(token) ? undefined : users.findBy('confirmationToken', token!)
  const target = redirectTarget(call)

  if (user === undefined || user.confirmed) {
    if (target === undefined || call.settings.rules.generation === '1.2.0') return bare(frameworkError(404))
    return bare(redirect(redirectUrl(target, { account_confirmation_success: false })))
  }
  users.save({ ...user, confirmed: true }, call.now)
  if (target === undefined) throw new Error('There is no URL to redirect to.')
  return bare(redirect(redirectUrl(target, { account_confirmation_success: true })))
}

/** Sends the mail. The token stays the same until the account is confirmed. */
export function confirmationMail(call: Call, user: User, target: string | undefined): void {
  const token = user.confirmationToken ?? call.mint()
  call.model.users.save({ ...user, confirmationToken: token }, call.now)
  const query = new URLSearchParams({
    config: call.parameters.text('config_name') ?? 'default',
    confirmation_token: token,
    redirect_url: target ?? '',
  })
  call.sendMail({
    kind: 'confirmation',
    to: user.email,
    token,
    path: `${call.model.authPath}/confirmation?${query}`,
  })
}

function redirectTarget(call: Call): string | undefined {
  return call.parameters.text('redirect_url') ?? call.settings.defaultConfirmSuccessUrl
}

import { bare, type Call, type Outcome, type Session, saveClients, userDataWithTimes } from '../call.ts'
import { isGiven, permitted, readChanges } from '../fields.ts'
import { failure, frameworkError, json, redirect } from '../reply.ts'
import { issue } from '../rules.ts'
import { redirectUrl } from '../url.ts'
import { normalizeEmail, type User } from '../users.ts'
import { errorBody, humanize } from '../validation.ts'
import { isAllowedRedirect } from './redirects.ts'
import { update, updateWithPassword, type Written } from './registrations.ts'

const MAIL_IS_GOOD_FOR_MS = 6 * 60 * 60 * 1000

/** POST /password: ask for the mail. */
export function createPassword(call: Call): Outcome {
  const target = redirectTarget(call)
  if (typeof target !== 'string') return target
  const given = call.parameters.text('email')
  if (given === undefined) return bare(failure(401, 'You must provide an email address.'))
  const email = normalizeEmail(given)
  const user = call.model.users.findByEmail(email)
  if (user === undefined) return bare(failure(404, `Unable to find user with email '${email}'.`))

  const token = call.mint()
  call.model.users.save({ ...user, resetPasswordToken: token, resetPasswordSentAt: call.now }, call.now)
  const query = new URLSearchParams({
    config: call.parameters.text('config_name') ?? 'default',
    redirect_url: target,
    reset_password_token: token,
  })
  call.sendMail({
    kind: 'reset_password',
    to: email,
    token,
    path: `${call.model.authPath}/password/edit?${query}`,
  })
  return bare(
    json(200, {
      success: true,
      message: `An email has been sent to '${email}' containing instructions for resetting your password.`,
    }),
  )
}

/** GET /password/edit: the mail's link. It signs in on a new client id and redirects with the credentials. */
export function editPassword(call: Call): Outcome {
  const { settings, model, now } = call
  const target = redirectTarget(call)
  if (typeof target !== 'string') return target
  const mailToken = call.parameters.text('reset_password_token')
  const user = findByMail(call, mailToken)
  if (user === undefined || now - (user.resetPasswordSentAt ?? now) > MAIL_IS_GOOD_FOR_MS)
    return bare(frameworkError(404))

  const opened: User = { ...user, allowPasswordChange: true, confirmed: true }
  if (settings.requireClientPasswordResetToken) {
    model.users.save(opened, now)
    return bare(redirect(redirectUrl(target, { reset_password_token: mailToken })))
  }
  const client = call.mint()
  const token = call.mint()
  const { uid, clients } = saveClients(
    call,
    opened,
    issue(settings.rules, opened.clients, client, now, () => token),
  )
  const location = redirectUrl(target, {
    [settings.names['access-token']]: token,
    [settings.names.client]: client,
    client_id: client,
    config: call.parameters.text('config'),
    expiry: clients.find(entry => entry.client === client)?.expiry,
    reset_password: true,
    // Since 1.2.1.
    ...(settings.rules.generation === '1.2.0' ? {} : { reset_password_token: mailToken }),
    token,
    uid,
  })
  return bare(redirect(location))
}

/** PUT or PATCH /password: set the new password. */
export function updatePassword(call: Call): Outcome {
  const found = authorize(call)
  if (found === undefined) return bare(failure(401, 'Unauthorized'))
  const { user, session } = found
  if (user.provider !== 'email') return { reply: passwordNotRequired(user.provider), session }
  if (permitted(call, 'password') === undefined || permitted(call, 'password_confirmation') === undefined) {
    const message = "You must fill out the fields labeled 'Password' and 'Password confirmation'."
    return { reply: failure(422, message), session }
  }

  const written = change(call, user)
  if ('errors' in written)
    return { reply: json(422, { success: false, errors: errorBody(written.errors) }), session }
  const saved = call.model.users.save({ ...written.user, allowPasswordChange: false }, call.now)
  return {
    reply: json(200, {
      success: true,
      data: userDataWithTimes(saved),
      message: 'Your password has been successfully updated.',
    }),
    session,
  }
}

/** By the credentials; or by the mail's token on a new client id, which is saved only with the new password. */
function authorize(call: Call): { user: User; session: Session } | undefined {
  const { settings, parameters } = call
  if (!settings.requireClientPasswordResetToken || !parameters.truthy('reset_password_token'))
    return call.user === null || call.session === null
      ? undefined
      : { user: call.user, session: call.session }
  const user = findByMail(call, parameters.text('reset_password_token'))
  if (user === undefined) return undefined
  const client = call.mint()
  const token = call.mint()
  const clients = issue(settings.rules, user.clients, client, call.now, () => token)
  return {
    user: { ...user, clients },
    session: { userId: user.id, client, token },
  }
}

function change(call: Call, user: User): Written {
  const { checkCurrentPassword, requireClientPasswordResetToken } = call.settings
  const changes = readChanges(call)
  if (checkCurrentPassword !== false && !user.allowPasswordChange && !requireClientPasswordResetToken)
    return updateWithPassword(call, user, changes)
  // The model has no such attribute to write: an exception on the server.
  if (isGiven(call, 'current_password')) throw new Error("unknown attribute 'current_password'")
  return update(call, user, changes)
}

function findByMail(call: Call, token: string | undefined): User | undefined {
  return token === undefined ? undefined : call.model.users.findBy('resetPasswordToken', token)
}

/** Where the mail's link leads to, or the error that there is no such place. */
function redirectTarget(call: Call): string | Outcome {
  const target = call.parameters.text('redirect_url') ?? call.settings.defaultPasswordResetUrl
  if (target === undefined) return bare(failure(401, 'Missing redirect URL.'))
  if (!isAllowedRedirect(call.settings, target))
    return bare(
      failure(422, `Redirect to '${target}' not allowed.`, {
        status: 'error',
        data: null,
      }),
    )
  return target
}

function passwordNotRequired(provider: string) {
  return failure(
    422,
    `This account does not require a password. Sign in using your '${humanize(provider)}' account instead.`,
  )
}

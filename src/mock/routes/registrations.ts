import { bare, type Call, type Outcome, userDataWithTimes } from '../call.ts'
import { isAnyGiven, isGiven, permitted, readChanges } from '../fields.ts'
import { failure, json } from '../reply.ts'
import type { User } from '../users.ts'
import { type Changes, type Errors, errorBody, isBlank, validate } from '../validation.ts'
import { confirmationMail } from './confirmations.ts'
import { isAllowedRedirect } from './redirects.ts'
import { startSession } from './sessions.ts'

/** The row as it was saved, or why it was not. */
export type Written = { readonly user: User } | { readonly errors: Errors }

/** POST /: sign up. */
export function createAccount(call: Call): Outcome {
  const { settings, model } = call
  const changes = readChanges(call)
  if (!isAnyGiven(call))
    return bare(
      failure(422, 'Please submit proper sign up data in request body.', {
        status: 'error',
      }),
    )

  const unsaved = { status: 'error', data: unsavedData(changes) }
  const target = call.parameters.text('confirm_success_url') ?? settings.defaultConfirmSuccessUrl
  if (model.confirmable && target === undefined)
    return bare(failure(422, "Missing 'confirm_success_url' parameter.", unsaved))
  if (!isAllowedRedirect(settings, target))
    return bare(failure(422, `Redirect to '${target}' not allowed.`, unsaved))

  const candidate = { id: null, provider: 'email', email: changes.email ?? '' }
  const errors = validate(settings.rules.generation, model.users, candidate, changes)
  if (errors.length > 0) return bare(json(422, { ...unsaved, errors: errorBody(errors) }))

  const { password = '', password_confirmation: _, ...attributes } = changes
  const user = model.users.create(
    {
      ...attributes,
      email: candidate.email,
      password,
      confirmed: !model.confirmable,
    },
    call.now,
  )
  if (!user.confirmed) {
    confirmationMail(call, user, target)
    return bare(
      json(200, {
        status: 'success',
        data: userDataWithTimes(model.users.find(user.id)!),
      }),
    )
  }
  return startSession(call, user, signedIn =>
    json(200, { status: 'success', data: userDataWithTimes(signedIn) }),
  )
}

/** PUT or PATCH /: change the account. */
export function updateAccount(call: Call): Outcome {
  const { user, session, settings } = call
  const changes = readChanges(call)
  const withCurrentPassword = isGiven(call, 'current_password')
  if (!isAnyGiven(call) && !withCurrentPassword)
    return bare(
      failure(422, 'Please submit proper account update data in request body.', {
        status: 'error',
      }),
    )
  if (user === null) return bare(failure(404, 'User not found.', { status: 'error' }))

  const check =
    settings.checkCurrentPassword === 'attributes' ||
    (settings.checkCurrentPassword === 'password' && isGiven(call, 'password')) ||
    withCurrentPassword
  const written = check ? updateWithPassword(call, user, changes) : update(call, user, changes)
  const reply =
    'errors' in written
      ? json(422, { status: 'error', errors: errorBody(written.errors) })
      : json(200, { status: 'success', data: userDataWithTimes(written.user) })
  return { reply, session }
}

/** DELETE /: delete the account. The answer never carries credentials. */
export function destroyAccount(call: Call): Outcome {
  const { user, model } = call
  if (user === null)
    return bare(failure(404, 'Unable to locate account for destruction.', { status: 'error' }))
  model.users.destroy(user.id)
  return bare(
    json(200, {
      status: 'success',
      message: `Account with UID '${user.uid}' has been destroyed.`,
    }),
  )
}

/** The current password first, then the change. A blank new password is no change. */
export function updateWithPassword(call: Call, user: User, changes: Changes): Written {
  const current = permitted(call, 'current_password')
  const { password, password_confirmation: confirmation, ...others } = changes
  const meant = isBlank(password)
    ? {
        ...others,
        ...(isBlank(confirmation) ? {} : { password_confirmation: confirmation! }),
      }
    : changes
  if (current === user.password) return update(call, user, meant)
  const wrong = isBlank(current) ? "can't be blank" : 'is invalid'
  return { errors: [...invalid(call, user, meant), ['current_password', wrong]] }
}

/** Validates and saves. */
export function update(call: Call, user: User, changes: Changes): Written {
  const { users } = call.model
  const errors = invalid(call, user, changes)
  if (errors.length > 0) return { errors }
  const { password, password_confirmation: _, ...attributes } = changes
  const email = attributes.email ?? user.email
  // 1.2.0 does not look for a taken email here: the database refuses the row.
  if (users.all().some(other => other.id !== user.id && other.email === email))
    throw new Error('The email is taken.')
  const row = {
    ...user,
    ...attributes,
    ...(password === undefined ? {} : { password, passwordVersion: user.passwordVersion + 1 }),
  }
  return { user: users.save(row, call.now, call.settings.removeTokensAfterPasswordReset) }
}

function invalid(call: Call, user: User, changes: Changes): Errors {
  const candidate = { ...user, email: changes.email ?? user.email }
  return validate(call.settings.rules.generation, call.model.users, candidate, changes)
}

/** The row as it would have been: no id, no times, and no uid, which only a save sets. */
function unsavedData(changes: Changes): Record<string, unknown> {
  return {
    id: null,
    provider: 'email',
    uid: '',
    allow_password_change: false,
    name: changes.name ?? null,
    nickname: changes.nickname ?? null,
    image: changes.image ?? null,
    email: changes.email ?? null,
    created_at: null,
    updated_at: null,
  }
}

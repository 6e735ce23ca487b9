import { bare, type Call, type Outcome, saveClients, userData } from '../call.ts'
import { findCookie } from '../carriers.ts'
import { permitted } from '../fields.ts'
import { dropCookie } from '../headers.ts'
import { failure, json } from '../reply.ts'
import { issue, signOut } from '../rules.ts'
import { normalizeEmail, type User } from '../users.ts'

/** POST /sign_in. Credentials that the request carries do not count. */
export function createSession(call: Call): Outcome {
  const email = permitted(call, 'email')
  const password = permitted(call, 'password')
  const user = email === undefined ? undefined : call.model.users.findByEmail(normalizeEmail(email))

  if (user !== undefined && call.model.confirmable && !user.confirmed) return bare(notConfirmed(user))
  if (user === undefined || password === undefined || password !== user.password)
    return bare(failure(401, 'Invalid login credentials. Please try again.'))
  return startSession(call, user, signedIn => json(200, { data: userData(signedIn) }))
}

/** GET /sign_in. */
export function newSession(): Outcome {
  return bare(failure(405, 'Use POST /sign_in to sign in. GET is not supported.'))
}

/** DELETE /sign_out. */
export function destroySession(call: Call): Outcome {
  const { user, session, settings } = call
  if (user === null || session === null) return bare(failure(404, 'User was not found or was not logged in.'))
  saveClients(call, user, signOut(user.clients, session.client, call.now))
  const reply = json(200, { success: true })
  const { cookie } = settings
  if (cookie !== null && findCookie(call.headers.get('cookie'), cookie.name) !== undefined)
    dropCookie(reply.headers, cookie.name, cookie.attributes)
  return bare(reply)
}

/** Issues a token on a new client id; the answer then rotates it at once. */
export function startSession(call: Call, user: User, render: (user: User) => Outcome['reply']): Outcome {
  const client = call.mint()
  const token = call.mint()
  const saved = saveClients(
    call,
    user,
    issue(call.settings.rules, user.clients, client, call.now, () => token),
  )
  return { reply: render(saved), session: { userId: user.id, client, token } }
}

function notConfirmed(user: User) {
  return failure(
    401,
    `A confirmation email was sent to your account at '${user.email}'. ` +
      'You must follow the instructions in the email before your account can be activated',
  )
}

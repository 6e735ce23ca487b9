import type { World } from '../application-server.ts'
import type { Route } from '../call.ts'
import type { Model } from '../users.ts'
import { createConfirmation, showConfirmation } from './confirmations.ts'
import { findOmniauthRoute } from './omniauth.ts'
import { createPassword, editPassword, updatePassword } from './passwords.ts'
import { createAccount, destroyAccount, updateAccount } from './registrations.ts'
import { createSession, destroySession, newSession } from './sessions.ts'
import { validateToken } from './token-validations.ts'

type AuthRoute = Pick<Route, 'access' | 'act'>

/** The routes that the gem mounts, by method and path below the model's own, OAuth's left out. */
const AUTH_ROUTES: Readonly<Record<string, AuthRoute>> = {
  'POST /sign_in': { access: 'public', act: createSession },
  'GET /sign_in': { access: 'public', act: newSession },
  'DELETE /sign_out': { access: 'optional', act: destroySession },
  'GET /validate_token': { access: 'optional', act: validateToken },
  'POST ': { access: 'public', act: createAccount },
  'PUT ': { access: 'optional', act: updateAccount },
  'PATCH ': { access: 'optional', act: updateAccount },
  'DELETE ': { access: 'optional', act: destroyAccount },
  'POST /password': { access: 'public', act: createPassword },
  'GET /password/edit': { access: 'public', act: editPassword },
  'PUT /password': { access: 'optional', act: updatePassword },
  'PATCH /password': { access: 'optional', act: updatePassword },
}

/** Only a confirmable model has them. */
const CONFIRMABLE_ROUTES: Readonly<Record<string, AuthRoute>> = {
  'POST /confirmation': { access: 'public', act: createConfirmation },
  'GET /confirmation': { access: 'public', act: showConfirmation },
}

/** Finds the route of a request. The gem's own come first. */
export function findRoute(
  { models: byName, application, settings }: Pick<World, 'models' | 'application' | 'settings'>,
  method: string,
  { pathname: path, searchParams }: URL,
): Route | undefined {
  const models = [...byName.values()]
  for (const model of models) {
    const found = findAuthRoute(model, method, path)
    if (found !== undefined) return { ...found, model, path: {} }
  }
  const oauth = method === 'GET' && findOmniauthRoute(models, settings.omniauthProviders, path, searchParams)
  if (oauth) return oauth
  for (const route of application) {
    const found = route.match(method, path)
    if (found !== undefined) return found
  }
  return undefined
}

function findAuthRoute(model: Model, method: string, path: string): AuthRoute | undefined {
  const trimmed = path.replace(/\/+$/, '')
  if (trimmed !== model.authPath && !trimmed.startsWith(`${model.authPath}/`)) return undefined
  const key = `${method === 'HEAD' ? 'GET' : method} ${trimmed.slice(model.authPath.length)}`
  return AUTH_ROUTES[key] ?? (model.confirmable ? CONFIRMABLE_ROUTES[key] : undefined)
}

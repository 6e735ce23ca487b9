import { nextSequence, type Ticket } from '../core/handoff.ts'
import { type ErrorCode, TokenHandoffError } from '../errors.ts'
import type { AccountPort } from '../session/context.ts'
import { discard, responseTraits } from '../session/response.ts'
import { type RouteAnswer, type RouteOptions, readRoute, refusal, routeRequest } from '../session/routes.ts'
import type { Session } from '../session/session.ts'
import { transmit } from '../session/transmit.ts'

/** A session of whatever user type. */
export type AnySession = Pick<Session, 'account'>

/** Known parameters with whatever further ones, which go to the server as they are. A form's interface will do. */
export type WithFurther<Known> = (Known & object) | (Known & Record<string, unknown>)

/** What an account call's failure is named: its code, and what the server did not do. */
export type Refused = readonly [code: ErrorCode, what: string]

interface Route {
  readonly method: string
  readonly path: string
  readonly refused: Refused
}

/** Calls a route for which nobody has to be signed in. Its number says when it was asked for. */
export async function callPublic(
  context: AccountPort,
  { method, path, refused }: Route,
  parameters: object,
  options: RouteOptions = {},
): Promise<RouteAnswer & { sequence: number }> {
  await context.ready()
  context.refresh()
  const sequence = nextSequence(context.handoff)
  const url = context.settings.authUrl + (options.path ?? path)
  const sending = context.call(url, routeRequest(method, parameters, options.headers))
  return { sequence, ...accepted(await readRoute(context, sending), refused) }
}

/** What a route answered, and the request, which tells for which sign-in it was sent. */
export type SignedInAnswer = RouteAnswer & { sent: Ticket }

/** Calls a route as who is signed in, with everything that a session's calls have: replays, recovery, doubt. */
export async function callSignedIn(
  context: AccountPort,
  { method, path, refused }: Route,
  parameters: object | undefined,
  options: RouteOptions = {},
): Promise<SignedInAnswer> {
  await context.ready()
  const { exchange, handoff } = context
  const url = context.settings.authUrl + (options.path ?? path)
  // What cannot be sent must fail before it counts as sent.
  const { headers, ...request } = routeRequest(method, parameters, options.headers)
  const flight = exchange.begin({ method, url })
  if (!flight) {
    throw new TokenHandoffError('not-signed-in', 'Nobody is signed in. Sign in first, then try again.')
  }
  const send = () => context.call(url, { ...request, headers: { ...headers, ...flight.headers } })
  const traitsOf = (response: Response) => {
    const traits = responseTraits(response)
    // Where others answer 401, some of these routes answer 404. Only a recovery can tell it from a missing route.
    const refusal = traits.status === 404 && handoff.recovers
    return refusal ? { ...traits, status: 401 } : traits
  }
  const answered = await readRoute(context, transmit<Response>(exchange, flight, send, { traitsOf, discard }))
  return { sent: flight.ticket, ...accepted(answered, refused) }
}

/** Asks who the bearer of credentials is that no session holds yet. */
export async function callAs(
  context: AccountPort,
  stamp: Record<string, string>,
  query: string,
): Promise<RouteAnswer> {
  const { authUrl, paths } = context.settings
  const url = authUrl + paths.validateToken + query
  return readRoute(context, context.call(url, { headers: stamp, cache: 'no-store' }))
}

function accepted(answered: RouteAnswer, [code, what]: Refused): RouteAnswer {
  if (!answered.ok) throw refusal(code, what, answered)
  return answered
}

import { endSession, nextSequence } from '../core/handoff.ts'
import type { SessionContext } from './context.ts'
import type { Validation } from './recovery.ts'
import { discard, readJson, responses } from './response.ts'
import {
  announced,
  openWith,
  type RouteOptions,
  reach,
  readRoute,
  refusal,
  routeRequest,
  userOf,
} from './routes.ts'
import { transmit } from './transmit.ts'

/** Signing in, signing out, and asking who is signed in. */
export function createSigning<User>(context: SessionContext) {
  const { handoff, exchange, settings, call, emit } = context

  async function signIn(
    credentials: object,
    { path = settings.paths.signIn, headers }: RouteOptions = {},
  ): Promise<User> {
    await context.ready()
    context.refresh()
    const sequence = nextSequence(handoff)
    return announced(context, async () => {
      const sending = call(settings.authUrl + path, routeRequest('POST', credentials, headers))
      const answered = await readRoute(context, sending)
      if (!answered.ok) throw refusal('sign-in-failed', 'refused the sign-in', answered)
      return openWith<User>(context, sequence, answered)
    })
  }

  async function signOut(): Promise<void> {
    await context.ready()
    context.refresh()
    const ended = endSession(handoff)
    context.changed('asked')
    const url = settings.authUrl + settings.paths.signOut
    const flight = ended && exchange.begin({ method: 'DELETE', url }, 'sign-out', ended)
    if (!flight) return
    const send = () => call(url, { method: 'DELETE', headers: flight.headers, keepalive: true })
    const response = await transmit(exchange, flight, send, responses).catch(() => null)
    if (response) discard(response)
    if (!response?.ok) {
      context.warn(
        'sign-out-failed',
        'Signed out here, but the server did not confirm it: there the session lives on until it expires.',
      )
    }
  }

  async function validateToken(): Promise<User | null> {
    await context.ready()
    context.refresh()
    const { clock, record } = handoff
    const said = (await context.recovery.underWay()) ?? (await validate())
    const { status, body } = said
    // Another tab may have signed out meanwhile, or somebody else in: then this is no answer any more.
    context.refresh()
    if (!context.isCurrent(record)) return validateToken()
    if (status === 401) return null
    const user = userOf<User>(body)
    // Without a user it would read as: nobody is signed in.
    if (status < 200 || status > 299 || Object(user) !== user) {
      throw refusal('validation-failed', 'could not tell who is signed in', said)
    }
    if (!context.setUser(user, record, clock)) return validateToken()
    emit('validated', { user })
    return user
  }

  async function validate(): Promise<Validation> {
    const url = settings.authUrl + settings.paths.validateToken
    const flight = exchange.begin({ cache: 'no-store', url }, 'validation')
    if (!flight) return { status: 401, body: null }
    const send = () => call(url, { headers: flight.headers, cache: 'no-store' })
    const response = await reach(transmit(exchange, flight, send, responses))
    return { status: response.status, body: await readJson(response) }
  }

  return { signIn, signOut, validateToken }
}

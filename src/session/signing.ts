import { readAnswer } from '../core/credentials.ts'
import { endSession, nextSequence, openSession } from '../core/handoff.ts'
import { type ErrorCode, type ErrorDetails, TokenHandoffError } from '../errors.ts'
import type { SessionContext } from './context.ts'
import { unexposedHeaders } from './messages.ts'
import type { Validation } from './recovery.ts'
import { discard, readJson, responses, responseTraits, transmit } from './transmit.ts'

/** Signing in, signing out, and asking who is signed in. */
export function createSigning<User>(context: SessionContext) {
  const { handoff, exchange, settings, wire, call } = context

  async function signIn(credentials: Record<string, unknown>): Promise<User> {
    await context.ready()
    context.refresh()
    const sequence = nextSequence(handoff)
    const response = await reach(
      call(`${settings.authUrl}/sign_in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(credentials),
      }),
    )
    const { status, header } = responseTraits(response)
    const answer = readAnswer(wire, status, header)
    if (wire.transport === 'cookie') answer.token ||= 'cookie'
    const body = await readJson(response)
    if (!response.ok) {
      const errors = errorsOf(body)
      throw failure('sign-in-failed', `The server refused the sign-in (${status}). ${errors.join(' ')}`, {
        status,
        errors,
      })
    }
    if (!answer.token) throw failure('headers-not-exposed', unexposedHeaders(wire))
    if (!openSession(handoff, sequence, answer, Date.now())) {
      throw failure('superseded', 'A later sign-in or sign-out took the place of this sign-in.')
    }
    const user = userOf<User>(body)
    context.changed('signed-in', user)
    return user
  }

  async function signOut(): Promise<void> {
    await context.ready()
    context.refresh()
    const ended = endSession(handoff)
    context.changed('asked')
    const url = `${settings.authUrl}/sign_out`
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
    const { epoch } = handoff.record
    const { status, body } = (await context.recovery.underWay()) ?? (await validate())
    if (status === 401) return null
    if (status < 200 || status > 299) {
      throw failure(
        'validation-failed',
        `The server could not tell who is signed in (${status}). Try again later.`,
        {
          status,
          errors: errorsOf(body),
        },
      )
    }
    const user = userOf<User>(body)
    context.setUser(user, epoch)
    return user
  }

  async function validate(): Promise<Validation> {
    const url = `${settings.authUrl}/validate_token`
    const flight = exchange.begin({ cache: 'no-store', url }, 'validation')
    if (!flight) return { status: 401, body: null }
    const send = () => call(url, { headers: flight.headers, cache: 'no-store' })
    const response = await reach(transmit(exchange, flight, send, responses))
    return { status: response.status, body: await readJson(response) }
  }

  return { signIn, signOut, validateToken }
}

function userOf<User>(body: unknown): User {
  return (body as { data: User } | undefined)?.data ?? (body as User)
}

function reach(response: Promise<Response>): Promise<Response> {
  return response.catch(cause => {
    throw failure(
      'network',
      'The server could not be reached. Check the connection and baseUrl, then try again.',
      {
        cause,
      },
    )
  })
}

/** The server's sentences, whichever of its shapes they came in. */
function errorsOf(body: unknown): string[] {
  const { errors } = Object(body) as { errors?: unknown }
  const list = Array.isArray(errors) ? errors : (errors as { full_messages?: unknown[] })?.full_messages
  return (list ?? []).map(String)
}

function failure(code: ErrorCode, message: string, details?: ErrorDetails): TokenHandoffError {
  return new TokenHandoffError(code, message, details)
}

import { readAnswer, type Wire } from '../core/credentials.ts'
import { endSession, type Handoff, nextSequence, openSession } from '../core/handoff.ts'
import { TokenHandoffError } from '../errors.ts'
import type { Emitter, SessionEvents, SignedOutReason, WarningCode } from './events.ts'
import type { Exchange, Flight } from './exchange.ts'
import type { Recovery, Validation } from './recovery.ts'
import { discard, readJson, responseTraits, transmit } from './transmit.ts'
import { unexposedHeaders } from './watch.ts'

export interface SigningHost<User> {
  handoff: Handoff
  exchange: Exchange
  wire: Wire
  call(url: string, init: RequestInit): Promise<Response>
  /** The address of one of the server's auth routes. */
  url(path: string): string
  ready(): Promise<void> | null
  refresh(): void
  changed(cause?: SignedOutReason): void
  recovery: Recovery
  setUser(user: User | null): void
  emitter: Emitter<SessionEvents<User>>
  warn(code: WarningCode, message: string): void
}

/** Signing in, signing out, and asking who is signed in. */
export function createSigning<User>(host: SigningHost<User>) {
  const { handoff, exchange, wire, call, url, changed } = host

  async function signIn(credentials: Record<string, unknown>): Promise<User> {
    await host.ready()
    host.refresh()
    const sequence = nextSequence(handoff)
    const response = await reach(
      call(url('/sign_in'), {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(credentials),
      }),
    )
    const { status, header } = responseTraits(response)
    if (!response.ok) {
      const errors = errorsOf(await readJson(response))
      throw new TokenHandoffError(
        'sign-in-failed',
        `The server refused the sign-in (${status}). ${errors.join(' ') || 'Check the credentials and authPath.'}`,
        { status, errors },
      )
    }
    const answer = readAnswer(wire, status, header)
    if (!answer.token && wire.transport === 'cookie') answer.token = 'cookie'
    if (!answer.token) {
      discard(response)
      throw new TokenHandoffError('headers-not-exposed', unexposedHeaders(wire.names), { status })
    }
    if (!openSession(handoff, sequence, answer, Date.now())) {
      discard(response)
      throw new TokenHandoffError(
        'superseded',
        'Another sign-in or a sign-out was asked for while this sign-in was under way; the later one counts.',
      )
    }
    const { epoch } = handoff.record
    changed()
    const user = userOf<User>(await readJson(response))
    if (handoff.record.epoch === epoch) host.setUser(user)
    host.emitter.emit('signed-in', () => ({ user, elsewhere: false }))
    return user
  }

  async function signOut(): Promise<void> {
    await host.ready()
    host.refresh()
    const ended = endSession(handoff)
    const flight = ended && exchange.begin({ method: 'DELETE' }, 'sign-out', ended)
    changed('asked')
    if (!flight) return
    try {
      const send = () =>
        call(url('/sign_out'), { method: 'DELETE', headers: flight.headers, keepalive: true })
      const response = await transmit(exchange, flight, send)
      discard(response)
      if (!response.ok) throw new Error(`status ${response.status}`)
    } catch {
      host.warn(
        'sign-out-failed',
        'You are signed out here, but the server did not confirm it: there the session lives on until it expires.',
      )
    }
  }

  async function validateToken(): Promise<User | null> {
    await host.ready()
    const { epoch } = handoff.record
    const validation = (await host.recovery.joined()) ?? (await validate())
    if (!validation || validation.status === 401) return null
    if (validation.status < 200 || validation.status > 299) {
      throw new TokenHandoffError(
        'validation-failed',
        `The server could not say whether the session is valid (${validation.status}). Try again later; nothing is lost.`,
        { status: validation.status, errors: errorsOf(validation.body) },
      )
    }
    const user = userOf<User>(validation.body)
    if (handoff.record.epoch === epoch) host.setUser(user)
    return user
  }

  async function validate(): Promise<Validation | null> {
    const flight: Flight | null = exchange.begin({ cache: 'no-store' }, 'validation')
    if (!flight) return null
    const send = () => call(url('/validate_token'), { headers: flight.headers, cache: 'no-store' })
    const response = await reach(transmit(exchange, flight, send))
    return { status: response.status, body: await readJson(response) }
  }

  return { signIn, signOut, validateToken }
}

async function reach(response: Promise<Response>): Promise<Response> {
  try {
    return await response
  } catch (cause) {
    throw new TokenHandoffError(
      'network',
      'The server could not be reached. Check the connection and baseUrl, then try again; the session is kept.',
      { cause },
    )
  }
}

function userOf<User>(body: unknown): User {
  return (body as { data?: User } | undefined)?.data ?? (body as User)
}

/** The server's sentences, whichever of its shapes they came in. */
function errorsOf(body: unknown): string[] {
  const errors = (body as { errors?: unknown } | undefined)?.errors
  if (Array.isArray(errors)) return errors.map(String)
  const full = (errors as { full_messages?: unknown } | undefined)?.full_messages
  return Array.isArray(full) ? full.map(String) : []
}

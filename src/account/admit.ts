import { toBytes } from '../bytes.ts'
import { isSendable, stampedHeaders } from '../core/credentials.ts'
import { TokenHandoffError } from '../errors.ts'
import type { AccountPort } from '../session/context.ts'
import { openWith, refusal } from '../session/routes.ts'
import { callAs } from './call.ts'

/** Credentials that came by another way than an answer's headers. */
export interface Credentials {
  token: string
  client: string
  uid: string
  /** Seconds since 1970; 0 when unknown. */
  expiry: number
}

/** Null unless they are complete, and fit to be sent. They are text; what headers carry are bytes. */
export function readCredentials(
  token: unknown,
  client: unknown,
  uid: unknown,
  expiry: unknown,
): Credentials | null {
  const read = (value: unknown) => {
    const bytes = typeof value === 'string' ? toBytes(value) : ''
    return isSendable(bytes) ? bytes.trim() : ''
  }
  const found = { token: read(token), client: read(client), uid: read(uid), expiry: Number(expiry) || 0 }
  return found.token && found.client && found.uid ? found : null
}

export function invalidReturn(message: string): TokenHandoffError {
  return new TokenHandoffError('return-invalid', message)
}

/**
 * Opens a session with credentials that came by another way, once the server has said whose they are.
 *
 * @param check throws when they must not be taken any more
 */
export async function admit<User>(
  context: AccountPort,
  credentials: Credentials,
  sequence: number,
  check?: () => void,
): Promise<User> {
  const { wire } = context
  const byCookie = wire.transport === 'cookie'
  // A cookie is set by an answer that rotates.
  const stamp = stampedHeaders(byCookie ? { ...wire, transport: 'headers' } : wire, credentials)
  const answered = await callAs(context, stamp, byCookie ? '?unbatch=true' : '')
  const { ok, status, body, answer } = answered
  if (status === 401)
    throw invalidReturn('The server does not accept these credentials. Try to sign in again.')
  if (!ok) throw refusal('validation-failed', 'could not tell whose credentials these are', answered)
  if (answer.client !== null && answer.client !== credentials.client) {
    throw invalidReturn('The server answered about somebody else. Try to sign in again.')
  }
  check?.()
  // A batch's answer brings none; nor does one whose headers are hidden.
  const news = answer.token ? answer : { ...answer, token: credentials.token, expiry: credentials.expiry }
  const { client, uid } = credentials
  return openWith(context, sequence, { body, answer: { ...news, client, uid: answer.uid || uid } })
}

import { type Answer, readAnswer } from '../core/credentials.ts'
import { openSession } from '../core/handoff.ts'
import { type ErrorCode, isTokenHandoffError, TokenHandoffError } from '../errors.ts'
import type { AccountPort } from './context.ts'
import { readErrors } from './error-body.ts'
import { stampOnto } from './headers.ts'
import { unexposedHeaders } from './messages.ts'
import { readJson, responseTraits } from './response.ts'

/** What may differ from one call of an auth route to the next. */
export interface RouteOptions {
  /** The route, below the session's `authPath`. @default the server's own */
  path?: string | undefined
  /** Further headers of the request. @default none */
  headers?: Record<string, string> | undefined
}

export interface RouteAnswer {
  ok: boolean
  status: number
  answer: Answer
  /** The body's JSON, or undefined. */
  body: unknown
}

/** What an auth route is sent: JSON, whichever method. */
export function routeRequest(
  method: string,
  parameters: object | undefined,
  headers: Record<string, string> | undefined,
): RequestInit & { headers: Record<string, string> } {
  return {
    method,
    headers: stampOnto({ ...headers }, { 'content-type': 'application/json', accept: 'application/json' }),
    body: JSON.stringify(parameters),
  }
}

/** Waits for what an auth route answers, a refusal too. */
export async function readRoute({ wire }: AccountPort, sending: Promise<Response>): Promise<RouteAnswer> {
  const response = await reach(sending)
  const { status, header } = responseTraits(response)
  const body = await readJson(response)
  // A page that answers in the API's place has done nothing that was asked for.
  const ok = response.ok && (body !== undefined || !header('content-type')?.includes('html'))
  return { ok, status, answer: readAnswer(wire, status, header), body }
}

/** Opens a session with the credentials that an account call's answer brought. */
export function openWith<User>(
  context: AccountPort,
  sequence: number,
  { answer, body }: Pick<RouteAnswer, 'answer' | 'body'>,
): User {
  void context.ready()
  // Another tab's sign-in may have been quicker.
  context.refresh()
  const { token, client, uid } = answer
  // Without one of them no request would be accepted; a cookie holds all three, whether they are shown or not.
  if (context.wire.transport === 'cookie') {
    answer.token ||= 'cookie'
    answer.client ||= 'cookie'
  } else if (!(token && client && uid))
    throw new TokenHandoffError('headers-not-exposed', unexposedHeaders(context.wire))
  if (!openSession(context.handoff, sequence, answer, Date.now())) {
    throw new TokenHandoffError('superseded', 'A later sign-in or sign-out took the place of this sign-in.')
  }
  const user = userOf<User>(body)
  context.changed('signed-in', user)
  return user
}

/** Tells who listens that a sign-in failed, and its caller too. */
export async function announced<Result>({ emit }: AccountPort, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    emit('sign-in-failed', { error: error as TokenHandoffError })
    throw error
  }
}

export function userOf<User>(body: unknown): User {
  return (body as { data: User } | undefined)?.data ?? (body as User)
}

export function reach(response: Promise<Response>): Promise<Response> {
  return response.catch(cause => {
    if (isTokenHandoffError(cause)) throw cause
    throw new TokenHandoffError(
      'network',
      'The server could not be reached. Check the connection and baseUrl, then try again.',
      { cause },
    )
  })
}

/** The error for an answer that is no success, with the server's sentences in it. */
export function refusal(
  code: ErrorCode,
  what: string,
  { status, body }: Pick<RouteAnswer, 'status' | 'body'>,
): TokenHandoffError {
  const said = readErrors(body)
  let message = `The server ${what} (${status}).`
  // Where the route itself has answered, it has said why.
  if (!Object(body).errors) {
    if (status === 404 || status < 300) message += ' Check baseUrl and authPath.'
    if (status > 428) message += ' Try again later.'
  }
  for (const sentence of said.errors) message += ` ${sentence}`
  return new TokenHandoffError(code, message, { status, ...said })
}

import type { Answer, Wire } from '../../src/core/credentials.ts'
import { defaultHeaderNames } from '../../src/core/credentials.ts'
import type { Sent } from '../../src/core/freshness.ts'
import { noDoubt, type SessionRecord, type Token } from '../../src/core/record.ts'

/** The wire as it is when nothing is configured. */
export const wire: Wire = { names: defaultHeaderNames, transport: 'headers' }

export function token(value: string, rest: Partial<Token> = {}): Token {
  return { value, expiry: 1_000, sequence: 1, at: 0, ...rest }
}

/** A record of a session that the client `c1` opened, with the token `stored`. */
export function signedIn(rest: Partial<SessionRecord> = {}): SessionRecord {
  return {
    version: 1,
    epoch: 1,
    opened: 1,
    client: 'c1',
    uid: { value: 'u@example.com', sequence: 1 },
    uids: [],
    expectedAt: 0,
    era: 0,
    tokens: [token('stored')],
    doubt: noDoubt,
    grace: true,
    ...rest,
  }
}

/** What a request carried that was sent with the stored token, and cannot be answered by a cache. */
export function sent(rest: Partial<Sent> = {}): Sent {
  return {
    sequence: 2,
    epoch: 1,
    client: 'c1',
    uid: 'u@example.com',
    token: 'stored',
    era: 0,
    cacheable: false,
    sentAt: 0,
    ...rest,
  }
}

/** What authentication answers when it refuses: no auth headers at all. */
export const refusal: Answer = {
  status: 401,
  token: null,
  client: null,
  uid: null,
  expiry: Number.NaN,
  bearer: false,
}

/** An answer that brings the token `fresh`. */
export function answer(rest: Partial<Answer> = {}): Answer {
  return {
    status: 200,
    token: 'fresh',
    client: 'c1',
    uid: 'u@example.com',
    expiry: 1_000,
    bearer: false,
    ...rest,
  }
}

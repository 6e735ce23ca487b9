import { defaultHeaderNames, type HeaderNames } from '../core/credentials.ts'
import {
  mergeDoubts,
  noDoubt,
  parseRecord,
  type SessionRecord,
  signedOutRecord,
  type Token,
} from '../core/record.ts'
import { cookieValues } from '../storage/cookies.ts'
import { greatestOf } from '../storage/greatest.ts'

/** The part of a request that a session is made of: fetch's, or Node's. */
export interface IncomingRequest {
  readonly headers: Pick<Headers, 'get'> | Readonly<Record<string, unknown>>
}

/** How a request carries a session, and what its answer has to carry. */
export interface Carried {
  record: SessionRecord | null
  via: 'cookie' | 'headers'
}

/** Finds the session in a request: in the three headers, else in the cookie. */
export function carriedBy(
  request: IncomingRequest,
  cookie: string,
  names: Partial<HeaderNames> = {},
): Carried {
  const header = reader(request)
  const all = { ...defaultHeaderNames, ...names }
  const token = header(all['access-token'])
  const client = header(all.client)
  const uid = header(all.uid)
  if (token && client && uid) {
    const expiry = Number(header(all.expiry)) || 0
    const record: SessionRecord = {
      ...signedOutRecord(1),
      client,
      uid: { value: uid, sequence: 0 },
      tokens: [{ value: token, expiry, sequence: 0, at: Date.now() }],
    }
    return { record: parseRecord(record), via: 'headers' }
  }
  return { record: parseRecord(greatestOf(cookieValues(header('cookie') ?? '', cookie))), via: 'cookie' }
}

/**
 * The record as a request of its own starts with it. What a page has to see to, doubt and old age, it sees to
 * itself: a recovery that nobody here waits for would cost the token that it brings.
 */
export function forOneRequest(record: SessionRecord, now: number): SessionRecord {
  return { ...record, doubt: noDoubt, tokens: record.tokens.map(token => ({ ...token, at: now })) }
}

/** The record as the page goes on with it: what got lost here is counted on top of what was lost in the page. */
export function forThePage(record: SessionRecord, before: SessionRecord | null): SessionRecord {
  if (before?.epoch !== record.epoch || before.client !== record.client) return record
  const at = (token: Token) => before.tokens.find(({ value }) => value === token.value)?.at ?? token.at
  return {
    ...record,
    doubt: mergeDoubts(before.doubt, {
      lost: before.doubt.lost + record.doubt.lost,
      settled: before.doubt.settled + record.doubt.settled,
      since: record.doubt.since,
    }),
    tokens: record.tokens.map(token => ({ ...token, at: at(token) })),
  }
}

function reader({ headers }: IncomingRequest): (name: string) => string | null {
  if (typeof headers.get === 'function') return name => (headers as Headers).get(name)
  return name => {
    const value = (headers as Record<string, unknown>)[name.toLowerCase()]
    return typeof value === 'string' ? value : null
  }
}

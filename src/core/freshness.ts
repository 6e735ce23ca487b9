import type { Answer } from './credentials.ts'
import { compareTokens, expiryTolerance, type SessionRecord } from './record.ts'

/** Why a response's token was taken or not. */
export type FreshnessReason =
  /** No token, or only white space. */
  | 'blank'
  /** There is no session any more. */
  | 'signed-out'
  /** It belongs to another sign-in. */
  | 'other-session'
  /** The stored token itself. */
  | 'same'
  /** Minted for a request that carried the stored token: it came after it. */
  | 'successor'
  /** The successor's expiry is smaller, or too great, and the response may have come out of an HTTP cache. */
  | 'conflict'
  /** A greater expiry, or one so small that only a shortened lifespan explains it: minted later. */
  | 'newer'
  /** A smaller expiry: minted earlier. */
  | 'older'
  /** Expiry does not tell; its request was sent later. */
  | 'later-request'
  /** Expiry does not tell; its request was sent earlier. */
  | 'earlier-request'

/** So long an answer may take, in seconds. */
const roundTrip = 60

export interface Freshness {
  taken: boolean
  reason: FreshnessReason
}

/** What a request carried, and what else decides about the token that its response brings. */
export interface Sent {
  sequence: number
  epoch: number
  client: string
  uid: string
  token: string
  /** The era of the record that it was stamped from. */
  era: number
  /** The response may come out of an HTTP cache: GET or HEAD in a cache mode that allows it. */
  cacheable: boolean
  /** Milliseconds since 1970 by the local clock. */
  sentAt: number
}

/**
 * Decides whether a response's token replaces the stored one.
 *
 * Expiry is the server's own clock, so it tells the order of minting whatever the network reordered; the
 * sequence clock decides where expiry cannot.
 */
export function freshness(record: SessionRecord, sent: Sent, answer: Answer): Freshness {
  if (!answer.token) return keep('blank')
  const stored = record.tokens[0]
  if (!stored) return keep('signed-out')
  if (sent.epoch !== record.epoch || (answer.client || sent.client) !== record.client)
    return keep('other-session')
  if (answer.token === stored.value) return keep('same')
  const expiry = knownExpiry(record, sent, answer)
  // Within one lifespan expiries are no further apart than the times between which they were minted.
  const apart = Math.abs(stored.at - sent.sentAt) / 1_000
  if (sent.token === stored.value) {
    // Out of a cache may come what is older than the era, too: then it outlives what came after it.
    const tooLate = record.era > 0 && expiry - stored.expiry > apart + roundTrip
    return sent.cacheable && (expiry < stored.expiry || tooLate) ? keep('conflict') : take('successor')
  }
  const shortened = !sent.cacheable && stored.expiry - expiry > apart + expiryTolerance
  if (expiry !== stored.expiry) return expiry > stored.expiry || shortened ? take('newer') : keep('older')
  const incoming = { ...stored, value: answer.token, sequence: sent.sequence }
  return compareTokens(incoming, stored) > 0 ? take('later-request') : keep('earlier-request')
}

/**
 * An expiry that says nothing counts as equal, so that the sequence clock decides: an unreadable one, or one of
 * another era, when the lifespan was another.
 */
export function knownExpiry(record: SessionRecord, sent: Sent, { expiry }: Answer): number {
  const stored = record.tokens[0]!
  const comparable = sent.era === record.era || sent.token === stored.value
  return comparable && Number.isFinite(expiry) ? expiry : stored.expiry
}

function keep(reason: FreshnessReason): Freshness {
  return { taken: false, reason }
}

function take(reason: FreshnessReason): Freshness {
  return { taken: true, reason }
}

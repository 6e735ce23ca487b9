import { type Answer, isGatewayFailure, isRejected } from './credentials.ts'
import { depthOfDoubt, mayHaveRotated, noteBlank, raiseDoubt, settleDoubt } from './doubt.ts'
import { type Freshness, freshness, knownExpiry } from './freshness.ts'
import {
  adopt,
  type Handoff,
  holds,
  nextSequence,
  recordOf,
  replaceRecord,
  storedToken,
  type Ticket,
} from './handoff.ts'
import { judge, type Verdict } from './judge.ts'
import { type Doubt, keepNewest, type SessionRecord, withUid } from './record.ts'

export interface Settlement {
  verdict: Verdict
  freshness: Freshness
  /** The doubt that this answer raised: a redirect or a gateway may have hidden a rotation. */
  lost: boolean
}

/** Settles a request with its answer's headers. */
export function settle(handoff: Handoff, ticket: Ticket, answer: Answer, now: number): Settlement {
  handoff.open.delete(ticket)
  const sent = ticket.sequence
  // A recovery rotates for certain: beside it, another's token of the same second is the older one.
  if (ticket.purpose === 'recovery') ticket.sequence = nextSequence(handoff)
  const decision = learn(handoff, ticket, answer, now)
  // The sign-out route says 404 where others say 401.
  if (isRejected(answer) || (ticket.purpose === 'sign-out' && answer.status === 404)) {
    ticket.refusedAt = handoff.clock
    return { verdict: judge(handoff, ticket, 'unknown'), freshness: decision, lost: false }
  }
  let lost = false
  if (answer.token !== null) noteAccepted(handoff, ticket, answer, decision, now, sent)
  if (isGatewayFailure(answer) || (answer.redirected && !answer.token)) lost = raise(handoff, ticket, now)
  return { verdict: { action: 'deliver', reason: 'answered' }, freshness: decision, lost }
}

/** No answer ever came. Returns whether the server may have rotated beyond the stored token. */
export function lose(handoff: Handoff, ticket: Ticket, now: number): boolean {
  return handoff.open.delete(ticket) && raise(handoff, ticket, now)
}

/** The page goes away with requests in flight: what they might have brought is lost, for all it can know. */
export function loseAll(handoff: Handoff, now: number): boolean {
  let doubtful = false
  for (const ticket of handoff.open) doubtful = raise(handoff, ticket, now, true) || doubtful
  return doubtful
}

/** A recovery was answered, and brought nothing: the stored token is as good as the server lets it be. */
export function settleWithoutToken(handoff: Handoff): boolean {
  handoff.suspect = null
  if (depthOfDoubt(handoff.record) === 0) return false
  return adopt(handoff, { ...handoff.record, doubt: settleDoubt(handoff.record) })
}

function learn(handoff: Handoff, ticket: Ticket, answer: Answer, now: number): Freshness {
  const decision = freshness(handoff.record, ticket, answer)
  const record = recordOf(handoff, ticket)
  if (!record?.client || (answer.client || ticket.client) !== record.client) return decision
  // What was held before and comes again comes out of an HTTP cache, its uid as well.
  const again = answer.token && ticket.cacheable && decision.reason !== 'same' && record === handoff.record
  if (again && wasHeld(handoff, answer.token!)) return { taken: false, reason: 'older' }
  const next = withUidOf(handoff, withToken(record, ticket, answer, now), ticket, answer)
  if (next !== record) replaceRecord(handoff, record, next)
  if (decision.reason === 'conflict') handoff.suspect = record.tokens[0]!.value
  return decision
}

function wasHeld({ past, record }: Handoff, token: string): boolean {
  return past.includes(token) || holds(record, token)
}

function withToken(record: SessionRecord, ticket: Ticket, answer: Answer, now: number): SessionRecord {
  const { reason } = freshness(record, ticket, answer)
  if (!answer.token || reason === 'same') return record
  const stored = record.tokens[0]!
  const token = {
    value: answer.token,
    expiry: knownExpiry(record, ticket, answer),
    sequence: ticket.sequence,
    at: now,
  }
  const grace = record.grace || answer.bearer
  if ((reason === 'successor' || reason === 'newer') && token.expiry < stored.expiry) {
    const tokens = [token]
    // Certain it is of a successor alone: a raised lifespan, or a clock that was put back, looks like this too.
    if (reason === 'newer') tokens.push({ ...stored, expiry: token.expiry, sequence: 0 })
    return { ...record, era: record.era + 1, tokens, doubt: doubtBeyond(record, ticket), grace }
  }
  // In conflict it cannot be told which of the two is newer: it is kept as if they were of one age.
  if (reason === 'conflict') Object.assign(token, { expiry: stored.expiry, sequence: 0 })
  const tokens = keepNewest([token, ...record.tokens])
  if (tokens[0] !== stored) return { ...record, tokens, doubt: doubtBeyond(record, ticket), grace }
  const another = tokens.some(({ value }, index) => value !== record.tokens[index]?.value)
  return another ? { ...record, tokens } : record
}

/** What was lost after this request had been sent may have rotated beyond the token that it brings. */
function doubtBeyond(record: SessionRecord, { sentAt }: Ticket): Doubt {
  const { lost, since } = record.doubt
  const beyond = depthOfDoubt(record) > 0 && sentAt <= since
  return { lost, settled: lost - Number(beyond), since }
}

/**
 * A uid that differs from the one that the request carried has changed; one that equals it is an echo, and says
 * nothing but that it was right a moment ago: that is more than a guess knows.
 */
function withUidOf(handoff: Handoff, record: SessionRecord, ticket: Ticket, answer: Answer): SessionRecord {
  const guessed = handoff.triedUids > 0
  if (!answer.uid || answer.uid === record.uid.value || (answer.uid === ticket.uid && !guessed)) return record
  // Of two changes at a time the server may have done the one last that was asked for first.
  const changed = { ...record, uids: withUid(record, answer.uid) }
  if (ticket.sequence <= record.uid.sequence && !guessed) return changed
  const uid = { value: answer.uid, sequence: guessed ? nextSequence(handoff) : ticket.sequence }
  return { ...changed, uid }
}

function noteAccepted(
  handoff: Handoff,
  ticket: Ticket,
  answer: Answer,
  decision: Freshness,
  now: number,
  sent: number,
): void {
  if (ticket.epoch !== handoff.record.epoch) return
  handoff.heardAt = now
  // What the server accepts again opens its buffer anew: what it refused before it may accept now.
  handoff.refused = null
  handoff.triedUids = 0
  if (decision.reason === 'blank') noteBlank(handoff, ticket, now)
  // What an HTTP cache may have given tells nothing of the server's buffer, unless it brings a new token.
  const asked = !ticket.cacheable || answer.asked || decision.taken
  // One that lies in the future is of a clock that was put back.
  if (asked) handoff.acceptedAt = Math.max(handoff.acceptedAt > now ? 0 : handoff.acceptedAt, ticket.sentAt)
  const { token, sequence } = ticket
  if (!(handoff.accepted && handoff.accepted.sequence > sequence)) handoff.accepted = { token, sequence }
  const stored = storedToken(handoff)!.value
  const current =
    (!ticket.cacheable && decision.reason === 'same') ||
    (ticket.purpose === 'recovery' && decision.reason === 'blank')
  if (current && ticket.token === stored) settleWithoutToken(handoff)
  if (ticket.purpose === 'recovery') handoff.recoveredAt = ticket.sentAt
  if (ticket.purpose !== 'call')
    handoff.vouched = {
      token: answer.token || ticket.token,
      sequence: sent,
      at: ticket.sentAt,
    }
}

function raise(handoff: Handoff, ticket: Ticket, now: number, gone = false): boolean {
  const { record, buffer } = handoff
  const stored = storedToken(handoff)
  // It may have changed the uid to one that was refused before.
  handoff.triedUids = Math.min(handoff.triedUids, 1)
  // What carried a token of the caller's own rotated nothing of ours.
  if (ticket.epoch !== record.epoch || !stored || !wasHeld(handoff, ticket.token)) return false
  const beyondStored =
    record.tokens.some(({ value }) => value === ticket.token) ||
    ticket.purpose === 'recovery' ||
    now - stored.at > buffer
  if (!beyondStored || !mayHaveRotated(handoff, ticket, now, gone)) return false
  // What is in flight at one time rotates once at most: the others of the batch get blanks.
  const another =
    depthOfDoubt(record) === 0 || ticket.purpose === 'recovery' || ticket.sentAt > record.doubt.since + buffer
  adopt(handoff, { ...record, doubt: raiseDoubt(record, ticket.sentAt, another) })
  return true
}

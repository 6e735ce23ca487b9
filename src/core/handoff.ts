import { tick } from './clock.ts'
import { type Answer, isGatewayFailure, isRejected } from './credentials.ts'
import {
  type BufferState,
  bufferMargin,
  bufferState,
  depthOfDoubt,
  mayHaveRotated,
  noteBlank,
  raiseDoubt,
  settleDoubt,
} from './doubt.ts'
import { type Freshness, freshness, knownExpiry, type Sent } from './freshness.ts'
import {
  type Doubt,
  greatestSequence,
  keepNewest,
  merge,
  refuse,
  type SessionRecord,
  sameRecord,
  signedOutRecord,
  type Token,
  withUid,
} from './record.ts'

/** What a request is for: it decides what its rejection proves. */
export type Purpose = 'call' | 'validation' | 'recovery' | 'sign-out'

/** A request from the moment it is stamped until it is settled. */
export interface Ticket extends Sent {
  purpose: Purpose
  /** False when its body can be read once only, or the caller fixed the token. */
  replayable: boolean
  replays: number
  /** What was known of the server's buffer when it was sent. */
  buffer: BufferState
  /** When another's blank answer told that a request in flight, perhaps this one, had rotated; else 0. */
  missedAt: number
  /** The clock when its refusal came. */
  refusedAt: number
}

export type Verdict =
  | { action: 'deliver'; reason: 'answered' | 'signed-out' | 'other-session' | 'not-replayable' | 'refused' }
  /** Send it again: it was refused for a token or uid that is stored no longer. */
  | { action: 'replay' }
  /** Judge it again when something has changed: there is hope left of a newer token. */
  | { action: 'wait'; for: 'in-flight' | 'recovery' | 'other-tabs' }
  /** Judge it again when it is known whether other tabs have requests in flight. */
  | { action: 'ask' }
  | { action: 'sign-out' }

export interface Settlement {
  verdict: Verdict
  freshness: Freshness
  /** The doubt that this answer raised: a redirect or a gateway may have hidden a rotation. */
  lost: boolean
}

/** What is known of the requests of other tabs. */
export type Elsewhere = 'unknown' | 'busy' | 'idle'

/** The protocol's state in one holder, usually a tab. Only the functions of the core change it. */
export interface Handoff {
  record: SessionRecord
  clock: number
  open: Set<Ticket>
  /** Tokens that were held and replaced: they come back out of an HTTP cache only. */
  past: readonly string[]
  /** The session that was signed out here last: its late tokens help to close the server's side. */
  ended: SessionRecord | null
  /** The stored token that only a recovery can tell good from bad: it was refused, or in conflict. */
  suspect: string | null
  /** The token that a validation was refused for last, and the clock when nothing else was in flight any more. */
  refused: { token: string; clock: number } | null
  /** How many uids have been refused since the server accepted one. */
  triedUids: number
  /** The token that a recovery or validation last found good, and when that was sent. */
  vouched: { token: string; sequence: number; at: number } | null
  /** What the latest request carried that the server accepted, and its number. */
  accepted: { token: string; sequence: number } | null
  /** When the last request was sent that the server accepted: its answer kept the buffer open. */
  acceptedAt: number
  /** When the last answer came of a request that the server accepted; Infinity before the first. */
  heardAt: number
  /** Whether a request in flight was sent to a closed buffer, and no blank has told of a rotation since. */
  unmarked: boolean
  /** Whether a recovery can be asked for. */
  recovers: boolean
  /** Whether other tabs may hold this session too. */
  shared: boolean
  /** The server's batch_request_buffer_throttle, in milliseconds. */
  buffer: number
}

const maxReplays = 5
const maxPast = 200
/** After so many email changes in one session the first are settled. */
const mostUids = 10

export function createHandoff(options: Pick<Handoff, 'recovers' | 'shared' | 'buffer'>): Handoff {
  return {
    ...options,
    record: signedOutRecord(),
    clock: 0,
    open: new Set(),
    past: [],
    ended: null,
    suspect: null,
    refused: null,
    triedUids: 0,
    vouched: null,
    acceptedAt: 0,
    heardAt: Infinity,
    unmarked: false,
    accepted: null,
  }
}

export function storedToken({ record }: Handoff): Token | undefined {
  return record.tokens[0]
}

/** Numbers and remembers a request that carries the stored credentials; null when signed out. */
export function openTicket(
  handoff: Handoff,
  traits: Pick<Ticket, 'purpose' | 'cacheable' | 'replayable'>,
  now: number,
  record: SessionRecord | null = handoff.record,
): Ticket | null {
  if (!record?.client) return null
  const { purpose, cacheable, replayable } = traits
  const ticket: Ticket = {
    ...stamp(handoff, record, now),
    epoch: record.epoch,
    client: record.client,
    purpose,
    cacheable,
    replayable,
    replays: 0,
  }
  handoff.open.add(ticket)
  return ticket
}

export function nextSequence(handoff: Handoff): number {
  handoff.clock = tick(handoff.clock, 0)
  return handoff.clock
}

/** Stamps a ticket anew for its replay. */
export function reopenTicket(handoff: Handoff, ticket: Ticket, now: number): void {
  Object.assign(ticket, stamp(handoff, recordOf(handoff, ticket) ?? handoff.record, now))
  ticket.replays++
  handoff.open.add(ticket)
}

function stamp(handoff: Handoff, { uid, tokens, era }: SessionRecord, now: number) {
  const buffer = bufferState(handoff, now)
  if (buffer === 'closed') handoff.unmarked = true
  return {
    sequence: nextSequence(handoff),
    uid: uid.value,
    token: tokens[0]!.value,
    era,
    sentAt: now,
    buffer,
    missedAt: 0,
    refusedAt: 0,
  }
}

/** Takes in what another holder knows: a tab, the storage. Returns whether anything changed. */
export function receive(handoff: Handoff, record: SessionRecord): boolean {
  return adopt(handoff, merge(handoff.record, record))
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

/** Says what becomes of a rejected request now; asked again after a wait, the answer may be another. */
export function judge(handoff: Handoff, ticket: Ticket, elsewhere: Elsewhere, patient = true): Verdict {
  const record = recordOf(handoff, ticket)
  if (!record?.client || (ticket.purpose !== 'sign-out' && record !== handoff.record)) {
    return { action: 'deliver', reason: handoff.record.client === null ? 'signed-out' : 'other-session' }
  }
  const overtaken = ticket.token !== record.tokens[0]!.value || ticket.uid !== record.uid.value
  // Gateways and single routes refuse for reasons of their own: only validation can end a session.
  const unproven = ticket.purpose === 'call' && handoff.recovers
  if (!ticket.replayable) {
    if (unproven && !overtaken) handoff.suspect = ticket.token
    return { action: 'deliver', reason: 'not-replayable' }
  }
  if (overtaken) {
    return ticket.replays < maxReplays ? { action: 'replay' } : { action: 'deliver', reason: 'refused' }
  }
  if (unproven && ticket.replays === 0 && isAcceptedAgain(handoff, ticket)) return { action: 'replay' }
  if (patient && othersInFlight(handoff, ticket)) return { action: 'wait', for: 'in-flight' }
  if (unproven) {
    if (patient && !isVouchedFor(handoff, ticket)) {
      handoff.suspect = ticket.token
      return { action: 'wait', for: 'recovery' }
    }
    // The question brings what another tab has received since.
    const ask = patient && handoff.shared && elsewhere === 'unknown'
    return ask ? { action: 'ask' } : { action: 'deliver', reason: 'refused' }
  }
  if (ticket.purpose !== 'sign-out' && !isConfirmed(handoff, ticket) && ticket.replays < maxReplays) {
    if (patient && handoff.shared && elsewhere === 'unknown') return { action: 'ask' }
    if (patient && elsewhere === 'busy') return { action: 'wait', for: 'other-tabs' }
    handoff.refused = { token: ticket.token, clock: handoff.clock }
    return { action: 'replay' }
  }
  if (promoteSpare(handoff, record)) {
    // With other credentials it begins anew.
    ticket.replays = 0
    return { action: 'replay' }
  }
  if (ticket.purpose === 'sign-out') return { action: 'deliver', reason: 'refused' }
  endSession(handoff)
  return { action: 'sign-out' }
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

/**
 * Opens a session with the credentials of an account call.
 *
 * @param sequence the call's number: one that was asked for before the last sign-in or sign-out is too late
 */
export function openSession(handoff: Handoff, sequence: number, answer: Answer, now: number): boolean {
  const { record } = handoff
  if (!answer.token || sequence <= record.opened) return false
  const uid = answer.uid ?? ''
  const uids = withUid(record, record.uid.value)
  adopt(handoff, {
    ...signedOutRecord(record.epoch + 1, sequence),
    client: answer.client ?? '',
    uid: { value: uid, sequence },
    // An email change of the same user may still be on its way.
    ...(uids.includes(uid) && { uids }),
    tokens: [{ value: answer.token, expiry: answer.expiry || 0, sequence, at: now }],
    grace: answer.bearer,
  })
  handoff.acceptedAt = handoff.heardAt = now
  handoff.triedUids = 0
  return true
}

/** An email change was asked for: the uid may become this one, whatever comes of its answer. */
export function expectUid(handoff: Handoff, uid: string): boolean {
  const { record } = handoff
  if (record.client === null) return false
  const { uids } = record
  return adopt(handoff, {
    ...record,
    uids: withUid({ ...record, uids: uids.length < mostUids ? uids : [] }, uid),
  })
}

/** Signs out here, at once. A late answer changes nothing any more. */
export function endSession(handoff: Handoff): SessionRecord | null {
  const { record } = handoff
  if (record.client === null) return null
  handoff.ended = record
  adopt(handoff, signedOutRecord(record.epoch + 1, nextSequence(handoff)))
  return record
}

/** A recovery was answered, and brought nothing: the stored token is as good as the server lets it be. */
export function settleWithoutToken(handoff: Handoff): boolean {
  handoff.suspect = null
  if (depthOfDoubt(handoff.record) === 0) return false
  return adopt(handoff, { ...handoff.record, doubt: settleDoubt(handoff.record) })
}

function adopt(handoff: Handoff, record: SessionRecord): boolean {
  if (sameRecord(handoff.record, record)) return false
  if (handoff.suspect !== record.tokens[0]?.value) handoff.suspect = null
  const replaced = handoff.record.tokens.map(({ value }) => value).filter(value => !holds(record, value))
  if (replaced.length > 0) handoff.past = [...handoff.past, ...replaced].slice(-maxPast)
  handoff.record = record
  handoff.clock = Math.max(handoff.clock, greatestSequence(record))
  return true
}

function recordOf(handoff: Handoff, ticket: Ticket): SessionRecord | null {
  const { epoch, client } = ticket
  const { record, ended } = handoff
  if (epoch === record.epoch) return client === record.client ? record : null
  return epoch === ended?.epoch ? ended : null
}

function replaceRecord(handoff: Handoff, old: SessionRecord, record: SessionRecord): void {
  if (old === handoff.ended) handoff.ended = record
  else adopt(handoff, record)
}

function holds({ tokens }: SessionRecord, token: string): boolean {
  return tokens.some(({ value }) => value === token)
}

function wasHeld({ past, record }: Handoff, token: string): boolean {
  return past.includes(token) || holds(record, token)
}

function learn(handoff: Handoff, ticket: Ticket, answer: Answer, now: number): Freshness {
  const decision = freshness(handoff.record, ticket, answer)
  if (decision.reason === 'conflict' && wasHeld(handoff, answer.token!)) {
    learn(handoff, ticket, { ...answer, token: '' }, now)
    return { taken: false, reason: 'older' }
  }
  const record = recordOf(handoff, ticket)
  if (!record?.client || (answer.client || ticket.client) !== record.client) return decision
  const next = withUidOf(withToken(record, ticket, answer, now), ticket, answer)
  if (next !== record) replaceRecord(handoff, record, next)
  if (decision.reason === 'conflict') handoff.suspect = record.tokens[0]!.value
  return decision
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
    return { ...record, era: record.era + 1, tokens: [token], doubt: doubtBeyond(record, ticket), grace }
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

/** A uid that differs from the one that the request carried has changed; one that equals it is an echo. */
function withUidOf(record: SessionRecord, ticket: Ticket, answer: Answer): SessionRecord {
  if (!answer.uid || answer.uid === ticket.uid || answer.uid === record.uid.value) return record
  // Of two changes at a time the server may have done the one last that was asked for first.
  const changed = { ...record, uids: withUid(record, answer.uid) }
  if (ticket.sequence <= record.uid.sequence) return changed
  const uid = { value: answer.uid, sequence: ticket.sequence }
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
  handoff.acceptedAt = Math.max(handoff.acceptedAt, ticket.sentAt)
  const { token, sequence } = ticket
  if (!(handoff.accepted && handoff.accepted.sequence > sequence)) handoff.accepted = { token, sequence }
  const stored = storedToken(handoff)!.value
  const current = decision.reason === 'same' || (ticket.purpose === 'recovery' && decision.reason === 'blank')
  if (current && ticket.token === stored) settleWithoutToken(handoff)
  if (ticket.purpose !== 'call')
    handoff.vouched = {
      token: answer.token || ticket.token,
      sequence: sent,
      at: ticket.sentAt,
    }
}

/** A later request got through with the token that was refused for this one: the buffer has opened again. */
function isAcceptedAgain({ accepted }: Handoff, { token, sequence }: Ticket): boolean {
  return accepted?.token === token && accepted.sequence > sequence
}

/** Validation finds this very token good: who refuses it nevertheless does so for reasons of its own. */
function isVouchedFor({ vouched, record, buffer }: Handoff, ticket: Ticket): boolean {
  if (vouched?.token !== ticket.token) return false
  // Later than that, or under another uid, it may be good no longer.
  const surely = ticket.replays > 0 && ticket.sentAt < vouched.at + buffer - bufferMargin
  return vouched.sequence > ticket.refusedAt || (surely && !spareOf(record) && record.uids.length < 2)
}

function raise(handoff: Handoff, ticket: Ticket, now: number, gone = false): boolean {
  const { record, buffer } = handoff
  const stored = storedToken(handoff)
  if (ticket.epoch !== record.epoch || !stored) return false
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

function othersInFlight(handoff: Handoff, ticket: Ticket): boolean {
  for (const other of handoff.open) {
    if (other !== ticket && other.epoch === ticket.epoch && other.purpose !== 'sign-out') return true
  }
  return false
}

/** One refusal proves nothing: an answer that was still on its way may have opened the server's buffer again. */
function isConfirmed({ refused }: Handoff, { token, sequence }: Ticket): boolean {
  return refused?.token === token && sequence > refused.clock
}

function spareOf({ tokens, uid }: SessionRecord): Token | undefined {
  return tokens[1]?.refused === uid.sequence ? undefined : tokens[1]
}

/** The stored token or uid was refused: what else was received or asked for, and may be as new, takes its place. */
function promoteSpare(handoff: Handoff, record: SessionRecord): boolean {
  const { tokens, uid, uids } = record
  if (spareOf(record)) {
    const marked = keepNewest([refuse(tokens[0]!, uid.sequence), ...tokens])
    replaceRecord(handoff, record, { ...record, tokens: marked, doubt: settleDoubt(record) })
    return true
  }
  if (++handoff.triedUids >= uids.length) return false
  handoff.refused = null
  const value = uids[(uids.indexOf(uid.value) + 1) % uids.length]!
  replaceRecord(handoff, record, { ...record, uid: { value, sequence: nextSequence(handoff) } })
  return true
}

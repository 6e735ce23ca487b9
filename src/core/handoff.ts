import { tick } from './clock.ts'
import type { Answer } from './credentials.ts'
import { type BufferState, bufferState } from './doubt.ts'
import type { Sent } from './freshness.ts'
import {
  greatestSequence,
  merge,
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
  /** How many uids have been refused since the server accepted one: until then the stored one is a guess. */
  triedUids: number
  /** The token that a recovery or validation last found good, and when that was sent. */
  vouched: { token: string; sequence: number; at: number } | null
  /** What the latest request carried that the server accepted, and its number. */
  accepted: { token: string; sequence: number } | null
  /** When the last request was sent that the server accepted for certain: its answer kept the buffer open. */
  acceptedAt: number
  /** When the last answer came of a request that the server, or a cache, accepted; Infinity before the first. */
  heardAt: number
  /** When the last recovery was sent that the server accepted. */
  recoveredAt: number
  /** Whether a request in flight was sent to a closed buffer, and no blank has told of a rotation since. */
  unmarked: boolean
  /** Whether a recovery can be asked for. Where none can, a refusal ends the session. */
  recovers: boolean
  /** Recoveries show no token headers: none is asked for any more, and a refusal of a call proves nothing. */
  futile: boolean
  /** Whether other tabs may hold this session too. */
  shared: boolean
  /** The server's batch_request_buffer_throttle, in milliseconds. */
  buffer: number
}

const maxPast = 200
/** So long after an email change was asked for it is done or lost, in milliseconds. */
const renamedAfter = 600_000
/** So long it may still be on its way when the same user signs in again, in milliseconds. */
const underWayFor = 60_000
/** A form that saves at each key has no end of them, and each is one to ask for. */
const mostUids = 20

export function createHandoff(options: Pick<Handoff, 'recovers' | 'shared' | 'buffer'>): Handoff {
  return {
    ...options,
    record: signedOutRecord(),
    futile: false,
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
    recoveredAt: 0,
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

/** Stamps a ticket anew for its replay. */
export function reopenTicket(handoff: Handoff, ticket: Ticket, now: number): void {
  const record = recordOf(handoff, ticket)
  // When its session is over it stays that session's, and is no other's.
  if (record?.client) Object.assign(ticket, stamp(handoff, record, now))
  else ticket.sequence = nextSequence(handoff)
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

export function nextSequence(handoff: Handoff): number {
  handoff.clock = tick(handoff.clock, 0)
  return handoff.clock
}

/** Takes in what another holder knows: a tab, the storage. Returns whether anything changed. */
export function receive(handoff: Handoff, record: SessionRecord): boolean {
  return adopt(handoff, merge(handoff.record, record))
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
  const known = record.client === null ? handoff.ended : record
  adopt(handoff, {
    // A page whose storage was cleared counts from the beginning: time tells which sign-in is the later one.
    ...signedOutRecord(Math.max(record.epoch + 1, now), sequence),
    client: answer.client ?? '',
    uid: { value: uid, sequence },
    // An email change of the same user may still be on its way.
    ...(known?.uids.includes(uid) &&
      now < known.expectedAt + underWayFor && { uids: known.uids, expectedAt: known.expectedAt }),
    tokens: [{ value: answer.token, expiry: answer.expiry || 0, sequence, at: now }],
    grace: answer.bearer,
  })
  handoff.acceptedAt = handoff.heardAt = now
  handoff.triedUids = 0
  return true
}

/** An email change was asked for: the uid may become this one, whatever comes of its answer. */
export function expectUid(handoff: Handoff, uid: string, now: number): boolean {
  const { record } = handoff
  if (record.client === null) return false
  const { expectedAt, uids: known } = record
  const uids = now < expectedAt + renamedAfter && known.length < mostUids ? known : []
  return adopt(handoff, { ...record, uids: withUid({ ...record, uids }, uid), expectedAt: now })
}

/** Signs out here, at once. A late answer changes nothing any more. */
export function endSession(handoff: Handoff): SessionRecord | null {
  const { record } = handoff
  if (record.client === null) return null
  handoff.ended = record
  adopt(handoff, signedOutRecord(record.epoch + 1, nextSequence(handoff)))
  return record
}

export function adopt(handoff: Handoff, record: SessionRecord): boolean {
  if (sameRecord(handoff.record, record)) return false
  if (handoff.suspect !== record.tokens[0]?.value) handoff.suspect = null
  const replaced = handoff.record.tokens.map(({ value }) => value).filter(value => !holds(record, value))
  if (replaced.length > 0) handoff.past = [...handoff.past, ...replaced].slice(-maxPast)
  handoff.record = record
  handoff.clock = Math.max(handoff.clock, greatestSequence(record))
  return true
}

export function recordOf(handoff: Handoff, ticket: Ticket): SessionRecord | null {
  const { epoch, client } = ticket
  const { record, ended } = handoff
  if (epoch === record.epoch) return client === record.client ? record : null
  return epoch === ended?.epoch ? ended : null
}

export function replaceRecord(handoff: Handoff, old: SessionRecord, record: SessionRecord): void {
  if (old === handoff.ended) handoff.ended = record
  else adopt(handoff, record)
}

export function holds({ tokens }: SessionRecord, token: string): boolean {
  return tokens.some(({ value }) => value === token)
}

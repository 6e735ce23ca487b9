import { isSendable } from './credentials.ts'

/** A token that the server handed out, with what decides its age. */
export interface Token {
  value: string
  /** Seconds since 1970 by the server's clock. */
  expiry: number
  /** The number of the request whose response brought it. */
  sequence: number
  /** When it came, in milliseconds since 1970 by the local clock. */
  at: number
  /**
   * The number of the uid under which the server has refused it, or half a number less when other requests were in
   * flight: the others come first. It is kept so that no holder brings it back.
   */
  refused?: number
}

/** The user's name at the server, and the number of the request that told of it. */
export interface Uid {
  value: string
  sequence: number
}

/**
 * All that is stored of a session. Records merge: whoever holds two keeps what {@link merge} makes of them,
 * in whatever order and however often a holder hears of them.
 */
export interface SessionRecord {
  version: 1
  /** Each sign-in and each sign-out opens a greater one: the time of the sign-in, and what comes next. */
  epoch: number
  /** The number that the sequence clock had when the epoch was opened. */
  opened: number
  /** One sign-in on one device, as the server named it; null when signed out. */
  client: string | null
  uid: Uid
  /**
   * All that the uid may be, itself too, by the alphabet; empty while there is no other: an email change was asked
   * for, or an HTTP cache may have brought back an old one.
   */
  uids: readonly string[]
  /** When an email change was last asked for, in milliseconds since 1970 by the local clock. */
  expectedAt: number
  /** Opened anew when an order by expiry no longer holds: the lifespan was shortened. */
  era: number
  /** The first is the stored token; the others are spares, that may be as new as it is. */
  tokens: Token[]
  doubt: Doubt
  /** The server is known to let the previous token live on (gem 1.2.1 and later). */
  grace: boolean
}

/** How far the server may have gone beyond the stored token. It outlives that token: what was lost may have gone beyond the next one too. */
export interface Doubt {
  /** Rotations that may have happened without their answers getting here. */
  lost: number
  /** How many of them have been settled by a later answer. */
  settled: number
  /** When the last lost request was sent, in milliseconds since 1970 by the local clock. */
  since: number
}

export const noDoubt: Doubt = { lost: 0, settled: 0, since: 0 }

/** Tokens of several servers, or of one second, are ordered by expiry no more surely than this (seconds). */
export const expiryTolerance = 2
/** Of more the oldest goes: those of two seconds, with the ones that were refused in a hurry. */
const keptTokens = 5

export function signedOutRecord(epoch = 0, opened = 0): SessionRecord {
  return {
    version: 1,
    epoch,
    opened,
    client: null,
    uid: { value: '', sequence: 0 },
    uids: [],
    expectedAt: 0,
    era: 0,
    tokens: [],
    doubt: noDoubt,
    grace: false,
  }
}

/** The greatest number of the sequence clock that a record knows of. */
export function greatestSequence({ opened, uid, tokens }: SessionRecord): number {
  let greatest = Math.max(opened, uid.sequence)
  for (const token of tokens) greatest = Math.max(greatest, token.sequence)
  return greatest
}

/** The total order of tokens of one era: the greater was minted later, as far as can be known. */
export function compareTokens(a: Token, b: Token): number {
  return a.expiry - b.expiry || a.sequence - b.sequence || compareText(a.value, b.value) || a.at - b.at
}

/**
 * Puts tokens in order, the greatest first, and drops those that are surely older. Those that were refused come
 * last, the last refused at the very end.
 */
export function keepNewest(tokens: readonly Token[]): Token[] {
  const newestFirst = [...tokens].sort((a, b) => compareTokens(b, a))
  const newest = newestFirst[0]
  return newestFirst
    .filter(
      (token, index) =>
        token.expiry + expiryTolerance >= newest!.expiry &&
        newestFirst.findIndex(other => other.value === token.value) === index,
    )
    .slice(0, keptTokens)
    .map(token =>
      tokens.reduce((last, other) => {
        const later = other.value === token.value && refusedUnder(other) > refusedUnder(last)
        return later ? refuse(last, other.refused!) : last
      }, token),
    )
    .sort((a, b) => refusedUnder(a) - refusedUnder(b))
}

export function refuse(token: Token, refused: number): Token {
  return { ...token, refused }
}

function refusedUnder({ refused }: Token): number {
  return refused ?? -1
}

/** All names that the user may have, with another one. */
export function withUid({ uid, uids }: SessionRecord, name: string): readonly string[] {
  return inOrder([...uids, uid.value, name])
}

function inOrder(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}

/**
 * What two holders know together. Commutative, associative and idempotent, so that late, repeated and
 * reordered news all lead to the same record.
 */
export function merge(a: SessionRecord, b: SessionRecord): SessionRecord {
  if (a === b) return a
  const order = compareSessions(a, b)
  if (order !== 0 || a.client === null) return order < 0 ? b : a
  const tokens =
    a.era === b.era ? keepNewest([...a.tokens, ...b.tokens]) : a.era > b.era ? a.tokens : b.tokens
  return {
    ...a,
    uid: compareUids(a.uid, b.uid) < 0 ? b.uid : a.uid,
    uids: inOrder([...a.uids, ...b.uids]),
    expectedAt: Math.max(a.expectedAt, b.expectedAt),
    era: Math.max(a.era, b.era),
    tokens,
    doubt: mergeDoubts(a.doubt, b.doubt),
    grace: a.grace || b.grace,
  }
}

export function sameRecord(a: SessionRecord, b: SessionRecord): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

/** A later epoch first; within one, a sign-in before a sign-out, then the one that was asked for later. */
function compareSessions(a: SessionRecord, b: SessionRecord): number {
  return (
    a.epoch - b.epoch ||
    Number(a.client !== null) - Number(b.client !== null) ||
    a.opened - b.opened ||
    compareText(a.client as string, b.client as string)
  )
}

function compareUids(a: Uid, b: Uid): number {
  return a.sequence - b.sequence || compareText(a.value, b.value)
}

export function mergeDoubts(a: Doubt, b: Doubt): Doubt {
  return {
    lost: Math.max(a.lost, b.lost),
    settled: Math.max(a.settled, b.settled),
    since: Math.max(a.since, b.since),
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Reads a stored record; null for anything that is not one of this version. */
export function parseRecord(value: unknown): SessionRecord | null {
  try {
    const record = (typeof value === 'string' ? JSON.parse(value) : value) as SessionRecord
    const { epoch, opened, expectedAt, era, client, uid, uids, tokens, doubt } = record
    const valid =
      record.version === 1 &&
      [epoch, opened, expectedAt, era, uid.sequence, doubt.lost, doubt.settled, doubt.since].every(isCount) &&
      (client === null
        ? tokens.length === 0
        : client !== '' &&
          [client, uid.value].every(isSendable) &&
          uids.every(isSendable) &&
          tokens.length > 0 &&
          tokens.every(isToken))
    return valid ? record : null
  } catch {
    return null
  }
}

function isToken({ value, expiry, sequence, at }: Token): boolean {
  return isSendable(value) && value.trim() !== '' && Number.isFinite(expiry) && [sequence, at].every(isCount)
}

/** Of greater ones the next is no greater. */
function isCount(value: unknown): boolean {
  return Number.isFinite(value) && Math.abs(value as number) < 2 ** 52
}

import { bufferMargin, depthOfDoubt } from './doubt.ts'
import { type Handoff, storedToken } from './handoff.ts'

/** What the shell knows besides the protocol's state when it asks whether a recovery is due. */
export interface RecoveryCircumstances {
  /** Milliseconds since 1970 by the local clock. */
  now: number
  /** When this holder, usually a page, came to life. */
  startedAt: number
  /** Recoveries in a row that got no usable answer, and when the last of them ended. */
  failures: number
  failedAt: number
  /** A random number from 0 to 1, drawn once per failure, that keeps many clients apart. */
  jitter: number
}

/** Lost rotations that the server survives for as long as the session lives: the previous token lives on. */
const graceDepth = 1
/** After this long without trouble a page is calm: it will not be reloaded in the next moment. */
const calmAfter = 1_500
/** A request without an answer for this long may have lost it, while the buffer is still open. */
const silentAfter = 2_500
/** So much later than the blank answer that gave it away the answer with the token is most likely lost. */
const missedAfter = 400
/** What a recovery needs to get through before the buffer closes. */
const roundTrip = 1_500
/** Tokens that the buffer has kept from rotating for this long are renewed. */
const renewAfter = 600_000
const firstBackoff = 500
const longestBackoff = 30_000

/**
 * When the next recovery is due, in milliseconds since 1970 by the local clock; Infinity when none is.
 *
 * A recovery rotates, and its own answer can be lost too: inside the buffer it is worth the risk only when
 * nothing else would save the session, and best at a calm moment.
 */
export function recoveryDue(handoff: Handoff, circumstances: RecoveryCircumstances): number {
  const stored = storedToken(handoff)
  if (!stored || !handoff.recovers || handoff.futile) return Infinity
  const due = Math.min(
    handoff.suspect === stored.value ? circumstances.now : Infinity,
    doubtDue(handoff, circumstances),
    silenceDue(handoff, circumstances),
    renewalDue(handoff, circumstances.now),
  )
  return Math.max(due, backoffEnds(circumstances))
}

/** The local clock may have been put back: what it says of the future was a while ago. */
function past(at: number, { now }: RecoveryCircumstances): number {
  return at > now ? now - silentAfter : at
}

function doubtDue({ record, acceptedAt, buffer }: Handoff, circumstances: RecoveryCircumstances): number {
  const depth = depthOfDoubt(record)
  if (depth === 0) return Infinity
  const since = past(record.doubt.since, circumstances)
  const calm = Math.max(past(circumstances.startedAt, circumstances), since) + calmAfter
  const closes = Math.max(since, past(acceptedAt, circumstances)) + buffer - bufferMargin
  if (record.grace && depth <= graceDepth) return calm
  // Once the buffer has closed an ordinary call does as well as a recovery.
  return calm < closes ? Math.min(calm, closes - roundTrip) : Infinity
}

/** A silent request that may have rotated beyond what the server's grace covers. */
function silenceDue({ record, open, recoveredAt }: Handoff, circumstances: RecoveryCircumstances): number {
  if (record.grace && depthOfDoubt(record) < graceDepth) return Infinity
  let due = Infinity
  for (const { buffer, token, sentAt, missedAt } of open) {
    if (buffer === 'open' || token !== record.tokens[0]!.value) continue
    // One recovery is enough, also where it brings no new token: the server keeps its tokens, or hides them.
    if (sentAt < recoveredAt) continue
    const [since, after] = missedAt ? [missedAt, missedAfter] : [sentAt, silentAfter]
    due = Math.min(due, past(since, circumstances) + after)
  }
  return due
}

/** Polling inside the buffer never rotates, and the expiry is never renewed: ask before it comes near. */
function renewalDue({ record, heardAt, recoveredAt }: Handoff, now: number): number {
  const { at, expiry } = record.tokens[0]!
  const lifespan = expiry * 1_000 - at
  const renewed = Math.max(at, recoveredAt)
  const since = renewed > now ? 0 : renewed
  // A server that keeps its tokens, or knows no unbatch, brings no new one: asking more often does not help.
  const due = since + (lifespan > 0 ? Math.min(renewAfter, lifespan / 2) : renewAfter)
  const active = now - heardAt < renewAfter
  return active && heardAt >= due ? heardAt : Infinity
}

function backoffEnds({ now, failures, failedAt, jitter }: RecoveryCircumstances): number {
  if (failures === 0 || failedAt > now) return 0
  return failedAt + Math.min(longestBackoff, firstBackoff * 2 ** failures) * (0.5 + jitter / 2)
}

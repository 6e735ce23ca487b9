import type { Handoff, Ticket } from './handoff.ts'
import type { Doubt, SessionRecord } from './record.ts'

/**
 * What this holder knows of the server's buffer, by the answers that it has had: a request that the server
 * takes up while it is open does not rotate.
 */
export type BufferState = 'open' | 'unsure' | 'closed'

/** What the server's whole seconds and the way to it may take off the buffer, in milliseconds. */
export const bufferMargin = 1_000

export function bufferState({ acceptedAt, heardAt, buffer }: Handoff, now: number): BufferState {
  // A clock that was put back knows nothing of it.
  if (now >= acceptedAt && now < acceptedAt + buffer - bufferMargin) return 'open'
  return now < heardAt + buffer ? 'unsure' : 'closed'
}

/**
 * A blank answer to a request that was sent to a closed buffer is proof: another one has rotated, and its token
 * has not come. It is one of those that are still in flight, if it is not lost already.
 */
export function noteBlank(handoff: Handoff, ticket: Ticket, now: number): void {
  // With thousands in flight not each blank can look at all of them.
  if (!handoff.unmarked) return
  handoff.unmarked = false
  for (const other of handoff.open) {
    if (other.buffer !== 'closed' || other.missedAt) continue
    const together = ticket.buffer === 'closed' || ticket.sentAt >= other.sentAt
    if (other.token === ticket.token && together) other.missedAt = now
    else handoff.unmarked = true
  }
}

/**
 * Whether a lost request may have rotated. One that was sent to an open buffer can have done so only when it
 * took long to get there; with the previous token living on, that does no harm.
 *
 * @param gone its page is gone: for how long it was on its way nobody knows
 */
export function mayHaveRotated(
  { record, buffer }: Handoff,
  ticket: Ticket,
  now: number,
  gone: boolean,
): boolean {
  if (ticket.buffer !== 'open' || ticket.purpose === 'recovery') return true
  return !record.grace && (gone || now - ticket.sentAt > buffer - bufferMargin)
}

/** How many rotations may have got lost so far: each takes the stored token one step further from the newest. */
export function depthOfDoubt({ doubt }: SessionRecord): number {
  return doubt.lost - doubt.settled
}

/**
 * @param since when the lost request was sent
 * @param another false when this request can only have rotated together with one that is lost already
 */
export function raiseDoubt({ doubt }: SessionRecord, since: number, another: boolean): Doubt {
  return {
    lost: doubt.lost + (another ? 1 : 0),
    settled: doubt.settled,
    since: Math.max(doubt.since, since),
  }
}

export function settleDoubt({ doubt }: SessionRecord): Doubt {
  return { ...doubt, settled: doubt.lost }
}

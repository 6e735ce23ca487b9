import { bufferMargin, settleDoubt } from './doubt.ts'
import { endSession, type Handoff, nextSequence, recordOf, replaceRecord, type Ticket } from './handoff.ts'
import { keepNewest, refuse, type SessionRecord, type Token } from './record.ts'

export type Verdict =
  | { action: 'deliver'; reason: 'answered' | 'signed-out' | 'other-session' | 'not-replayable' | 'refused' }
  /** Send it again: it was refused for a token or uid that is stored no longer. */
  | { action: 'replay' }
  /** Judge it again when something has changed: there is hope left of a newer token. */
  | { action: 'wait'; for: 'in-flight' | 'recovery' | 'other-tabs' }
  /** Judge it again when it is known whether other tabs have requests in flight. */
  | { action: 'ask' }
  | { action: 'sign-out' }

/** What is known of the requests of other tabs. */
export type Elsewhere = 'unknown' | 'busy' | 'idle'

const maxReplays = 5

/**
 * Says what becomes of a rejected request now; asked again after a wait, the answer may be another. What it decides
 * upon is done: another token or uid takes its turn, or the session is over.
 *
 * @param elsewhere what other tabs said of their requests, as far as they were asked
 * @param patient false when nothing more is waited for
 */
export function judge(handoff: Handoff, ticket: Ticket, elsewhere: Elsewhere, patient = true): Verdict {
  const record = recordOf(handoff, ticket)
  if (!record?.client || (ticket.purpose !== 'sign-out' && record !== handoff.record)) {
    return { action: 'deliver', reason: handoff.record.client === null ? 'signed-out' : 'other-session' }
  }
  const overtaken = ticket.token !== record.tokens[0]!.value || ticket.uid !== record.uid.value
  // Gateways and single routes refuse for reasons of their own: only validation can end a session.
  const unproven = ticket.purpose === 'call' && handoff.recovers
  const askable = unproven && patient && !handoff.futile
  if (!ticket.replayable) {
    if (unproven && !overtaken) handoff.suspect = ticket.token
    return { action: 'deliver', reason: 'not-replayable' }
  }
  if (overtaken) {
    if (askable && handoff.triedUids > 0) {
      // Which uid is the right one is for a recovery to find out: a call has few replays.
      handoff.suspect = record.tokens[0]!.value
      return { action: 'wait', for: 'recovery' }
    }
    return ticket.replays < maxReplays ? { action: 'replay' } : { action: 'deliver', reason: 'refused' }
  }
  // Once is enough as long as something else can be waited for.
  if (unproven && ticket.replays < (patient ? 1 : maxReplays) && isAcceptedAgain(handoff, ticket)) {
    return { action: 'replay' }
  }
  if (patient && othersInFlight(handoff, ticket)) {
    if (ticket.purpose === 'sign-out' || !mayGuess(handoff)) return { action: 'wait', for: 'in-flight' }
    if (!unproven) {
      promoteAnother(handoff, record, halfRefused(record))
      return { action: 'replay' }
    }
  }
  if (unproven) {
    if (askable && !isVouchedFor(handoff, ticket)) {
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
  if (promoteAnother(handoff, record)) {
    // With other credentials it begins anew.
    ticket.replays = 0
    return { action: 'replay' }
  }
  if (ticket.purpose === 'sign-out') return { action: 'deliver', reason: 'refused' }
  endSession(handoff)
  return { action: 'sign-out' }
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

/** One refusal proves nothing: an answer that was still on its way may have opened the server's buffer again. */
function isConfirmed({ refused }: Handoff, { token, sequence }: Ticket): boolean {
  return refused?.token === token && sequence > refused.clock
}

function othersInFlight(handoff: Handoff, ticket: Ticket): boolean {
  for (const other of handoff.open) {
    if (other !== ticket && other.epoch === ticket.epoch && other.purpose !== 'sign-out') return true
  }
  return false
}

/** Another token or uid may be the right one: that is asked for at once, whatever else is in flight. */
function mayGuess({ record, triedUids }: Handoff): boolean {
  const names = Math.max(record.uids.length, 1)
  return triedUids < (spareOf(record, halfRefused(record)) ? names : names - 1)
}

/** The mark of a token that is refused while others are in flight: it gets another turn after them. */
function halfRefused({ uid }: SessionRecord): number {
  return uid.sequence - 0.5
}

function spareOf({ tokens, uid }: SessionRecord, mark = uid.sequence): Token | undefined {
  const [stored, spare] = tokens
  if (!spare || (spare.refused ?? -1) >= mark) return
  // One that was in conflict has no number: what is in flight may still tell which of the two is the newer.
  return mark === uid.sequence || (stored!.sequence && spare.sequence) ? spare : undefined
}

/** The stored token or uid was refused: what else was received or asked for, and may be as new, takes its place. */
function promoteAnother(handoff: Handoff, record: SessionRecord, mark = record.uid.sequence): boolean {
  return promoteSpare(handoff, record, mark) || promoteUid(handoff, record)
}

function promoteSpare(handoff: Handoff, record: SessionRecord, mark: number): boolean {
  if (!spareOf(record, mark)) return false
  const marked = keepNewest([refuse(record.tokens[0]!, mark), ...record.tokens])
  replaceRecord(handoff, record, { ...record, tokens: marked, doubt: settleDoubt(record) })
  return true
}

function promoteUid(handoff: Handoff, record: SessionRecord): boolean {
  const { uid, uids } = record
  // Nearly thrice each, once in a hurry: the server may change it meanwhile to one that was refused before.
  if (++handoff.triedUids >= 3 * uids.length - 2) return false
  handoff.refused = null
  const value = uids[(uids.indexOf(uid.value) + 1) % uids.length]!
  replaceRecord(handoff, record, { ...record, uid: { value, sequence: nextSequence(handoff) } })
  return true
}

import { isSendable } from '../core/credentials.ts'
import { nextSequence, receive } from '../core/handoff.ts'
import type { Session } from '../session/session.ts'

/**
 * Remembers which uid an email change will bring, so that the session finds back when the change's answer is lost:
 * once everything else was refused, the next request is tried with it.
 */
export async function expectUid<User>(session: Session<User>, email: unknown): Promise<void> {
  const context = session.account()
  await context.ready()
  context.refresh()
  const { handoff } = context
  // As the server writes it.
  const expected = typeof email === 'string' ? email.trim().toLowerCase() : ''
  if (!expected || expected === handoff.record.uid.former || !isSendable(expected)) return
  // An earlier change's answer was lost: first of all, which of the two is it?
  if (handoff.record.uid.former !== null) await session.validateToken()
  const { client, uid } = handoff.record
  // Only of those who sign in by email is it the uid.
  if (client === null || expected === uid.value || !uid.value.includes('@')) return
  // What is settled is replaced, unless something on its way may bring a newer uid than this one.
  const settled = uid.former !== null && handoff.open.size === 0
  const sequence = settled ? nextSequence(handoff) : uid.sequence
  receive(handoff, { ...handoff.record, uid: { ...uid, sequence, former: expected } })
  context.changed()
}

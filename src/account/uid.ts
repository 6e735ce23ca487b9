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
  // An earlier change's answer was lost: first of all, which of the two is it?
  const unsettled = typeof email === 'string' && handoff.record.uid.former !== null
  if (unsettled) await session.validateToken()
  const { client, uid } = handoff.record
  // As the server writes it. Only of those who sign in by email is it the uid.
  const expected = typeof email === 'string' ? email.trim().toLowerCase() : ''
  if (
    client === null ||
    !expected ||
    expected === uid.value ||
    expected === uid.former ||
    !uid.value.includes('@')
  )
    return
  if (!isSendable(expected)) return
  // What is settled is replaced, unless something on its way may bring a newer uid than this one.
  const settled = uid.former !== null && handoff.open.size === 0
  const sequence = settled ? nextSequence(handoff) : uid.sequence
  receive(handoff, { ...handoff.record, uid: { ...uid, sequence, former: expected } })
  context.changed()
}

import { toBytes } from '../bytes.ts'
import { isSendable } from '../core/credentials.ts'
import { expectUid as expect } from '../core/handoff.ts'
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
  const expected = typeof email === 'string' ? toBytes(email.trim().toLowerCase()) : ''
  // Only of those who sign in by email is it the uid.
  if (!expected || !isSendable(expected) || !handoff.record.uid.value.includes('@')) return
  if (expect(handoff, expected, Date.now())) context.changed()
}

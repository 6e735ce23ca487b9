import type { Handoff } from '../../src/core/handoff.ts'
import type { Core } from './core.ts'

/**
 * src/account/uid.ts in plain steps, without what it reads out of the text of an email: in a search every name is
 * one that the server could have written. explore.test.ts holds them to the real function.
 */

/** An earlier change's answer was lost: before the next one a validation tells which of the two it is. */
export function isUnsettled({ record }: Handoff, email: string): boolean {
  return record.uid.former !== null && record.uid.former !== email
}

/** Remembers which uid an email change will bring. */
export function expectUid(core: Core, handoff: Handoff, email: string): void {
  const { client, uid } = handoff.record
  if (client === null || email === uid.former || email === uid.value) return
  const settled = uid.former !== null && handoff.open.size === 0
  const sequence = settled ? core.nextSequence(handoff) : uid.sequence
  core.receive(handoff, { ...handoff.record, uid: { ...uid, sequence, former: email } })
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tick } from '../../src/core/clock.ts'
import { createHandoff, type Handoff, openSession, openTicket, receive } from '../../src/core/handoff.ts'
import { greatestSequence, parseRecord, type SessionRecord } from '../../src/core/record.ts'
import { settle } from '../../src/core/settle.ts'
import { hold } from '../support/properties.ts'
import { answer } from './given.ts'

describe('the sequence clock', () => {
  test('numbers requests one after the other', () => {
    expect(tick(0, 0)).toBe(1)
    expect(tick(1, 0)).toBe(2)
  })

  test('goes on after the greatest number that was seen, whoever gave it', () => {
    expect(tick(3, 7)).toBe(8)
    expect(tick(7, 3)).toBe(8)
    expect(tick(7, 7)).toBe(8)
  })

  test('goes on after a reload, so that the first token of the new page is not held for an old one', () => {
    const before = holder()
    openSession(before, 1, answer({ token: 'first' }), 0)
    for (let request = 0; request < 20; request++) ask(before, `token ${request}`)

    const after = holder()
    receive(after, reloaded(before.record))
    const ticket = openTicket(after, plain, 0)!
    expect(ticket.sequence).toBeGreaterThan(greatestSequence(before.record))
    // The expiry does not tell here: all were handed out within one second.
    expect(settle(after, ticket, answer({ token: 'new page' }), 0).freshness.taken).toBe(true)
  })

  test('goes on after a sign-out and a reload', () => {
    const record = reloaded({ ...signedOutAt(9) })
    const after = holder()
    receive(after, record)
    openSession(after, 10, answer(), 0)
    expect(openTicket(after, plain, 0)!.sequence).toBe(11)
  })

  test('never gives a number that is not above all of what is stored, in any of several tabs', () => {
    const step = fc.record({ tab: fc.nat(2), what: fc.constantFrom('send', 'answer', 'read', 'reload') })
    hold(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const tabs = [holder(), holder(), holder()]
        openSession(tabs[0]!, 1, answer({ token: 'first' }), 0)
        let stored = tabs[0]!.record
        let minted = 0
        for (const { tab, what } of steps) {
          if (what === 'reload') tabs[tab] = holder()
          const self = tabs[tab]!
          receive(self, reloaded(stored))
          if (what === 'send') {
            const ticket = openTicket(self, plain, 0)!
            expect(ticket.sequence).toBeGreaterThan(greatestSequence(stored))
          }
          if (what === 'answer') {
            const ticket = [...self.open].at(-1)
            if (ticket) settle(self, ticket, answer({ token: `token ${minted++}` }), 0)
            stored = self.record
          }
        }
      }),
    )
  })
})

const plain = { purpose: 'call', cacheable: false, replayable: true } as const

function holder(): Handoff {
  return createHandoff({ recovers: true, shared: true, buffer: 5_000 })
}

function ask(handoff: Handoff, token: string): void {
  settle(handoff, openTicket(handoff, plain, 0)!, answer({ token }), 0)
}

/** As the next page finds it. */
function reloaded(record: SessionRecord): SessionRecord {
  return parseRecord(JSON.stringify(record))!
}

function signedOutAt(opened: number): SessionRecord {
  const handoff = holder()
  openSession(handoff, 1, answer(), 0)
  return { ...handoff.record, epoch: 2, opened, client: null, tokens: [] }
}

import { describe, expect, test } from 'vitest'
import { createHandoff, type Handoff, openTicket, receive } from '../../src/core/handoff.ts'
import type { Doubt, SessionRecord } from '../../src/core/record.ts'
import { type RecoveryCircumstances, recoveryDue } from '../../src/core/recovery.ts'
import { signedIn, token } from './given.ts'

/** The page came to life, and everything happened, at noon, in milliseconds. The server's buffer is 5 s. */
const noon = 1_000_000_000
const buffer = 5_000
const never = Number.POSITIVE_INFINITY

const once: Doubt = { lost: 1, settled: 0, since: noon }
const twice: Doubt = { lost: 2, settled: 0, since: noon }

function holder(record: Partial<SessionRecord> = {}, state: Partial<Handoff> = {}): Handoff {
  const handoff = createHandoff({ recovers: true, shared: false, buffer })
  const tokens = [token('stored', { at: noon, expiry: noon / 1_000 + 1_209_600 })]
  receive(handoff, signedIn({ tokens, ...record }))
  return Object.assign(handoff, state)
}

/** When a recovery is due, in milliseconds after noon, as asked when the last thing has happened. */
function due(handoff: Handoff, circumstances: Partial<RecoveryCircumstances> = {}): number {
  const { acceptedAt, heardAt } = handoff
  const sent = [...handoff.open].flatMap(({ sentAt, missedAt }) => [sentAt, missedAt])
  const now = Math.max(
    noon,
    circumstances.startedAt ?? 0,
    acceptedAt,
    heardAt === Infinity ? 0 : heardAt,
    ...sent,
  )
  const calm = { now, startedAt: noon - 60_000, failures: 0, failedAt: 0, jitter: 0.5 }
  return recoveryDue(handoff, { ...calm, ...circumstances }) - noon
}

describe('no recovery is due', () => {
  test('where nothing is wrong', () => {
    expect(due(holder())).toBe(never)
  })

  test('signed out', () => {
    const handoff = createHandoff({ recovers: true, shared: false, buffer })
    expect(due(handoff)).toBe(never)
  })

  test('where recovery is turned off, whatever is wrong', () => {
    expect(due(holder({ doubt: twice }, { recovers: false, suspect: 'stored' }))).toBe(never)
  })

  test('for a doubt that has been settled', () => {
    expect(due(holder({ doubt: { lost: 3, settled: 3, since: noon } }))).toBe(never)
  })
})

describe('a token that was refused, or is in conflict,', () => {
  test('is asked about at once', () => {
    expect(due(holder({}, { suspect: 'stored' }))).toBe(0)
    expect(due(holder({}, { suspect: 'stored' }), { now: noon + 700 })).toBe(700)
  })

  test('is forgotten when another is stored', () => {
    expect(due(holder({}, { suspect: 'before' }))).toBe(never)
  })
})

describe('a lost answer', () => {
  test('where the server lets the previous token live on waits for a calm moment', () => {
    expect(due(holder({ doubt: once }))).toBe(1_500)
    expect(due(holder({ doubt: once }), { startedAt: noon + 400 })).toBe(1_900)
  })

  test('elsewhere does so, too, as long as the buffer is open after it', () => {
    expect(due(holder({ doubt: once, grace: false }))).toBe(1_500)
    expect(due(holder({ doubt: once, grace: false }), { startedAt: noon + 400 })).toBe(1_900)
  })

  test('is recovered from in time, where the calm moment comes too near the end of the buffer', () => {
    expect(due(holder({ doubt: once, grace: false }), { startedAt: noon + 2_000 })).toBe(2_500)
    expect(due(holder({ doubt: once, grace: false }), { startedAt: noon + 2_499 })).toBe(2_500)
  })

  test('is left to the next call when the buffer has closed: that does as well as a recovery', () => {
    const handoff = holder({ doubt: once, grace: false })
    expect(due(handoff, { startedAt: noon + 2_500 })).toBe(never)
    expect(due(handoff, { startedAt: noon + 60_000 })).toBe(never)
  })

  test('counts the buffer from the last answer, which kept it open', () => {
    const handoff = holder({ doubt: once, grace: false }, { acceptedAt: noon + 3_000 })
    expect(due(handoff, { startedAt: noon + 3_000 })).toBe(4_500)
    expect(due(handoff, { startedAt: noon + 5_000 })).toBe(5_500)
  })

  test('that is the second in a row has nothing to live on, whatever the server', () => {
    expect(due(holder({ doubt: twice }), { startedAt: noon + 2_000 })).toBe(2_500)
    expect(due(holder({ doubt: { lost: 2, settled: 1, since: noon } }), { startedAt: noon + 60_000 })).toBe(
      61_500,
    )
  })
})

describe('a request without an answer', () => {
  const traits = { purpose: 'call', cacheable: false, replayable: true } as const
  const sent = noon + 10_000

  test('may have lost it after a while, where one loss is fatal', () => {
    const handoff = holder({ grace: false }, { acceptedAt: noon })
    openTicket(handoff, traits, sent)
    expect(due(handoff)).toBe(12_500)
  })

  test('is waited for, where the server survives one loss', () => {
    const handoff = holder({ grace: true }, { acceptedAt: noon })
    openTicket(handoff, traits, sent)
    expect(due(handoff)).toBe(never)
  })

  test('is not waited for where one loss has happened already', () => {
    const handoff = holder({ grace: true, doubt: once }, { acceptedAt: noon })
    openTicket(handoff, traits, sent)
    expect(due(handoff, { startedAt: noon + 90_000 })).toBe(12_500)
  })

  test('inside the buffer rotates nothing', () => {
    const handoff = holder({ grace: false }, { acceptedAt: noon })
    openTicket(handoff, traits, noon + 3_999)
    expect(due(handoff)).toBe(never)
    openTicket(handoff, traits, noon + 4_000)
    expect(due(handoff)).toBe(6_500)
    openTicket(handoff, traits, noon + 4_100)
    expect(due(handoff)).toBe(6_500)
  })

  test('has most likely lost it when another’s blank tells that it has rotated', () => {
    const handoff = holder({ grace: false }, { acceptedAt: noon })
    openTicket(handoff, traits, sent)!.missedAt = noon + 10_300
    expect(due(handoff)).toBe(10_700)
  })

  test('is asked about no more, when a recovery that was sent after it brought no new token', () => {
    const handoff = holder({ grace: false }, { acceptedAt: noon, recoveredAt: sent })
    openTicket(handoff, traits, sent)
    expect(due(handoff)).toBe(12_500)
    handoff.recoveredAt = sent + 1
    expect(due(handoff, { now: sent + 1 })).toBe(never)
  })

  test('with another token rotates nothing', () => {
    const handoff = holder({ grace: false }, { acceptedAt: noon })
    openTicket(handoff, traits, sent)!.token = 'before'
    expect(due(handoff)).toBe(never)
  })
})

describe('a token that the buffer keeps from rotating', () => {
  const active = (minutes: number, record: Partial<SessionRecord> = {}) =>
    holder(record, { heardAt: noon + minutes * 60_000 })

  test('is renewed after ten minutes, while the application is active', () => {
    expect(due(active(9.99), { now: noon + 600_000 })).toBe(never)
    expect(due(active(10), { now: noon + 600_000 })).toBe(600_000)
    expect(due(active(12), { now: noon + 721_000 })).toBe(720_000)
  })

  test('is left alone when the application is not', () => {
    expect(due(active(10), { now: noon + 1_199_999 })).toBe(600_000)
    expect(due(active(10), { now: noon + 1_200_000 })).toBe(never)
    expect(due(holder({}, { heardAt: noon }), { now: noon + 600_000 })).toBe(never)
  })

  test('is renewed after half of its life, where that is short', () => {
    const tokens = [token('stored', { at: noon, expiry: noon / 1_000 + 240 })]
    expect(due(active(1.99, { tokens }), { now: noon + 130_000 })).toBe(never)
    expect(due(active(2, { tokens }), { now: noon + 130_000 })).toBe(120_000)
  })

  test('is renewed after ten minutes, where the clocks make its life a negative one', () => {
    const tokens = [token('stored', { at: noon, expiry: noon / 1_000 - 60 })]
    expect(due(active(9.99, { tokens }), { now: noon + 600_000 })).toBe(never)
    expect(due(active(10, { tokens }), { now: noon + 600_000 })).toBe(600_000)
    const ended = [token('stored', { at: noon, expiry: noon / 1_000 })]
    expect(due(active(5, { tokens: ended }), { now: noon + 300_000 })).toBe(never)
  })
})

describe('a recovery that failed', () => {
  const suspect = () => holder({}, { suspect: 'stored' })

  test('is repeated ever more rarely', () => {
    const after = (failures: number) => due(suspect(), { failures, failedAt: noon, jitter: 1 })
    expect([1, 2, 3, 4, 5].map(after)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000])
    expect([6, 7, 20].map(after)).toEqual([30_000, 30_000, 30_000])
  })

  test('is repeated by many clients not at once', () => {
    expect(due(suspect(), { failures: 3, failedAt: noon, jitter: 0 })).toBe(2_000)
    expect(due(suspect(), { failures: 3, failedAt: noon, jitter: 0.5 })).toBe(3_000)
  })

  test('delays nothing any more when another has succeeded', () => {
    expect(due(suspect(), { failures: 0, failedAt: noon })).toBe(0)
  })

  test('is repeated no earlier than it would be due anyway', () => {
    const handoff = holder({ doubt: once })
    expect(due(handoff, { failures: 1, failedAt: noon - 10_000 })).toBe(1_500)
    expect(due(holder(), { failures: 1, failedAt: noon })).toBe(never)
  })
})

describe('a local clock that was put back by an hour', () => {
  const now = noon - 3_600_000

  test('delays no recovery from a lost answer', () => {
    for (const grace of [true, false]) {
      const handoff = holder({ doubt: once, grace }, { acceptedAt: noon })
      expect(due(handoff, { now, startedAt: noon - 60_000 }) + noon).toBeLessThanOrEqual(now)
    }
  })

  test('delays none beside a silent request, nor one that failed', () => {
    const handoff = holder({ grace: false }, { acceptedAt: noon - 9_000 })
    openTicket(handoff, { purpose: 'call', cacheable: false, replayable: true }, noon)
    expect(due(handoff, { now }) + noon).toBe(now)
    const failed = holder({}, { suspect: 'stored' })
    expect(due(failed, { now, failures: 9, failedAt: noon, jitter: 1 }) + noon).toBe(now)
  })

  test('does not take the server’s buffer for open', () => {
    const handoff = holder({ grace: true }, { acceptedAt: noon, heardAt: noon })
    const traits = { purpose: 'call', cacheable: false, replayable: true } as const
    expect(openTicket(handoff, traits, noon)).toMatchObject({ buffer: 'open' })
    expect(openTicket(handoff, traits, now)).toMatchObject({ buffer: 'unsure' })
  })
})

test('of several reasons the earliest counts', () => {
  expect(due(holder({ doubt: once }, { suspect: 'stored' }))).toBe(0)
})

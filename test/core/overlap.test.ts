import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expiryTolerance } from '../../src/core/record.ts'
import { hold } from '../support/properties.ts'
import { type Played, play, schedules } from './overlap.ts'

/**
 * Up to 8 requests that overlap, against both generations of the server's rules, settled in any order.
 *
 * Expiry tells the order of minting as long as no two tokens are minted within one second. That holds for every
 * buffer of a second or more: then the next rotation begins at least a second after the one before. With a shorter
 * buffer, or with `unbatch`, two tokens can share their second; the sequence clock may then choose the earlier
 * minted one, and what holds is that the later one stays at hand, as a spare, unless more than three share it.
 */
describe('a stored token', () => {
  test('is never replaced by one minted earlier', () => {
    hold(
      fc.property(schedules([1_000, 2_000, 5_000], false), schedule => {
        const { steps, minted } = play(schedule)
        for (const { refused, before, after } of steps) {
          if (!refused)
            expect(minted.indexOf(after[0]!.value)).toBeGreaterThanOrEqual(minted.indexOf(before.value))
        }
      }),
      2_000,
    )
  })

  test('is never replaced by one of a smaller expiry, in rotations within one second, too', () => {
    hold(
      fc.property(schedules([0, 500, 5_000], true), schedule => {
        for (const { refused, before, after } of play(schedule).steps) {
          if (!refused) expect(after[0]!.expiry).toBeGreaterThanOrEqual(before.expiry)
        }
      }),
      2_000,
    )
  })

  test('that was minted later than what replaced it within one second stays at hand as a spare', () => {
    hold(
      fc.property(schedules([0, 500, 5_000], true), schedule => {
        const played = play(schedule)
        for (const { refused, before, after } of played.steps) {
          const earlier = played.minted.indexOf(after[0]!.value) < played.minted.indexOf(before.value)
          if (refused || !earlier) continue
          expect(after[0]!.expiry).toBe(before.expiry)
          if (siblings(played, before.expiry) <= 5)
            expect(after.map(({ value }) => value)).toContain(before.value)
        }
      }),
      2_000,
    )
  })

  test('or one of its spares is the newest of all that were received, unless it was refused', () => {
    hold(
      fc.property(schedules([0, 500, 1_000, 5_000], true), schedule => {
        const played = play(schedule)
        const { steps, minted, received } = played
        if (steps.length === 0 || steps.some(({ refused }) => refused)) return
        const newest = [...received.keys()].reduce((a, b) => (minted.indexOf(a) > minted.indexOf(b) ? a : b))
        if (siblings(played, received.get(newest)!) > 5) return
        expect(steps.at(-1)!.after.map(({ value }) => value)).toContain(newest)
      }),
      2_000,
    )
  })

  test('or one of its spares is accepted by the server when all answers are there', () => {
    hold(
      fc.property(schedules([0, 500, 1_000, 5_000], true), schedule => {
        const played = play(schedule)
        if (siblings(played, Math.max(...played.received.values())) <= 5) expect(played.alive).toBe(true)
      }),
      2_000,
    )
  })

  // Expiry does not tell the order of tokens from before and after it: both stay at hand.
  test('outlives a deploy that lowers the lifespan, whatever is in flight', () => {
    hold(
      fc.property(schedules([1_000, 5_000], false), fc.nat(25_000), (schedule, loweredAt) => {
        const requests = schedule.requests.map(request => ({ ...request, cacheable: false }))
        expect(play({ ...schedule, requests, loweredAt }).alive).toBe(true)
      }),
      2_000,
    )
  })

  test('changes exactly when the core says so', () => {
    hold(
      fc.property(schedules([0, 500, 5_000], true), schedule => {
        for (const { reason, taken, token, before, after } of play(schedule).steps) {
          if (reason !== 'rejected') expect(after[0]!.value).toBe(taken ? token : before.value)
        }
      }),
      1_000,
    )
  })

  test('is one that the server minted, never a blank', () => {
    hold(
      fc.property(schedules([0, 5_000], true), schedule => {
        const { steps, minted } = play(schedule)
        for (const { after } of steps) for (const { value } of after) expect(minted).toContain(value)
      }),
      500,
    )
  })

  test('meets every case of the rules that such schedules can bring about', () => {
    const seen = new Map<string, number>()
    for (const schedule of fc.sample(schedules([0, 500, 1_000, 5_000], true), { numRuns: 2_000, seed: 7 })) {
      for (const { reason } of play(schedule).steps) seen.set(reason, (seen.get(reason) ?? 0) + 1)
    }
    const reasons = ['blank', 'successor', 'newer', 'older', 'later-request', 'earlier-request', 'rejected']
    for (const reason of reasons) expect(seen.get(reason), reason).toBeGreaterThan(20)
  })
})

/** How many of the received tokens were minted in the second that this expiry tells of. */
/** How many that came are of about one age: beyond five not all are kept. */
function siblings({ received }: Played, expiry: number): number {
  return [...received.values()].filter(other => Math.abs(other - expiry) <= expiryTolerance).length
}

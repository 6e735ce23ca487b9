import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode, describe as describeAction, encode, type Timed } from '../../examples/playground/actions.ts'
import { schedules } from '../../examples/playground/schedules.ts'

const tab = fc.integer({ min: 1, max: 4 })
const action = fc.oneof(
  fc.record({ do: fc.constant('sign-in' as const), tab, user: fc.integer({ min: 0, max: 1 }) }),
  fc.record({ do: fc.constantFrom('sign-out' as const, 'reload' as const, 'abort' as const), tab }),
  fc.record({ do: fc.constant('send' as const), tab, what: fc.integer({ min: 0, max: 10 }) }),
  fc.record({ do: fc.constant('batch' as const), tab, count: fc.integer({ min: 1, max: 500 }) }),
  fc.record({
    do: fc.constant('delay' as const),
    part: fc.integer({ min: 0, max: 2 }),
    ms: fc.integer({ min: 0, max: 3_600_000 }),
    of: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ do: fc.constantFrom('open' as const, 'cache' as const, 'wait' as const, 'expire' as const) }),
)
const schedule = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 10_000_000 }), action), { maxLength: 200 })
  .map(steps => {
    let at = 0
    return steps.map(([after, step]): Timed => {
      at += after
      return { ...step, at }
    })
  })

test('a link holds a schedule as it is, and needs no escaping', () => {
  fc.assert(
    fc.property(schedule, steps => {
      const code = encode(steps)
      expect(code).toMatch(/^[\w.-]*$/)
      expect(decode(`#${code}`)).toEqual(steps)
    }),
  )
})

test('the named ones fit into a line', () => {
  for (const { steps } of schedules) {
    expect(decode(encode(steps))).toEqual(steps)
    expect(encode(steps).length).toBeLessThan(120)
    for (const step of steps) expect(describeAction(step)).not.toMatch(/undefined|NaN/)
  }
})

test('garbage throws a sentence, and nothing else', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'s1.IOSBUVARTDLCFHGWX-09az%#\u0000é') })
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        letters,
        letters.map(text => `s1.${text}`),
      ),
      text => {
        try {
          // What can be read can be written.
          const steps = decode(text)
          expect(decode(encode(steps))).toEqual(steps)
        } catch (error) {
          expect((error as Error).constructor.name).toBe('Unreadable')
        }
      },
    ),
    { numRuns: 500 },
  )
})

test.each([
  ['#hello', 'it is not one of this page’s'],
  ['#s2.I1-0', 'it is not one of this page’s'],
  ['#s1.I1-0.Q', 'its step 2 cannot be read'],
  ['#s1.I9-0', 'its step 1 cannot be read'],
  ['#s1.B1-0', 'its step 1 cannot be read'],
  ['#s1.B1', 'its step 1 cannot be read'],
  ['#s1.S1-zz', 'its step 1 cannot be read'],
  ['#s1.zzzzzzzzzW', 'its step 1 is more than ten years ahead'],
  [`#s1${'.B1-dw'.repeat(11)}`, 'it sends more than 5000 requests'],
  [`#s1.${'W.'.repeat(2_000)}W`, 'it has more than 2000 steps'],
])('what cannot be played is told in a sentence: %#', (hash, message) => {
  expect(() => decode(hash)).toThrow(message)
})

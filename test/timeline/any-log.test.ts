import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTokenHandoffError } from '../../src/index.ts'
import { type LogEvent, parseLog, timeline, toSvg } from '../../src/timeline/index.ts'

const count = fc.integer({ min: 1, max: 6 })
const maybe = fc.option(count)
const tab = fc.constantFrom('tab 1', 'tab 2', '<b>', '{3}', '')
const word = fc.constantFrom('successor', 'blank', 'replay', 'toString', 'rejected', '')
const status = fc.constantFrom(0, 200, 401, 500)
const path = fc.constantFrom('/items', '', '/{2}', '/a&b', '/\u{1f511}/'.repeat(20))

const body = fc.oneof(
  fc.record({ type: fc.constant('opened'), tab }),
  fc.record({
    type: fc.constant('sent'),
    tab,
    request: count,
    sequence: count,
    purpose: fc.constantFrom('call', 'recovery', 'sign-out', 'validation'),
    method: fc.constant('GET'),
    path,
    token: maybe,
    former: maybe,
  }),
  fc.record({ type: fc.constant('rotated'), tab, request: count, reason: word, status, token: count }),
  fc.record({ type: fc.constant('kept'), tab, request: count, reason: word, status, token: maybe }),
  fc.record({ type: fc.constant('lost'), tab, request: count, doubt: fc.boolean() }),
  fc.record({ type: fc.constant('aborted'), tab, request: count }),
  fc.record({ type: fc.constant('rejected'), tab, request: count, verdict: word, reason: fc.option(word) }),
  fc.record({ type: fc.constant('recovered'), tab, status }),
  fc.record({ type: fc.constant('signed-in'), tab, elsewhere: fc.boolean(), token: count }),
  fc.record({ type: fc.constant('signed-out'), tab, reason: word }),
  fc.record({ type: fc.constant('warning'), tab, code: word }),
  fc.record({
    type: fc.constant('server'),
    did: fc.constantFrom('begin', 'accept', 'reject', 'rotate', 'blank', 'keep', 'raise', 'finish', 'lost'),
    request: count,
    method: fc.constant('GET'),
    path,
    token: maybe,
    as: fc.constantFrom('token', 'previous', 'last', undefined),
    status: fc.option(status, { nil: undefined }),
    what: fc.constantFrom('request', 'answer', undefined),
  }),
)
const events = fc.array(fc.tuple(body, fc.nat(3_000)), { maxLength: 30 }).map(list => {
  let at = 0
  return list.map(([event, after]) => {
    at += after
    return { ...event, at } as unknown as LogEvent
  })
})

const file = (list: unknown) => ({ format: 'token-handoff-log', version: 1, events: list })

// A bounded log may begin anywhere, and one from elsewhere may hold anything that is well-formed.
test('whatever a log holds, it is drawn', () => {
  fc.assert(
    fc.property(events, fc.constantFrom(200, 360, 800), (list, width) => {
      const log = parseLog(file(list))
      expect(log.events).toEqual(list.map(event => JSON.parse(JSON.stringify(event))))
      const text = timeline(log)
      const svg = toSvg(log, { width })
      for (const drawn of [text, svg]) expect(drawn).not.toMatch(/undefined|NaN|Infinity|\[object/)
      expect(svg).not.toContain('<b>')
      expect(svg).not.toMatch(/height="-/)
    }),
    { numRuns: 500 },
  )
})

test('whatever is loaded, it is a log, or told to be none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.json(), fc.array(fc.anything()).map(file)), json => {
      try {
        timeline(parseLog(json))
      } catch (error) {
        expect(isTokenHandoffError(error) && error.code).toBe('log-invalid')
      }
    }),
    { numRuns: 500 },
  )
})

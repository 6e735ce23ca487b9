import { describe, expect, test } from 'vitest'
import type { Configuration } from './configuration.ts'
import { core } from './core.ts'
import { createFingerprint } from './fingerprint.ts'
import { createWorld, type Setting, touch, type World } from './world.ts'

/** Whether two worlds are one to the search: it tries what follows from the first of them only. */

const configuration: Configuration = {
  name: '',
  rules: '1.3.0',
  tabs: 1,
  requests: { call: 2 },
  losses: 1,
  waits: { 5000: 1 },
}
const setting: Setting = { configuration, core, lost: () => {} }

/** With something in each of its parts. */
function world(): World {
  const made = createWorld(setting)
  const tab = touch(made, 0)
  const { handoff } = tab
  handoff.record = {
    ...handoff.record,
    uids: ['e1', 'u1'],
    tokens: [...handoff.record.tokens, { value: 'c1:0', expiry: 5, sequence: 1, at: 3, refused: 1 }],
  }
  const ticket = core.openTicket(handoff, { purpose: 'call', cacheable: true, replayable: true }, made.now)!
  const { token, client, uid, sequence } = ticket
  handoff.ended = handoff.record
  handoff.suspect = 'c1:1'
  handoff.refused = { token: 'c1:1', clock: 1 }
  handoff.vouched = { token: 'c1:1', sequence: 1, at: 7 }
  handoff.accepted = { token: 'c1:1', sequence: 1 }
  handoff.past = ['c1:0']
  handoff.heardAt = 6
  const answer = { status: 200, token, client, uid, expiry: 9, bearer: false }
  const carried = { token, client, uid, sequence, tab: 0, email: 'e1', aborted: false }
  const flight = { ...carried, id: 'a', kind: 'call', ticket, stage: 'begun', beganMs: 4, answer } as const
  made.flights.push(flight)
  made.cache = answer
  tab.waiters.push({ flight, ticket, for: 'recovery', deadline: 8 })
  tab.mail.push({ record: handoff.record, overtaken: false })
  return made
}

/** What says nothing: a reader's name, what follows from the rest or never changes, and what no holder reads. */
const silent = ['id', 'open', 'shared', 'buffer', 'futile', 'version', 'bearer']

/** Each way in which one leaf can be another. */
function* changes(part: object, path: string): Generator<[string, () => void]> {
  for (const [key, value] of Object.entries(part)) {
    const name = `${path}.${key}`
    if (silent.includes(key) || /waiters\.0\.flight\.(?!kind|aborted|email)|cache\.(?!token)/.test(name))
      continue
    const change = (to: unknown) => () => Object.assign(part, { [key]: to })
    if (typeof value === 'number') yield [name, change(value + 100)]
    else if (typeof value === 'string') yield [name, change(`${value}x`)]
    else if (typeof value === 'boolean') yield [name, change(!value)]
    else if (value) yield* changes(value, name)
  }
}

const names = [...changes(world(), 'world')].map(([name]) => name)

test('each part of a world counts', () => {
  expect(names.length).toBeGreaterThan(100)
  const { of } = createFingerprint(false)
  const before = of(world())
  const unnoticed = names.filter((_, index) => {
    const other = structuredClone(world())
    ;[...changes(other, 'world')][index]![1]()
    return of(other) === before
  })
  expect(unnoticed).toEqual([])
})

describe('of the numbers of requests', () => {
  const { of } = createFingerprint(true)

  test('only the order counts in one tab', () => {
    const later = (by: number) => {
      const made = structuredClone(world())
      made.tabs[0]!.handoff.clock += by
      return made
    }
    expect(of(later(5))).not.toBe(of(world()))
    expect(of(later(5))).toBe(of(later(6)))
    const exact = createFingerprint(false)
    expect(exact.of(later(5))).not.toBe(exact.of(later(6)))
  })

  test('half a number less is another one', () => {
    const refuse = (refused: number) => {
      const made = structuredClone(world())
      const [first] = made.tabs[0]!.handoff.record.tokens
      Object.assign(first!, { refused })
      return made
    }
    expect(of(refuse(1))).not.toBe(of(refuse(0.5)))
  })
})

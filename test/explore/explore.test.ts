import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import type { Configuration } from './configuration.ts'
import { faults } from './faults.ts'
import { readSchedule, replay, shorten, writeSchedule } from './schedule.ts'
import { search } from './search.ts'
import { timeline } from './timeline.ts'

// The full bounds take minutes: npm run explore.
vi.setConfig({ testTimeout: 30_000 })

const small: Omit<Configuration, 'rules' | 'name'>[] = [
  { tabs: 1, requests: { call: 2 }, losses: 1, waits: { 5000: 1 } },
  { tabs: 2, requests: { validation: 1, call: 1 }, waits: { 5000: 1 } },
  { tabs: 2, requests: { call: 1, upload: 1 }, waits: { 5000: 2 } },
  { tabs: 2, requests: { call: 1 }, signIns: 1, waits: { 5000: 1 } },
  { tabs: 1, requests: { call: 1 }, losses: 1, reloads: 1, waits: { 5000: 1 } },
  { tabs: 1, requests: { call: 3 }, waits: { 5000: 2 } },
  { tabs: 2, requests: { call: 1 }, signOuts: 1, reloads: 1, waits: { 5000: 1 } },
  { tabs: 2, requests: { call: 1 }, losses: 1, aborts: 1, waits: { 5000: 1 } },
  { tabs: 2, requests: { 'update-account': 1, call: 1 }, waits: { 5000: 1 } },
  { tabs: 2, requests: { 'update-account': 1 }, losses: 1, waits: { 5000: 1 } },
  { tabs: 1, requests: { 'update-account': 2 }, losses: 1, waits: { 5000: 1 } },
  {
    tabs: 1,
    requests: { 'update-account': 1 },
    reloads: 1,
    signIns: 1,
    sameUser: true,
    waits: { 5000: 1 },
  },
  {
    tabs: 2,
    requests: { 'update-password': 1, call: 1 },
    otherDevice: true,
    removesTokens: true,
    waits: { 5000: 1 },
  },
]
const rules = ['1.3.0', '1.2.0'] as const
const configurations: Configuration[] = small.flatMap(bounds =>
  rules.map(rules => ({ ...bounds, rules, name: JSON.stringify(bounds) })),
)

describe('every schedule within small bounds', () => {
  test.each(configurations)('keeps the promises: $rules $name', configuration => {
    const result = search(configuration)
    expect(result.complete).toBe(true)
    expect(result.states).toBeGreaterThan(100)
    expect(result.ends).toBeGreaterThan(5)
    const [first] = result.found
    const schedule = first && { configuration, steps: first.schedule }
    expect(schedule ? timeline(schedule, replay(schedule)) : 'no violation').toBe('no violation')
  })

  test('loses no session under rules 1.3.0 with one loss', () => {
    const [losing] = configurations
    expect(search(losing!).losses).toEqual({})
  })

  test('counts apart what no client could save', () => {
    const configuration: Configuration = { ...configurations[1]!, requests: { call: 1 }, losses: 2 }
    expect(search(configuration).losses.unavoidable).toBeGreaterThan(0)
  })
})

describe('a broken rule is caught', () => {
  test.each(Object.keys(faults))('%s', name => {
    const caught = configurations.find(
      configuration => search(configuration, { first: true }, faults[name]).broken > 0,
    )
    expect(caught?.name).toBeDefined()
  })

  test('with a short schedule that can be written, read and played again', () => {
    const core = faults['the last answer wins']!
    const configuration = configurations.find(
      configuration => search(configuration, { first: true }, core).broken > 0,
    )!
    const [found] = search(configuration, { first: true }, core).found
    const { promise } = found!.violation
    const breaks = ({ violation }: ReturnType<typeof replay>) => violation?.promise === promise
    const short = shorten({ configuration, steps: found!.schedule }, breaks, core)
    expect(short.steps.length).toBeLessThanOrEqual(found!.schedule.length)
    const again = readSchedule(writeSchedule(short))
    expect(again).toEqual(short)
    const outcome = replay(again, core)
    expect(outcome.violation?.promise).toBe(promise)
    expect(timeline(again, outcome)).toContain(promise)
    expect(replay(again).violation).toBeNull()
  })
})

describe('schedules that broke a promise once', () => {
  const folder = new URL('./schedules/', import.meta.url)
  test.each(readdirSync(folder))('%s', file => {
    const schedule = readSchedule(readFileSync(new URL(file, folder), 'utf8'))
    const outcome = replay(schedule)
    expect(outcome.played.length).toBeGreaterThan(0)
    expect(outcome.violation).toBeNull()
  })
})

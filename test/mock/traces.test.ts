import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { play } from '../conformance/play.ts'
import { readScenarios } from '../conformance/run.ts'
import type { Scenario, Step } from '../conformance/trace.ts'

const FOLDER = new URL('../traces/', import.meta.url)
const files = readdirSync(FOLDER).filter(name => name.endsWith('.jsonl.gz'))

describe('the recorded traces', () => {
  test('there is a hand-written and a random file of each generation', () => {
    expect(files).toHaveLength(4)
  })

  test.each(files)('%s passes as a whole', async name => {
    const scenarios = readScenarios(new URL(name, FOLDER).pathname)
    const failures = []
    for (const scenario of scenarios) {
      const failure = await play(scenario)
      if (failure !== undefined) failures.push(failure)
    }
    expect(scenarios.length).toBeGreaterThan(180)
    expect(failures).toEqual([])
  })
})

describe('a trace that was altered fails', () => {
  const all = readScenarios(new URL('gem-1.3.0-scenarios.jsonl.gz', FOLDER).pathname)
  const named = (name: string) => structuredClone(all.find(scenario => scenario.name === name)!)

  /** Plays the scenario with one of its steps changed, and says where it fails. */
  async function altered(name: string, index: number, change: (step: Record<string, unknown>) => void) {
    const scenario = named(name)
    change(scenario.steps[index] as unknown as Record<string, unknown>)
    const failure = await play(scenario)
    return failure?.differences.map(({ path }) => path)
  }
  const expectOf = (step: Record<string, unknown>) => step.expect as Record<string, unknown>

  test.each([
    ['status', 201],
    ['token', 't7'],
    ['token', 'blank'],
    ['expiry', 1],
    ['client', 'c1'],
    ['uid', 'u1'],
    ['token_type', 'Basic'],
    ['authorization', 'absent'],
    ['body', { data: {} }],
    ['cookie', { token: 't0' }],
    ['location', { url: 'http://localhost', params: {} }],
  ])('in its %s', async (field, value) => {
    const paths = await altered('rotation_after_buffer', 0, step => {
      expectOf(step)[field] = value
    })
    expect(paths?.every(path => path.startsWith(field))).toBe(true)
    expect(paths).not.toEqual([])
  })

  test('in a state', async () => {
    const paths = await altered('rotation_after_buffer', 1, step => {
      Object.assign((step.state as Record<string, Record<string, unknown>>).c0!, { updated_at_s: 7 })
    })
    expect(paths).toEqual(['state.c0.updated_at_s'])
  })

  test('in a cookie and in a redirect', async () => {
    const cookie = await altered('cookie_mode_attrs', 0, step => {
      expectOf(step).cookie_attrs = 'path=/'
    })
    expect(cookie).toEqual(['cookie_attrs'])
    const redirect = await altered('password_reset_by_mail', 1, step => {
      const location = expectOf(step).location as { params: Record<string, unknown> }
      location.params.uid = 'u1'
    })
    expect(redirect).toEqual(['location.params.uid'])
  })

  test('when it expects an answer where the request waits, or the reverse', async () => {
    const waits = await altered('batch2_all_begin_first_order_12', 1, step => {
      step.expect = { status: 401 }
    })
    expect(waits).toEqual(['expect'])
    const answers = await altered('unknown_token', 1, step => {
      Object.assign(step, { op: 'begin', id: 'r1', expect: 'pending' })
    })
    expect(answers).toEqual(['expect'])
  })

  test.each([
    [
      'a field of a step',
      (scenario: Scenario) => Object.assign(scenario.steps[1] as Step, { colour: 'red' }),
    ],
    [
      'a field of an expect',
      (scenario: Scenario) => Object.assign(scenario.steps[1]!.expect, { colour: 'red' }),
    ],
    ['a setting', (scenario: Scenario) => Object.assign(scenario.config, { colour: 'red' })],
    ['an operation', (scenario: Scenario) => Object.assign(scenario.steps[1] as Step, { op: 'colour' })],
    ['a carrier', (scenario: Scenario) => Object.assign(scenario.steps[1]!.send!, { via: 'colour' })],
    ['a credential', (scenario: Scenario) => Object.assign(scenario.steps[1]!.send!, { colour: 'red' })],
  ])('when it has %s that is not known', async (_, alter) => {
    const scenario = named('rotation_after_buffer')
    alter(scenario)
    const failure = await play(scenario)
    expect(failure?.differences[0]?.path).toBe('error')
    expect(failure?.differences[0]?.got).toContain('colour')
  })
})

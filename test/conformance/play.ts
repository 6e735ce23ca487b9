import type { Hold, MockServer } from '../../src/mock/index.ts'
import { compare, type Difference } from './compare.ts'
import { DROPPED_COOKIE, observe, observeState } from './observe.ts'
import { requestOf } from './send.ts'
import { createSymbols } from './symbols.ts'
import { isObject, type Scenario, type Step } from './trace.ts'
import { createWorld, START_MS } from './world.ts'

/** Why a scenario fails: its first step that differs, or that cannot be played. */
export interface Failure {
  readonly scenario: string
  readonly step: string
  readonly differences: readonly Difference[]
}

const STEP_FIELDS = new Set('at op id method path model query headers body send expect state note'.split(' '))
const EXPECT_FIELDS = new Set(
  'status token expiry client uid token_type authorization cookie cookie_attrs location location_fragment body'.split(
    ' ',
  ),
)
/** What an answer may show although the trace is silent about it. Everything else must be expected. */
const UNRECORDED_FIELDS = new Set(['body'])

/** Plays one scenario against a fresh mock server. Undefined: every field is as recorded. */
export async function play(scenario: Scenario): Promise<Failure | undefined> {
  let now = START_MS
  let step = 'config'
  try {
    const player = createPlayer(
      scenario,
      createWorld(scenario, () => now),
    )
    for (const [index, current] of scenario.steps.entries()) {
      step = `step ${index} (${current.op} at ${current.at} ms${current.id === undefined ? '' : `, ${current.id}`})`
      now = START_MS + current.at
      const differences = await player(current)
      if (differences.length > 0) return { scenario: scenario.name, step, differences }
    }
    return undefined
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error)
    return { scenario: scenario.name, step, differences: [{ path: 'error', expected: undefined, got }] }
  }
}

function createPlayer(scenario: Scenario, server: MockServer): (step: Step) => Promise<Difference[]> {
  const tokens = createSymbols('t')
  const clients = createSymbols('c')
  const names = server.headersNames
  const cookieName = String(scenario.config.cookie_name ?? 'auth_cookie')
  const held = new Map<string, { hold: Hold; response: Promise<Response> }>()
  const rowIds = new Map<unknown, unknown>()
  const seeded = server.inspect().users.length
  let lastETag: string | null = null

  const party = () => ({ names, cookieName, tokens, clients, mail: server.inspect().mails.at(-1)?.token })

  async function observed(response: Response): Promise<Record<string, unknown>> {
    lastETag = response.headers.get('etag') ?? lastETag
    return observe(response, party())
  }

  async function answer(step: Step): Promise<'pending' | Record<string, unknown>> {
    if (step.op === 'finish') {
      const open = held.get(step.id ?? '')
      if (open === undefined) throw new Error(`nothing has begun as '${step.id}'`)
      held.delete(step.id ?? '')
      open.hold.release()
      return observed(await open.response)
    }
    const request = requestOf(step, { ...party(), lastETag })
    if (step.op !== 'begin') return observed(await server.fetch(request))
    if (step.id === undefined) throw new Error("'begin' needs an id")
    const hold = server.hold()
    const response = server.fetch(request)
    if (!(await hold.begun)) return observed(await response)
    held.set(step.id, { hold, response })
    return 'pending'
  }

  /** The database numbers new rows; a trace does not say from where. So such an id is a symbol too. */
  function withRowId(expected: unknown, got: unknown): unknown {
    if (!isObject(expected) || !isObject(got) || !isObject(expected.data) || !isObject(got.data)) return got
    const { id } = got.data
    if (typeof id !== 'number' || id <= seeded || typeof expected.data.id !== 'number') return got
    if (!rowIds.has(id) && ![...rowIds.values()].includes(expected.data.id)) rowIds.set(id, expected.data.id)
    return { ...got, data: { ...got.data, id: rowIds.get(id) ?? id } }
  }

  return async step => {
    rejectUnknown('step', Object.keys(step), STEP_FIELDS)
    const got = await answer(step)
    const differences: Difference[] = []
    if (step.expect === 'pending' || got === 'pending') {
      if (step.expect !== got) differences.push({ path: 'expect', expected: step.expect, got })
    } else {
      rejectUnknown('expect', Object.keys(step.expect), EXPECT_FIELDS)
      const shown = { ...got, ...('body' in got ? { body: withRowId(step.expect.body, got.body) } : {}) }
      for (const [field, value] of Object.entries(shown)) {
        const silent = !(field in step.expect) && (UNRECORDED_FIELDS.has(field) || value === 'absent')
        if (!silent && !isDroppedCookie(step.expect[field], value))
          differences.push(...compare(step.expect[field], value, field))
      }
      for (const field of Object.keys(step.expect))
        if (!(field in shown)) differences.push(...compare(step.expect[field], undefined, field))
    }
    if (step.state !== undefined)
      differences.push(...compare(step.state, observeState(server.inspect(), party()), 'state'))
    return differences
  }
}

/** Whatever word a trace has for a dropped cookie, it is neither an object nor 'absent'. */
function isDroppedCookie(expected: unknown, got: unknown): boolean {
  return got === DROPPED_COOKIE && typeof expected === 'string' && expected !== 'absent'
}

function rejectUnknown(what: string, fields: readonly string[], known: ReadonlySet<string>): void {
  const unknown = fields.filter(field => !known.has(field))
  if (unknown.length > 0) throw new Error(`the ${what} has fields that are not known: ${unknown.join(', ')}`)
}

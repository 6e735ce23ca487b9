/** What a trace file holds: see the end of the rules' document for the meaning of each field. */
export interface Scenario {
  readonly name: string
  readonly gem: string
  readonly config: Readonly<Record<string, unknown>>
  readonly steps: readonly Step[]
}

export interface Step {
  readonly at: number
  readonly op: string
  readonly id?: string
  readonly method?: string
  readonly path?: string
  readonly model?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly send?: Carrier | readonly Carrier[]
  readonly expect: 'pending' | Readonly<Record<string, unknown>>
  readonly state?: Readonly<Record<string, unknown>>
}

/** Credentials in symbols, and how they travel. */
export interface Carrier {
  readonly via?: string
  readonly token?: string
  readonly client?: string
  readonly uid?: string
  readonly headers?: readonly (readonly [string, string])[]
}

/** A file that cannot be played. The message is one sentence for the user. */
export class UnreadableTrace extends Error {}

/** Reads the lines of a trace file. */
export function parseScenarios(text: string, file: string): Scenario[] {
  const scenarios: Scenario[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    scenarios.push(parseScenario(line, `${file}, line ${index + 1}`))
  }
  if (scenarios.length === 0) throw new UnreadableTrace(`${file} holds no scenario.`)
  return scenarios
}

function parseScenario(line: string, where: string): Scenario {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new UnreadableTrace(`${where} is no JSON.`)
  }
  if (
    !isObject(value) ||
    typeof value.name !== 'string' ||
    !isObject(value.config) ||
    !Array.isArray(value.steps)
  )
    throw new UnreadableTrace(`${where} is no scenario: it needs a name, a config and steps.`)
  if (!value.steps.every(isStep))
    throw new UnreadableTrace(`${where} (${value.name}) has a step without at, op or expect.`)
  return value as unknown as Scenario
}

function isStep(step: unknown): boolean {
  return (
    isObject(step) &&
    typeof step.at === 'number' &&
    typeof step.op === 'string' &&
    (step.expect === 'pending' || isObject(step.expect)) &&
    (step.state === undefined || isObject(step.state))
  )
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

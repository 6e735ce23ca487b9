import type { Action } from './actions.ts'
import type { Configuration } from './configuration.ts'
import { type Core, core as realCore } from './core.ts'
import type { Loss } from './oracle.ts'
import { play, type Taken } from './play.ts'
import { Violation } from './promises.ts'
import { isAtRest, playOut } from './rest.ts'
import { shrink } from './shrink.ts'
import type { Setting, World } from './world.ts'

/** A schedule that can be kept in a file: the bounds that it was found under, and its steps. */
export interface Schedule {
  configuration: Configuration
  steps: readonly Action[]
}

export interface Outcome {
  violation: Violation | null
  losses: Loss[]
  /** What was really played, with the world after each step. */
  played: { action: Action; before: World; after: World | null }[]
}

/** One line for the configuration, one for each step. */
export function writeSchedule({ configuration, steps }: Schedule): string {
  return `${[configuration, ...steps].map(line => JSON.stringify(line)).join('\n')}\n`
}

export function readSchedule(text: string): Schedule {
  const [configuration, ...steps] = text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => JSON.parse(line))
  return { configuration, steps }
}

/** Plays a schedule again, and then on until all is at rest. */
export function replay({ configuration, steps }: Schedule, core: Core = realCore): Outcome {
  const outcome: Outcome = { violation: null, losses: [], played: [] }
  const setting: Setting = { configuration, core, lost: loss => outcome.losses.push(loss) }
  const taken: Taken = (action, before, after) => outcome.played.push({ action, before, after })
  try {
    const world = play(steps, setting, taken)
    if (isAtRest(world, setting)) playOut(world, setting, taken)
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    outcome.violation = error
  }
  return outcome
}

/** The shortest schedule that still does what this one does, be it to break a promise or to lose a session. */
export function shorten(
  schedule: Schedule,
  does: (outcome: Outcome) => boolean,
  core: Core = realCore,
): Schedule {
  const { configuration } = schedule
  const steps = shrink(schedule.steps, steps => does(replay({ configuration, steps }, core)))
  return { configuration, steps }
}

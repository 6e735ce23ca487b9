import { type Action, apply, enabled } from './actions.ts'
import type { Configuration } from './configuration.ts'
import { type Core, core as realCore } from './core.ts'
import { createFingerprint } from './fingerprint.ts'
import type { Loss } from './oracle.ts'
import { Violation } from './promises.ts'
import { isAtRest, playOut } from './rest.ts'
import { createVisited } from './visited.ts'
import { createWorld, type Setting, type World } from './world.ts'

export interface Found {
  violation: Violation
  schedule: Action[]
}

export interface Result {
  states: number
  steps: number
  /** Ways in which nothing more could happen. */
  ends: number
  losses: Partial<Record<Loss, number>>
  /** A schedule for each kind of loss. */
  examples: Partial<Record<Loss, Action[]>>
  /** The first schedule that was found for each promise that is broken. */
  found: Found[]
  broken: number
  /** False when the search was cut off. */
  complete: boolean
  milliseconds: number
}

export interface Limits {
  states?: number
  /** Stop at the first broken promise. */
  first?: boolean
}

/** A schedule that goes on for longer than this never ends. */
const longestSchedule = 250

interface Frame {
  world: World
  actions: Action[]
  next: number
}

/** Tries every schedule within the bounds of a configuration, each state once. */
export function search(configuration: Configuration, limits: Limits = {}, core: Core = realCore): Result {
  const began = performance.now()
  const result: Result = {
    states: 0,
    steps: 0,
    ends: 0,
    losses: {},
    examples: {},
    found: [],
    broken: 0,
    complete: true,
    milliseconds: 0,
  }
  const path: Frame[] = []
  const schedule = () => path.map(({ actions, next }) => actions[next - 1]!)
  const setting: Setting = {
    configuration,
    core,
    lost(loss) {
      result.losses[loss] = (result.losses[loss] ?? 0) + 1
      result.examples[loss] ??= schedule()
    },
  }
  const fingerprint = createFingerprint(configuration.tabs === 1)
  const visited = createVisited()

  /** Returns whether nothing was broken. */
  function guarded(act: () => void): boolean {
    try {
      act()
      return true
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      result.broken++
      const known = result.found.some(({ violation }) => violation.promise === error.promise)
      if (!known) result.found.push({ violation: error, schedule: schedule() })
      return false
    }
  }

  function enter(world: World): void {
    if (!visited.add(fingerprint.of(world))) return
    const actions = enabled(world, setting)
    if (isAtRest(world, setting, actions)) {
      result.ends++
      guarded(() => playOut(world, setting))
    }
    if (path.length >= longestSchedule) throw new Violation('liveness', 'the schedule never ends')
    if (actions.length > 0) path.push({ world, actions, next: 0 })
  }

  enter(createWorld(setting))
  while (path.length > 0) {
    const frame = path.at(-1)!
    const action = frame.actions[frame.next++]
    if (!action) {
      path.pop()
      continue
    }
    result.steps++
    guarded(() => {
      const world = apply(frame.world, setting, action)
      if (world) enter(world)
    })
    if (limits.first && result.broken > 0) break
    if (visited.size >= (limits.states ?? Infinity)) {
      result.complete = false
      break
    }
  }
  result.states = visited.size
  result.milliseconds = performance.now() - began
  return result
}

import { type Action, apply } from './actions.ts'
import { createWorld, type Setting, type World } from './world.ts'

/** Told of each step that was played; `after` is null for the one that broke a promise. */
export type Taken = (action: Action, before: World, after: World | null) => void

/** Plays a schedule; steps that make no sense any more are left out. Throws a Violation. */
export function play(schedule: readonly Action[], setting: Setting, taken: Taken): World {
  return schedule.reduce((world, action) => take(world, setting, action, taken), createWorld(setting))
}

export function take(world: World, setting: Setting, action: Action, taken: Taken): World {
  try {
    const next = apply(world, setting, action)
    if (next) taken(action, world, next)
    return next ?? world
  } catch (error) {
    taken(action, world, null)
    throw error
  }
}

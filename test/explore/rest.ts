import { type Action, enabled, nextTimer } from './actions.ts'
import { isAwaited } from './page.ts'
import { type Taken, take } from './play.ts'
import { checkAtRest, Violation } from './promises.ts'
import type { Setting, World } from './world.ts'

/** Longer than any buffer or backoff. */
const longAfter = 60_000
/** Steps; each of four tokens is tried with each of three names, nearly thrice, and twice each time. */
const longestEnding = 200

/** Nothing is under way: what may come next is begun by the application, the user, mere time, or never comes. */
export function isAtRest(world: World, setting: Setting, next = enabled(world, setting)): boolean {
  return !underWay(world, next) && nextTimer(world, setting) === Infinity
}

/** The first step that the network, the server or a page would take by itself. */
function underWay(world: World, next: Action[]): Action | undefined {
  return next.find(action => {
    switch (action.do) {
      case 'begin':
      case 'finish':
      case 'deliver':
        return world.flights.some(flight => flight.id === action.id && isAwaited(flight))
      case 'hear':
      case 'reply':
      case 'recover':
        return true
      default:
        return false
    }
  })
}

/**
 * Plays on from a world at rest, with a network that lets everything through: much later each tab that is
 * signed in sends one more request. It has to end, and then all have to be at rest again.
 *
 * @param taken told of each step
 */
export function playOut(from: World, setting: Setting, taken: Taken = () => {}): void {
  let world = from
  const go = (action: Action) => {
    world = take(world, setting, action, taken)
  }
  const settleDown = () => {
    for (let steps = 0; !isAtRest(world, setting); steps++) {
      if (steps > longestEnding) throw new Violation('liveness', 'it never comes to rest')
      go(
        underWay(world, enabled(world, setting)) ?? { do: 'wait', ms: nextTimer(world, setting) - world.now },
      )
    }
    checkAtRest(world)
  }
  settleDown()
  for (let tab = 0; tab < world.tabs.length; tab++) {
    go({ do: 'wait', ms: longAfter })
    settleDown()
    go({ do: 'send', tab, kind: 'call', id: `last${tab}` })
    settleDown()
  }
}

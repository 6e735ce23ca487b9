import { type Action, apply } from './actions.ts'
import type { Configuration } from './configuration.ts'
import { core } from './core.ts'
import type { Loss } from './oracle.ts'
import { isAtRest, playOut } from './rest.ts'
import { createWorld, type Setting, type World } from './world.ts'

/** What came of a schedule that was written down in words. */
export interface Told {
  readonly world: World
  /** What the application got, by request: statuses, of which there has to be one. */
  delivered: Record<string, number[]>
  losses: Loss[]
  /** The values of the tokens that a tab holds, the stored one first. */
  tokens(tab?: number): string[]
  /** How often the server ran the action of a request. */
  runs(id: string): number
  /** Lets everything through until nothing is under way, and each tab send one more request much later. */
  playOut(): void
}

/**
 * Plays a schedule of one step a line, and watches over the promises meanwhile:
 *
 *     0 call a                 tab 0 sends the request a (or: upload, email, validation, ...)
 *     begin a / finish a       the server takes it on, answers it
 *     deliver a                the answer arrives (or: lose, abort, gateway, cached, cached-blank)
 *     answer a b               all three, for each in turn
 *     wait 1500                milliseconds pass
 *     0 recover r              the recovery that is due is sent
 *     1 hear                   tab 1 hears of what tab 0 has stored
 *     0 reload                 (or: crash, reply, sign-out out, sign-in in)
 *     deploy                   halves the lifespan of tokens
 */
export function tell(configuration: Partial<Configuration>, text: string): Told {
  const delivered: Record<string, number[]> = {}
  const losses: Loss[] = []
  const runs: Record<string, number> = {}
  const setting: Setting = {
    configuration: { name: 'told', rules: '1.3.0', tabs: 1, requests: {}, ...configuration },
    core,
    lost: loss => losses.push(loss),
    delivered(id, status) {
      delivered[id] ??= []
      delivered[id].push(status)
    },
  }
  let world = createWorld(setting)
  for (const line of text.split('\n').map(line => line.trim())) {
    for (const action of readLine(line)) {
      const next = apply(world, setting, action)
      const short = action.do === 'wait' && next && next.now - world.now < action.ms
      if (!next || short) throw new Error(`"${line}" cannot be played here: ${JSON.stringify(action)}`)
      if (action.do === 'finish') runs[action.id] = (runs[action.id] ?? 0) + 1
      world = next
    }
  }
  return {
    get world() {
      return world
    },
    delivered,
    losses,
    tokens: (tab = 0) => world.tabs[tab]!.handoff.record.tokens.map(({ value }) => value),
    runs: id => runs[id] ?? 0,
    playOut() {
      playOut(world, setting, (_action, _before, after) => {
        if (after) world = after
      })
      if (!isAtRest(world, setting)) throw new Error('It is not at rest')
    },
  }
}

function readLine(line: string): Action[] {
  if (line === '') return []
  const [first, ...rest] = line.split(' ') as [string, ...string[]]
  if (first === 'deploy') return [{ do: 'deploy' }]
  if (first === 'wait') return [{ do: 'wait', ms: Number(rest[0]) }]
  if (first === 'answer') {
    return rest.flatMap(id => (['begin', 'finish', 'deliver'] as const).map(step => ({ do: step, id })))
  }
  if (!/^\d$/.test(first)) return rest.map(id => ({ do: first, id }) as Action)
  const tab = Number(first)
  const [what, id] = rest as [string, string | undefined]
  const kinds = ['call', 'upload', 'email', 'validation', 'update-account', 'update-password']
  const sends = kinds.includes(what)
  return [(sends ? { do: 'send', tab, kind: what, id } : { do: what, tab, ...(id && { id }) }) as Action]
}

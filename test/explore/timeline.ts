import type { Answer } from '../../src/core/credentials.ts'
import type { Action } from './actions.ts'
import type { Outcome, Schedule } from './schedule.ts'
import type { World } from './world.ts'

/** A schedule for people: one line for each step, with the time, what happened, and what it changed. */
export function timeline({ configuration }: Schedule, { played, violation, losses }: Outcome): string {
  const { name, rules, tabs } = configuration
  const lines = [`${name}: rules ${rules}, ${tabs === 1 ? 'one tab' : 'two tabs'}`]
  const start = played[0]?.before.now ?? 0
  for (const { action, before, after } of played) {
    const at = ((before.now - start) / 1_000).toFixed(1).padStart(6)
    const text = describe(action, before)
    const effects = after ? changes(before, after) : []
    lines.push(`${at} s  ${text}${effects.length > 0 ? `  -> ${effects.join('; ')}` : ''}`)
  }
  for (const loss of new Set(losses)) lines.push(`          the session is lost (${loss})`)
  if (violation) lines.push(`          ${violation.message}`)
  return lines.join('\n')
}

function describe(action: Action, { flights }: World): string {
  if (action.do === 'wait') return `${action.ms / 1_000} s pass`
  if (action.do === 'deploy') return 'a deploy halves the lifespan'
  if ('tab' in action) {
    const what = action.do === 'send' ? `sends ${action.kind} ${action.id}` : sentences[action.do]
    return `tab ${action.tab} ${what}${action.do === 'recover' || action.do === 'sign-in' ? ` ${action.id}` : ''}`
  }
  const flight = flights.find(({ id }) => id === action.id)
  const carrying = flight ? `${flight.kind} ${action.id} with ${flight.token}` : action.id
  const answer = action.do === 'deliver' && flight?.answer ? `: ${describeAnswer(flight.answer)}` : ''
  return `${sentences[action.do].replace('*', carrying)}${answer}`
}

const sentences: Record<Exclude<Action['do'], 'send' | 'wait' | 'deploy'>, string> = {
  begin: 'the server begins *',
  finish: 'the server finishes *',
  deliver: 'the answer arrives to *',
  lose: 'no answer will come to *',
  gateway: 'a gateway answers 502 to *',
  cached: 'the HTTP cache answers *',
  'cached-blank': 'the HTTP cache answers * with a blank',
  abort: 'the application gives up *',
  reload: 'is reloaded',
  crash: 'is killed and loaded anew',
  'sign-in': 'signs in:',
  'sign-out': 'signs out',
  hear: 'hears from the other tab',
  reply: 'learns whether the other tab is busy',
  recover: 'recovers:',
}

function describeAnswer({ status, token }: Answer): string {
  return `${status} ${token === null ? 'without auth headers' : token === '' ? 'blank' : token}`
}

function changes(before: World, after: World): string[] {
  const effects: string[] = []
  const server = describeServer(after)
  if (server !== describeServer(before)) effects.push(`server ${server}`)
  const names = Object.values(after.uids)
  if (names.join() !== Object.values(before.uids).join()) effects.push(`uid ${names.join(', ')}`)
  after.tabs.forEach((tab, index) => {
    const old = before.tabs[index]!
    const record = describeTab(tab)
    if (record !== describeTab(old)) effects.push(`tab ${index} ${record}`)
    for (const waiter of tab.waiters) {
      const known = old.waiters.some(({ flight }) => flight === waiter.flight)
      if (!known) effects.push(`${waiter.flight.id} waits (${waiter.for})`)
    }
  })
  return effects
}

function describeServer({ clients }: World): string {
  const entries = clients.map(({ token, previous, last }) =>
    [token, previous, last].map(value => value ?? '-').join(' < '),
  )
  return `[${entries.join(', ')}]`
}

function describeTab({ handoff: { record, suspect } }: World['tabs'][number]): string {
  const { tokens, doubt, client, uid, uids } = record
  if (client === null) return '(signed out)'
  const lost = doubt.lost - doubt.settled
  const held = tokens.map(({ value }) => value).join(' + ')
  return `(${held}${lost > 0 ? `, ${lost} lost` : ''}${suspect ? ', suspect' : ''}${uids.length < 2 ? '' : `, ${[...new Set([uid.value, ...uids])].join(' or ')}`})`
}

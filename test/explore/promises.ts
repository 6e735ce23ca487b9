import type { Answer } from '../../src/core/credentials.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import { twoWeeks } from './configuration.ts'
import { canBeSaved, lossOf } from './oracle.ts'
import { accepts, type Flight, mintedAs, ownerOf, type Setting, type Waiter, type World } from './world.ts'

/** A promise of the design that a schedule broke. */
export class Violation extends Error {
  readonly promise: string
  constructor(promise: string, message: string) {
    super(`${promise}: ${message}`)
    this.promise = promise
  }
}

/** Promises 1, 2 and 4, after every step: what each tab holds now, compared with what it held before. */
export function checkRecords(before: World, after: World, setting: Setting): void {
  after.tabs.forEach(({ handoff: { record, open } }, index) => {
    const old = before.tabs[index]!.handoff.record
    const awaited = after.flights.filter(({ tab, ticket }) => tab === index && ticket)
    if (open.size !== awaited.length || !awaited.every(({ ticket }) => open.has(ticket!))) {
      throw new Violation('no leak', `tab ${index} remembers ${open.size} requests of ${awaited.length}`)
    }
    if (record === old) return
    checkOneSession(record)
    if (record.epoch < old.epoch) {
      throw new Violation('promise 4', `tab ${index} went back from epoch ${old.epoch} to ${record.epoch}`)
    }
    if (record.epoch !== old.epoch || record.client !== old.client) return
    checkNotOlder(after, setting, index, old, record)
  })
}

function checkOneSession({ client, tokens }: SessionRecord): void {
  if ((client === null) !== (tokens.length === 0))
    throw new Violation('promise 4', 'half a session is stored')
  for (const { value } of tokens) {
    if (value.trim() === '') throw new Violation('promise 2', 'a blank token is stored')
    if (ownerOf(value) !== client)
      throw new Violation('promise 4', `${value} is stored in the session ${client}`)
  }
}

function checkNotOlder(
  world: World,
  setting: Setting,
  index: number,
  old: SessionRecord,
  now: SessionRecord,
): void {
  const [former, stored] = [old.tokens[0], now.tokens[0]]
  if (!former || !stored || mintedAs(stored.value) >= mintedAs(former.value)) return
  // The server refuses it: what was kept beside it takes its place.
  if (!accepts(world, setting, now.client!, former.value) || world.seen.revived) return
  if (old.uid.value !== world.uids[now.client!] || isDeployed(world, setting)) return
  // It was refused a moment ago, and is kept for its next turn; the server's own clock cannot tell siblings apart.
  const kept = now.tokens.find(({ value }) => value === former.value)
  const inTurn = kept && (stored.expiry === former.expiry || kept.refused !== former.refused)
  if (!inTurn) {
    throw new Violation('promise 1', `tab ${index} put ${stored.value} in the place of ${former.value}`)
  }
}

/** Promises 1 and 4, after an answer: it changes its own session only, and the newest token is kept. */
export function checkSettled(
  world: World,
  setting: Setting,
  { ticket, tab }: Flight,
  { token }: Answer,
  before: SessionRecord,
  after: SessionRecord,
): void {
  if (ticket!.epoch !== before.epoch) {
    if (after !== before)
      throw new Violation('promise 4', `an answer to ${ticket!.client} changed tab ${tab}`)
    return
  }
  if (!token || after.client === null || isDeployed(world, setting)) return
  const newest = Math.max(...after.tokens.map(({ value }) => mintedAs(value)))
  if (newest < mintedAs(token)) throw new Violation('promise 1', `tab ${tab} threw ${token} away`)
}

/** After a deploy that shortened the lifespan an expiry tells less: what counts then is that no session is lost. */
function isDeployed({ lifespan }: World, { configuration }: Setting): boolean {
  return lifespan !== (configuration.lifespan ?? twoWeeks)
}

/** Promise 3, when the client gives a session up. */
export function checkGivenUp(world: World, setting: Setting, client: string): void {
  if (canBeSaved(world, setting, client) && !world.seen.revived) {
    throw new Violation(
      'promise 3',
      'the session was given up although the server would accept a token of it',
    )
  }
  setting.lost(lossOf(world, client))
}

/** A request that is overtaken again and again is not sent more often than this. */
const mostReplays = 3

/** Promise 7, when the application gets a 401 of authentication. */
export function checkRefusal(
  world: World,
  setting: Setting,
  { flight, ticket }: Waiter,
  current: SessionRecord,
): void {
  if (!ticket.replayable || flight.aborted || ticket.epoch !== current.epoch) return
  if (flight.kind === 'sign-out' || ticket.replays >= mostReplays) return
  if (canBeSaved(world, setting, ticket.client) && !world.seen.reopened) {
    throw new Violation(
      'promise 7',
      `the application got the 401 of ${flight.id}, which a replay would have answered`,
    )
  }
}

/** When nothing is under way any more: every call has ended, and the tabs agree. */
export function checkAtRest(world: World): void {
  world.tabs.forEach(({ waiters, stored, handoff: { record } }, index) => {
    if (waiters.length > 0) throw new Violation('liveness', `${waiters[0]!.flight.id} waits for nothing`)
    const first = world.tabs[0]!.handoff.record
    if (JSON.stringify(record) !== JSON.stringify(first)) {
      throw new Violation('convergence', `tabs 0 and ${index} hold different records`)
    }
    if (JSON.stringify(stored) !== JSON.stringify(record)) {
      throw new Violation('convergence', `tab ${index} would find another record after a reload`)
    }
  })
}

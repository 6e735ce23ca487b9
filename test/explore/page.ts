import type { Answer } from '../../src/core/credentials.ts'
import type { Handoff, Purpose, Ticket } from '../../src/core/handoff.ts'
import type { Verdict } from '../../src/core/judge.ts'
import { type SessionRecord, sameRecord } from '../../src/core/record.ts'
import { patience } from './configuration.ts'
import { noteRecovery } from './oracle.ts'
import { checkGivenUp, checkRefusal, checkSettled } from './promises.ts'
import { replace } from './server.ts'
import {
  bit,
  createPage,
  createTab,
  type Flight,
  type FlightKind,
  type Setting,
  type Tab,
  touch,
  type Waiter,
  type World,
} from './world.ts'

/**
 * What the session around the core does, without its timers, promises and I/O: src/session in plain steps.
 *
 * Left out: that messages and the storage event are two ways (one mail here, that arrives in order and at any
 * time); snapshots, events, and the bodies of responses.
 */

/** The application sends a request. */
export function send(world: World, setting: Setting, index: number, kind: FlightKind, id: string): void {
  const { handoff } = touch(world, index)
  if (kind !== 'update-account') {
    dispatch(world, setting, index, kind, id, undefined)
    return
  }
  const { uids } = world.seen
  // The later one comes first in the alphabet: nothing may depend on its coming last.
  const email = `e${9 - uids.filter(uid => uid.startsWith('e')).length}`
  // The client knows what was asked for, too.
  world.seen = { ...world.seen, uids: [...uids, email] }
  setting.core.expectUid(handoff, email, world.now)
  changed(world, setting, index)
  dispatch(world, setting, index, kind, id, undefined, email)
}

/** A page sends a recovery that is due, unless another tab is at it. */
export function recover(world: World, setting: Setting, index: number, id: string): void {
  const first = runningRecoveries(world, index).length === 0
  if (first && world.tabs[1 - index] && runningRecoveries(world, 1 - index).length > 0) {
    failed(touch(world, index), world.now)
    changed(world, setting, index)
    return
  }
  // The lock is held until the news of the one before have arrived.
  while (world.tabs[index]!.mail.length > 0) hear(world, setting, index)
  if (recoveryDueAt(world, setting, index) > world.now) return
  touch(world, index).looked = true
  noteRecovery(world, setting)
  dispatch(world, setting, index, 'recovery', id, undefined)
}

function dispatch(
  world: World,
  { core }: Setting,
  index: number,
  kind: FlightKind,
  id: string,
  record: SessionRecord | undefined,
  email: string | null = null,
): void {
  const { handoff } = touch(world, index)
  const purpose: Purpose = kind === 'recovery' || kind === 'validation' || kind === 'sign-out' ? kind : 'call'
  const ticket = core.openTicket(
    handoff,
    { purpose, cacheable: kind === 'call', replayable: kind !== 'upload' },
    world.now,
    record,
  )
  if (ticket) world.flights.push(inFlight(ticket, kind, index, id, email))
}

function inFlight(
  ticket: NonNullable<Flight['ticket']>,
  kind: FlightKind,
  tab: number,
  id: string,
  email: string | null,
): Flight {
  const { token, client, uid } = ticket
  return {
    id,
    kind,
    tab,
    ticket,
    sequence: 0,
    token,
    client,
    uid,
    stage: 'sent',
    beganMs: 0,
    answer: null,
    email,
    aborted: false,
  }
}

export function signIn(world: World, { core, configuration }: Setting, index: number, id: string): void {
  const { handoff } = touch(world, index)
  const sequence = core.nextSequence(handoff)
  const client = `c${Object.keys(world.uids).length + 1}`
  const uid = configuration.sameUser ? handoff.record.uid.value || 'u1' : `u${client.slice(1)}`
  const credentials = { token: '', client, uid }
  world.flights.push({
    id,
    kind: 'sign-in',
    tab: index,
    ticket: null,
    sequence,
    ...credentials,
    stage: 'sent',
    beganMs: 0,
    answer: null,
    email: null,
    aborted: false,
  })
}

export function signOut(world: World, setting: Setting, index: number, id: string): void {
  const { handoff } = touch(world, index)
  const ended = setting.core.endSession(handoff)
  if (ended) dispatch(world, setting, index, 'sign-out', id, ended)
  changed(world, setting, index)
}

/**
 * The core writes on the ticket that it settles, and for a blank on the others too: what other branches of the
 * search have in flight must not change with it.
 */
function copyTickets(world: World, handoff: Handoff, settled: Ticket, all: boolean): Ticket {
  const copies = new Map<Ticket, Ticket>()
  for (const ticket of handoff.open) copies.set(ticket, all || ticket === settled ? { ...ticket } : ticket)
  handoff.open = new Set(copies.values())
  if (all) {
    world.flights = world.flights.map(flight => {
      const ticket = flight.ticket && copies.get(flight.ticket)
      return ticket ? { ...flight, ticket } : flight
    })
  }
  return copies.get(settled)!
}

/** A response's headers are there. */
export function deliver(world: World, setting: Setting, flight: Flight, answer: Answer): void {
  const { core } = setting
  const tab = touch(world, flight.tab)
  const { handoff } = tab
  noteReceived(world, answer)
  if (flight.kind === 'sign-in') {
    core.openSession(handoff, flight.sequence, answer, world.now)
    changed(world, setting, flight.tab)
    return
  }
  const before = handoff.record
  const ticket = copyTickets(world, handoff, flight.ticket!, answer.token === '')
  const { verdict } = core.settle(handoff, ticket, answer, world.now)
  checkSettled(world, setting, flight, answer, before, handoff.record)
  if (answer.token) world.cache ??= answer
  const waiter: Waiter = {
    flight: { ...flight, ticket },
    ticket,
    for: 'recovery',
    deadline: world.now + patience,
  }
  obey(world, setting, waiter, verdict, answer)
  changed(world, setting, flight.tab)
}

/** The browser says that no response will come, or the request was really aborted. */
export function lose(world: World, setting: Setting, flight: Flight): void {
  const tab = touch(world, flight.tab)
  giveUp(world, flight)
  if (!flight.ticket) return
  setting.core.lose(tab.handoff, flight.ticket, world.now)
  if (flight.kind === 'recovery') failed(tab, world.now)
  if (isOfSession(tab, flight)) world.seen = { ...world.seen, warned: true }
  changed(world, setting, flight.tab)
}

/** The page goes, and another is loaded in its place. */
export function reload(world: World, setting: Setting, index: number, warned: boolean): void {
  const { core } = setting
  const tab = touch(world, index)
  const leaving = world.flights.filter(flight => flight.tab === index && isAwaited(flight))
  for (const flight of leaving) {
    if (isOfSession(tab, flight)) world.seen = { ...world.seen, warned: true }
    giveUp(world, flight)
  }
  if (warned && core.loseAll(tab.handoff, world.now)) publish(world, index)
  const handoff = createPage(setting)
  core.receive(handoff, tab.stored)
  world.tabs[index] = {
    ...createTab(handoff, world.now),
    stored: tab.stored,
    // Messages do not reach the new page; what was written after its own last writing does.
    mail: tab.mail.filter(mail => !mail.overtaken),
  }
}

/** A message from another tab arrives, or its writing. */
export function hear(world: World, setting: Setting, index: number): void {
  const tab = touch(world, index)
  const mail = tab.mail.shift()!
  if (!mail.overtaken) tab.stored = mail.record
  setting.core.receive(tab.handoff, mail.record)
  changed(world, setting, index)
}

/** Another tab answers the question whether it has requests in flight. */
export function reply(world: World, setting: Setting, index: number): void {
  // It is given longer than any news takes, in both directions.
  for (const tab of [1 - index, index, 1 - index]) {
    while (world.tabs[tab]!.mail.length > 0) hear(world, setting, tab)
  }
  const tab = touch(world, index)
  const position = tab.waiters.findIndex(({ for: what }) => what === 'reply' || what === 'other-tabs')
  if (position < 0) return
  const [waiter] = tab.waiters.splice(position, 1) as [Waiter]
  const busy = world.tabs[1 - index]!.handoff.open.size > 0
  decide(world, setting, waiter, busy ? 'busy' : 'idle')
  changed(world, setting, index)
}

/** Everything that may have changed the record ends here: it is stored and told, and who waits is judged again. */
export function changed(world: World, setting: Setting, index: number): void {
  world.tabs[index]!.looked = false
  publish(world, index)
  for (let again = true; again; ) {
    again = false
    const tab = world.tabs[index]!
    for (const waiter of tab.waiters.slice()) {
      if (waiter.for === 'reply') continue
      tab.waiters.splice(tab.waiters.indexOf(waiter), 1)
      again = decide(world, setting, waiter, 'unknown') || again
    }
    publish(world, index)
  }
  validate(world, setting, index)
}

/** Asks who is signed in, after those whose verdict the answer may have changed. */
function validate(world: World, setting: Setting, index: number): void {
  if (!world.tabs[index]!.validates) return
  touch(world, index).validates = false
  if (runningRecoveries(world, index).length === 0)
    dispatch(world, setting, index, 'validation', 'who', undefined)
}

function decide(
  world: World,
  setting: Setting,
  waiter: Waiter,
  elsewhere: 'unknown' | 'busy' | 'idle',
): boolean {
  const { handoff } = world.tabs[waiter.flight.tab]!
  const patient = world.now < waiter.deadline
  return obey(world, setting, waiter, setting.core.judge(handoff, waiter.ticket, elsewhere, patient))
}

/** Does what the verdict says; returns whether the request waits no longer. */
function obey(
  world: World,
  setting: Setting,
  waiter: Waiter,
  verdict: Verdict,
  answer: Answer | null = null,
): boolean {
  const { flight } = waiter
  const tab = world.tabs[flight.tab]!
  if (verdict.action === 'wait' || verdict.action === 'ask') {
    tab.waiters.push({ ...waiter, for: verdict.action === 'ask' ? 'reply' : verdict.for })
    return false
  }
  if (verdict.action === 'replay') {
    if (flight.aborted) return true
    const ticket = { ...waiter.ticket }
    setting.core.reopenTicket(tab.handoff, ticket, world.now)
    world.flights.push(inFlight(ticket, flight.kind, flight.tab, flight.id, flight.email))
    return true
  }
  const status = answer?.status ?? 401
  if (!flight.aborted) setting.delivered?.(flight.id, status)
  if (flight.kind === 'update-password' && status === 200 && answer?.token === null) tab.validates = true
  if (verdict.action === 'sign-out') checkGivenUp(world, setting, flight.client)
  else if (verdict.reason !== 'answered') checkRefusal(world, setting, waiter, tab.handoff.record)
  if (flight.kind === 'recovery') {
    if (answer && answer.status > 401) failed(tab, world.now)
    else Object.assign(tab, { failures: 0, failedAt: 0 })
  }
  return true
}

/** What the storage does not hold yet is written and told; also when another tab's older writing came after. */
function publish(world: World, index: number): void {
  const tab = world.tabs[index]!
  const { record } = tab.handoff
  const known = sameRecord(record, tab.stored)
  tab.stored = record
  if (known) return
  tab.mail = tab.mail.map(mail => (mail.overtaken ? mail : { ...mail, overtaken: true }))
  world.tabs.forEach((_, other) => {
    if (other === index) return
    const { mail, stored } = world.tabs[other]!
    // What changes nothing there is no event there.
    const last = mail.findLast(({ overtaken }) => !overtaken)?.record ?? stored
    if (!sameRecord(last, record)) {
      touch(world, other).mail.push({ record, overtaken: false })
    }
  })
}

function noteReceived(world: World, { token, uid }: Answer): void {
  const { received, uids } = world.seen
  if (token) world.seen = { ...world.seen, received: received | bit(token) }
  if (uid && !uids.includes(uid)) world.seen = { ...world.seen, uids: [...uids, uid] }
}

function failed(tab: Tab, now: number): void {
  tab.failures++
  tab.failedAt = now
}

/** Nobody waits for the answer any more; the server may still take the request on. */
export function giveUp(world: World, flight: Flight): void {
  replace(world, flight, flight.stage === 'answered' ? null : { ...flight, ticket: null, sequence: 0 })
}

export function isAwaited({ ticket, kind, sequence }: Flight): boolean {
  return ticket !== null || (kind === 'sign-in' && sequence > 0)
}

function isOfSession({ handoff: { record } }: Tab, { ticket }: Flight): boolean {
  return ticket !== null && ticket.client === record.client
}

/** The tickets of the recoveries that a page has under way, in flight or waiting. */
export function runningRecoveries(world: World, index: number): Ticket[] {
  const running: Ticket[] = []
  for (const { tab, kind, ticket } of world.flights) {
    if (tab === index && kind === 'recovery' && ticket) running.push(ticket)
  }
  for (const { flight, ticket } of world.tabs[index]!.waiters) {
    if (flight.kind === 'recovery') running.push(ticket)
  }
  return running
}

/** When the core wants a recovery. A page whose recovery failed waits for a random time; here for the middle of it. */
export function recoveryDueAt(world: World, { core }: Setting, index: number): number {
  const { handoff, startedAt, failures, failedAt } = world.tabs[index]!
  return core.recoveryDue(handoff, { now: world.now, startedAt, failures, failedAt, jitter: 0.5 })
}

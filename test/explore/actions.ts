import { type RequestKind, twoWeeks } from './configuration.ts'
import { noteStep, noteWait } from './oracle.ts'
import {
  changed,
  deliver,
  giveUp,
  hear,
  isAwaited,
  lose,
  recover,
  recoveryDueAt,
  reload,
  reply,
  runningRecoveries,
  send,
  signIn,
  signOut,
} from './page.ts'
import { checkRecords } from './promises.ts'
import { bare, beginAtServer, finishAtServer, replace } from './server.ts'
import { type Budget, type Flight, fork, type Setting, touch, type World } from './world.ts'

/** One step of a schedule. What a step is about is named, so that steps can be left out and still make sense. */
export type Action =
  | { do: 'send'; tab: number; kind: RequestKind; id: string }
  /** The server takes the request on. */
  | { do: 'begin'; id: string }
  /** The server answers it. */
  | { do: 'finish'; id: string }
  /** The answer's headers arrive. */
  | { do: 'deliver'; id: string }
  /** The sender hears that no answer will come. */
  | { do: 'lose'; id: string }
  /** A gateway answers in the server's place. */
  | { do: 'gateway'; id: string }
  /** The browser's cache answers with an answer of long ago. */
  | { do: 'cached'; id: string }
  /** The same, with a blank. */
  | { do: 'cached-blank'; id: string }
  /** The application gives it up. */
  | { do: 'abort'; id: string }
  | { do: 'reload'; tab: number }
  | { do: 'crash'; tab: number }
  | { do: 'sign-in'; tab: number; id: string }
  | { do: 'sign-out'; tab: number; id: string }
  /** What another tab has told or written arrives. */
  | { do: 'hear'; tab: number }
  /** The other tab says whether it is busy. */
  | { do: 'reply'; tab: number }
  /** A recovery that is due is sent. */
  | { do: 'recover'; tab: number; id: string }
  | { do: 'wait'; ms: number }
  /** A deploy shortens the lifespan of tokens. */
  | { do: 'deploy' }

/** How long a page waits for the answer to a recovery, in milliseconds. */
const answerTime = 10_000
/** How often a page with requests in flight looks whether a recovery is due. */
const glance = 1_000

/** Every step that may come next. */
export function enabled(world: World, setting: Setting): Action[] {
  const { left, tabs } = world
  const actions: Action[] = []
  let urgent = false
  tabs.forEach((tab, index) => {
    if (isAsking(world, index)) {
      actions.push({ do: 'reply', tab: index })
      urgent = true
    }
    if (isRecoveryDue(world, setting, index)) {
      actions.push({ do: 'recover', tab: index, id: nextId(world, 'r') })
      urgent = true
    }
    if (tab.mail.length > 0) actions.push({ do: 'hear', tab: index })
  })
  for (const flight of world.flights) actions.push(...stepsOf(flight, left))
  tabs.forEach(({ handoff }, tab) => {
    if (handoff.record.client !== null) {
      for (const kind of Object.keys(left.requests) as RequestKind[]) {
        if (left.requests[kind]! === 0) continue
        // A validation joins a recovery that is under way.
        if (kind === 'validation' && runningRecoveries(world, tab).length > 0) continue
        actions.push({ do: 'send', tab, kind, id: nextId(world, 'abcdefg') })
      }
      if (left.signOuts > 0) actions.push({ do: 'sign-out', tab, id: 'out' })
    }
    if (left.signIns > 0) actions.push({ do: 'sign-in', tab, id: nextId(world, 'in') })
    if (left.reloads > 0) actions.push({ do: 'reload', tab })
    if (left.crashes > 0) actions.push({ do: 'crash', tab })
  })
  if (left.deploys > 0) actions.push({ do: 'deploy' })
  if (!urgent) actions.push(...waits(world, setting))
  return actions
}

function stepsOf(flight: Flight, left: Budget): Action[] {
  const { id, stage, kind } = flight
  const awaited = isAwaited(flight)
  const actions: Action[] = []
  if (stage === 'sent') actions.push({ do: 'begin', id })
  if (stage === 'begun') actions.push({ do: 'finish', id })
  if (stage === 'answered') actions.push({ do: 'deliver', id })
  if (!awaited) return actions
  if (left.losses > 0 || flight.aborted) actions.push({ do: 'lose', id })
  if (left.gateways > 0 && kind !== 'sign-in') actions.push({ do: 'gateway', id })
  if (left.cached > 0 && kind === 'call' && stage === 'sent') {
    actions.push({ do: 'cached', id }, { do: 'cached-blank', id })
  }
  const application = ['call', 'upload', 'email', 'validation'].includes(kind)
  if (left.aborts > 0 && application && !flight.aborted) actions.push({ do: 'abort', id })
  return actions
}

function waits(world: World, setting: Setting): Action[] {
  const { left, now } = world
  const timer = nextTimer(world, setting)
  const end = Math.min(timer, nextTimeout(world))
  const times = new Set(
    Object.keys(left.waits)
      .filter(ms => left.waits[Number(ms)]! > 0)
      .map(ms => now + Number(ms)),
  )
  if (isTimerFree(world)) times.add(timer)
  // A recovery that is not answered in time is lost.
  if (left.losses > 0 && left.silences > 0) times.add(end)
  return [...times]
    .filter(time => time <= end && time > now && time < Infinity)
    .map(time => ({ do: 'wait', ms: time - now }))
}

/** Until the next timer it costs nothing to wait, unless something is in the air: then it is a silence. */
function isTimerFree({ flights, left }: World): boolean {
  return left.silences > 0 || !flights.some(isAwaited)
}

/** When a page gives up the recovery that it has sent. */
function nextTimeout({ flights }: World): number {
  let timeout = Infinity
  for (const { kind, ticket } of flights) {
    if (kind === 'recovery' && ticket) timeout = Math.min(timeout, ticket.sentAt + answerTime)
  }
  return timeout
}

/** When something happens in a page by itself, after now. */
export function nextTimer(world: World, setting: Setting): number {
  let timer = Infinity
  world.tabs.forEach(({ waiters, looked, handoff }, index) => {
    const due = recoveryDueAt(world, setting, index)
    // While requests are in flight a page looks every second.
    const look = looked || handoff.open.size > 0 ? Math.max(due, world.now + glance) : due
    const next = due > world.now ? due : look
    if (next < Infinity && mayRecover(world, index, next)) timer = Math.min(timer, next)
    if (!setting.configuration.patience) return
    for (const { deadline } of waiters) if (deadline > world.now) timer = Math.min(timer, deadline)
  })
  return timer
}

function isRecoveryDue(world: World, setting: Setting, index: number): boolean {
  return (
    !world.tabs[index]!.looked &&
    mayRecover(world, index, world.now) &&
    recoveryDueAt(world, setting, index) <= world.now
  )
}

/** Beside a recovery that is silent for a while there may be a second one, never a third. */
function mayRecover(world: World, index: number, now: number): boolean {
  const [first, ...others] = runningRecoveries(world, index)
  if (!first) return true
  const silent = world.tabs[index]!.handoff.open.has(first) && now - first.sentAt >= glance
  return silent && others.length === 0
}

/** A page asks when it has to know, and again and again as long as the other tab is busy. */
function isAsking({ tabs }: World, index: number): boolean {
  const otherIsIdle = tabs[1 - index]?.handoff.open.size === 0
  return tabs[index]!.waiters.some(
    waiter => waiter.for === 'reply' || (waiter.for === 'other-tabs' && otherIsIdle),
  )
}

function nextId({ flights, tabs }: World, letters: string): string {
  const taken = new Set(flights.map(({ id }) => id))
  for (const { waiters } of tabs) for (const { flight } of waiters) taken.add(flight.id)
  for (let round = 1; ; round++) {
    for (const letter of letters.length > 2 ? letters : [letters]) {
      const id = letters.length > 2 && round === 1 ? letter : `${letter}${round}`
      if (!taken.has(id)) return id
    }
  }
}

/** The world after a step, or null when the step makes no sense in it. Throws a Violation. */
export function apply(world: World, setting: Setting, action: Action): World | null {
  const next = step(world, setting, action)
  if (!next) return null
  noteStep(next, setting)
  checkRecords(world, next, setting)
  return next
}

function step(world: World, setting: Setting, action: Action): World | null {
  if (action.do === 'wait') return wait(world, setting, action.ms)
  if (action.do === 'deploy') {
    return { ...spend(fork(world), 'deploys'), lifespan: (setting.configuration.lifespan ?? twoWeeks) / 2 }
  }
  if ('tab' in action) return stepOfTab(fork(world), setting, action)
  const flight = world.flights.find(({ id }) => id === action.id)
  return flight ? stepOfFlight(world, setting, action.do, flight) : null
}

function stepOfFlight(
  world: World,
  setting: Setting,
  what: (Action & { id: string })['do'],
  flight: Flight,
): World | null {
  const { stage } = flight
  if (what === 'begin') return stage === 'sent' ? beginAtServer(world, setting, flight) : null
  if (what === 'finish') return stage === 'begun' ? finishAtServer(world, setting, flight) : null
  if (!isAwaited(flight)) return null
  const next = fork(world)
  if (what === 'deliver') {
    if (!flight.answer) return null
    replace(next, flight, null)
    deliver(next, setting, flight, flight.answer)
  } else if (what === 'lose') {
    if (!flight.aborted) spend(next, 'losses')
    lose(next, setting, flight)
  } else if (what === 'cached' || what === 'cached-blank') {
    if (!world.cache || stage !== 'sent') return null
    spend(next, 'cached')
    replace(next, flight, null)
    const blank = { token: '', expiry: Number.NaN, bearer: false }
    deliver(next, setting, flight, what === 'cached' ? world.cache : { ...world.cache, ...blank })
  } else if (what === 'gateway') {
    spend(next, 'gateways')
    giveUp(next, flight)
    deliver(next, setting, flight, bare(502))
  } else if (what === 'abort') {
    spend(next, 'aborts')
    replace(next, flight, { ...flight, aborted: true })
  }
  return next
}

function stepOfTab(world: World, setting: Setting, action: Action & { tab: number }): World | null {
  const { tab } = action
  const page = world.tabs[tab]
  if (!page) return null
  const signedIn = page.handoff.record.client !== null
  switch (action.do) {
    case 'send': {
      if (!signedIn) return null
      const { requests } = world.left
      const left = (requests[action.kind] ?? 0) - 1
      world.left = { ...world.left, requests: { ...requests, [action.kind]: left } }
      send(world, setting, tab, action.kind, action.id)
      break
    }
    case 'recover':
      if (!isRecoveryDue(world, setting, tab)) return null
      recover(world, setting, tab, action.id)
      break
    case 'hear':
      if (page.mail.length === 0) return null
      hear(world, setting, tab)
      break
    case 'reply':
      if (!isAsking(world, tab)) return null
      reply(world, setting, tab)
      break
    case 'reload':
      reload(spend(world, 'reloads'), setting, tab, true)
      break
    case 'crash':
      reload(spend(world, 'crashes'), setting, tab, false)
      break
    case 'sign-in':
      signIn(spend(world, 'signIns'), setting, tab, action.id)
      break
    case 'sign-out':
      if (!signedIn) return null
      signOut(spend(world, 'signOuts'), setting, tab, action.id)
      break
  }
  return world
}

function wait(world: World, setting: Setting, ms: number): World | null {
  if (world.tabs.some((_, index) => isAsking(world, index) || isRecoveryDue(world, setting, index)))
    return null
  const timer = Math.min(nextTimer(world, setting), nextTimeout(world))
  if (timer <= world.now) return null
  const next = fork(world)
  noteWait(next, setting)
  next.now = Math.min(world.now + ms, timer)
  next.left = afterWait(world, ms, next.now === world.now + ms && next.now < timer)
  next.tabs.forEach((tab, index) => {
    next.tabs[index] = { ...tab, looked: false }
    if (tab.waiters.some(({ deadline }) => deadline <= next.now)) {
      touch(next, index)
      changed(next, setting, index)
    }
  })
  return next
}

function afterWait({ left, flights }: World, ms: number, ofBudget: boolean): Budget {
  const { waits, silences } = left
  if (ofBudget && waits[ms]) return { ...left, waits: { ...waits, [ms]: waits[ms] - 1 } }
  return flights.some(isAwaited) ? { ...left, silences: silences - 1 } : left
}

function spend(world: World, what: Exclude<keyof Budget, 'requests' | 'waits'>): World {
  world.left = { ...world.left, [what]: world.left[what] - 1 }
  return world
}

import type { Answer } from '../../src/core/credentials.ts'
import type { Handoff, Ticket } from '../../src/core/handoff.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import { begin, type Clients, type Rules, signIn } from '../../src/mock/rules.ts'
import { buffer, type Configuration, type RequestKind, twoWeeks } from './configuration.ts'
import type { Core } from './core.ts'
import type { Loss } from './oracle.ts'

/**
 * Everything there is at one moment: the server, the network, the tabs, the time, and what has been seen.
 * Parts are replaced, never changed, so that a fork is a copy of the outermost objects.
 */
export interface World {
  now: number
  clients: Clients
  /** The user's name, by client id. */
  uids: Readonly<Record<string, string>>
  lifespan: number
  minted: number
  flights: Flight[]
  tabs: Tab[]
  /** How much of each bound is left. */
  left: Budget
  seen: Seen
  /** The oldest answer with a token that an HTTP cache may still hold. */
  cache: Answer | null
}

export type FlightKind = RequestKind | 'recovery' | 'sign-out' | 'sign-in'

/** A request on its way. */
export interface Flight {
  /** For the reader of a schedule; two worlds that differ in ids alone are one. */
  readonly id: string
  readonly kind: FlightKind
  readonly tab: number
  /** Null when nobody waits for the answer, or it is a sign-in. */
  readonly ticket: Ticket | null
  /** A sign-in's number. */
  readonly sequence: number
  readonly token: string
  readonly client: string
  readonly uid: string
  readonly stage: 'sent' | 'begun' | 'answered'
  readonly beganMs: number
  readonly answer: Answer | null
  /** The email that an account update asks for. */
  readonly email: string | null
  /** The application has given it up. */
  readonly aborted: boolean
}

/** A refused request that waits to be judged again. */
export interface Waiter {
  readonly flight: Flight
  readonly ticket: Ticket
  readonly for: 'in-flight' | 'recovery' | 'other-tabs' | 'reply'
  readonly deadline: number
}

/** A tab: its page, and the storage as its process sees it. */
export interface Tab {
  handoff: Handoff
  waiters: Waiter[]
  startedAt: number
  /** Recoveries in a row without a usable answer, and when the last ended. */
  failures: number
  failedAt: number
  /** Whether it was looked, since something changed, if a recovery is due. */
  looked: boolean
  /** A password's change left no credentials: a validation comes next. */
  validates: boolean
  stored: SessionRecord
  /** What other tabs have written and told, and this one has not heard yet. */
  mail: Mail[]
}

export interface Mail {
  readonly record: SessionRecord
  /** This tab has written since: to the storage it is old news. */
  readonly overtaken: boolean
}

export interface Budget {
  requests: Partial<Record<RequestKind, number>>
  losses: number
  aborts: number
  reloads: number
  crashes: number
  signOuts: number
  signIns: number
  deploys: number
  cached: number
  gateways: number
  silences: number
  waits: Readonly<Record<number, number>>
}

/** What an onlooker remembers who sees both sides. It decides nothing; the promises are judged by it. */
export interface Seen {
  /** The tokens that any page of this client has received, as bits by the order of minting. */
  received: number
  /** The user's names that it has received. */
  uids: readonly string[]
  /** The server has rotated beyond what was received, and the client has heard of a loss that may explain it. */
  warned: boolean
  /** Time has passed in which a client that knew of a loss could have asked for a recovery, and did not. */
  waitedWarned: boolean
  /** Time has passed in which a request was silent, and a second one could have saved the session. */
  waitedSilent: boolean
  /** A request that had been given up has rotated beyond what was received. */
  orphaned: boolean
  /** A slow request has opened the buffer again for a token that was dead. */
  reopened: boolean
  /** A request that nobody waited for any more has opened the buffer again for a token that was dead. */
  revived: boolean
}

/** What stays the same during a search. */
export interface Setting {
  readonly configuration: Configuration
  readonly core: Core
  /** Hears of each session that is given up with no promise broken. */
  readonly lost: (loss: Loss) => void
  /** Hears of each answer that the application gets. */
  readonly delivered?: (id: string, status: number) => void
}

export const unseen: Omit<Seen, 'received' | 'uids'> = {
  warned: false,
  waitedWarned: false,
  waitedSilent: false,
  orphaned: false,
  reopened: false,
  revived: false,
}

const signedInAt = 1_000_000
const calmAfter = 60_000

export function createWorld(setting: Setting): World {
  const { configuration: c, core } = setting
  const now = signedInAt + (c.phase ?? 0)
  const lifespan = c.lifespan ?? twoWeeks
  const world: World = {
    now,
    clients: [],
    uids: { c1: 'u1' },
    lifespan,
    minted: 0,
    flights: [],
    tabs: [],
    left: {
      requests: c.requests,
      losses: c.losses ?? 0,
      aborts: c.aborts ?? 0,
      reloads: c.reloads ?? 0,
      crashes: c.crashes ?? 0,
      signOuts: c.signOuts ?? 0,
      signIns: c.signIns ?? 0,
      deploys: c.deploys ?? 0,
      cached: c.cached ?? 0,
      gateways: c.gateways ?? 0,
      silences: c.silences ?? 0,
      waits: c.waits ?? {},
    },
    seen: { received: 0, uids: ['u1'], ...unseen },
    cache: null,
  }
  const answer = signInAtServer(world, setting, 'c1')
  world.seen.received = bit(answer.token!)
  const first = createPage(setting)
  core.openSession(first, core.nextSequence(first), answer, now)
  if (c.start !== 'fresh') world.now += calmAfter
  if (c.otherDevice) {
    world.uids = { ...world.uids, d1: 'u1' }
    signInAtServer(world, setting, 'd1')
  }
  for (let tab = 0; tab < c.tabs; tab++) {
    const handoff = tab === 0 && c.start === 'fresh' ? first : createPage(setting)
    core.receive(handoff, first.record)
    world.tabs.push(createTab(handoff, world.now))
  }
  return world
}

export function createPage({ configuration: { recovers = true, tabs }, core }: Setting): Handoff {
  return core.createHandoff({ recovers, shared: tabs > 1, buffer })
}

export function createTab(handoff: Handoff, now: number): Tab {
  return {
    handoff,
    waiters: [],
    startedAt: now,
    failures: 0,
    failedAt: 0,
    looked: false,
    validates: false,
    stored: handoff.record,
    mail: [],
  }
}

export function fork(world: World): World {
  return { ...world, flights: world.flights.slice(), tabs: world.tabs.slice() }
}

/** The tab, as a copy that may be changed. */
export function touch(world: World, index: number): Tab {
  const tab = world.tabs[index]!
  const { handoff } = tab
  const copy = {
    ...tab,
    handoff: { ...handoff, open: new Set(handoff.open) },
    waiters: tab.waiters.slice(),
    mail: tab.mail.slice(),
  }
  world.tabs[index] = copy
  return copy
}

/** Tokens are named by their client and the order of minting, so that an onlooker can tell their age. */
export function mint(world: World, client: string): string {
  world.minted++
  if (world.minted > 30) throw new Error('More tokens than bits')
  return `${client}:${world.minted}`
}

export function mintedAs(token: string): number {
  return Number(token.slice(token.indexOf(':') + 1))
}

export function ownerOf(token: string): string {
  return token.slice(0, token.indexOf(':'))
}

export function bit(token: string): number {
  return 1 << mintedAs(token)
}

export function rulesOf(world: World, { configuration: { rules } }: Setting): Rules {
  return {
    generation: rules,
    throttleMs: buffer,
    lifespanMs: world.lifespan,
    changeHeaders: true,
    maxDevices: 10,
  }
}

export function signInAtServer(world: World, setting: Setting, client: string): Answer {
  const finish = signIn(rulesOf(world, setting), world.clients, client, world.now, () => mint(world, client))
  world.clients = finish.clients
  if (finish.kind !== 'rotated') throw new Error('A sign-in rotates')
  return {
    status: 200,
    token: finish.token,
    client,
    uid: world.uids[client]!,
    expiry: finish.expiry,
    bearer: setting.configuration.rules !== '1.2.0',
  }
}

/** Whether the server would accept a request with this token now. */
export function accepts(world: World, setting: Setting, client: string, token: string): boolean {
  return begin(rulesOf(world, setting), world.clients, { client, token }, world.now) !== null
}

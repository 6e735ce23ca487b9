import type { Random } from './random.ts'

export const networkNames = ['good', 'spa', 'mobile', 'reloads'] as const
export type NetworkName = (typeof networkNames)[number]

/** How a network and its user behave: probabilities per request, per call (abort) and per page view (reload). */
export interface Network {
  requestLost: number
  answerLost: number
  slow: number
  abort: number
  reload: number
}

export const networks: Record<NetworkName, Network> = {
  good: { requestLost: 0.0002, answerLost: 0.0002, slow: 0.005, abort: 0, reload: 0 },
  spa: { requestLost: 0.002, answerLost: 0.002, slow: 0.02, abort: 0.02, reload: 0.01 },
  mobile: { requestLost: 0.02, answerLost: 0.02, slow: 0.1, abort: 0.05, reload: 0.03 },
  reloads: { requestLost: 0.002, answerLost: 0.002, slow: 0.02, abort: 0.02, reload: 0.15 },
}

/** Where the text that the model comes from can be read in two ways: the first reading is the default. */
export interface Reading {
  /** One draw makes all three parts of a request slow, or each part (up, work, down) has its own draw. */
  slow: 'request' | 'part'
  /** A lost answer is noticed 5 s after the server sent it, or (unless that is earlier) after it was asked for. */
  noticed: 'after-answer' | 'after-request'
  /** The calls of a reloaded page begin when its validation is settled, or together with it. */
  afterReload: 'validated' | 'together'
  /** A page that was reloaded is not reloaded again, or is as likely to be as any. */
  reloads: 'once' | 'again'
  /** The next page view comes a gap after the last call of this one began, or was settled. */
  gap: 'begun' | 'settled'
}

export const defaultReading: Reading = {
  slow: 'request',
  noticed: 'after-answer',
  afterReload: 'validated',
  reloads: 'once',
  gap: 'begun',
}

/** What becomes of one request on the wire. Times in milliseconds. */
export interface Fate {
  requestLost: boolean
  answerLost: boolean
  up: number
  work: number
  down: number
}

export function drawFate(network: Network, reading: Reading, random: Random): Fate {
  const requestLost = random.chance(network.requestLost)
  const answerLost = random.chance(network.answerLost)
  const slow = random.chance(network.slow)
  const isSlow = () => (reading.slow === 'part' ? random.chance(network.slow) : slow)
  const latency = () => 20 + random.exponential(60) + (isSlow() ? random.exponential(4_000) : 0)
  const up = latency()
  const work = 5 + random.exponential(60) + (isSlow() ? random.exponential(6_000) : 0)
  return { requestLost, answerLost, up, work, down: latency() }
}

/** How long the client waits for the failure of a request that never arrived. */
export const lostRequestNoticed = 2_000
export const lostAnswerNoticed = 5_000
/** Browsers open this many connections to one host. */
export const connections = 6

/** What a user does to the account: with the calls of a page view in flight. */
export interface AccountAct {
  /** A sign-out is followed by a sign-in; a sign-in alone takes the present session's place. */
  kind: 'email' | 'password' | 'sign-out' | 'sign-in'
  /** Milliseconds into the page view. */
  at: number
  /** Milliseconds from a sign-out to the next sign-in. */
  pause: number
}

/** How often that is, with `--account`: the probability per page view. */
export const accountShare = 0.1

export function planAccountAct(share: number, random: Random): AccountAct | null {
  if (!random.chance(share)) return null
  const kinds = ['email', 'email', 'password', 'sign-out', 'sign-in'] as const
  const kind = kinds[Math.floor(random.next() * kinds.length)]!
  return { kind, at: random.exponential(300), pause: random.exponential(500) }
}

export interface PlannedCall {
  /** Milliseconds into the page view. */
  at: number
  /** Milliseconds after its beginning; null: the user lets it run. */
  abortAfter: number | null
  fate: Fate
}

export interface PageView {
  calls: PlannedCall[]
  /** Milliseconds into the page view; null: it is not reloaded. */
  reloadAt: number | null
  /** Milliseconds until the next one. */
  gap: number
  /** The same view once more, after the reload. */
  again: PageView | null
}

export function planPageView(network: Network, reading: Reading, random: Random, mayReload = true): PageView {
  const count = 1 + Math.floor(random.next() * 8)
  const calls = Array.from({ length: count }, (_, index) => ({
    at: index === 0 || random.chance(0.75) ? 0 : random.next() * 3_000,
    abortAfter: random.chance(network.abort) ? random.exponential(120) : null,
    fate: drawFate(network, reading, random),
  }))
  calls.sort((a, b) => a.at - b.at)
  const gap = random.chance(0.5) ? random.exponential(2_500) : 5_000 + random.exponential(15_000)
  const reloadAt = mayReload && random.chance(network.reload) ? random.exponential(300) : null
  const again = reloadAt === null ? null : planPageView(network, reading, random, reading.reloads === 'again')
  return { calls, reloadAt, gap, again }
}

import { type Handoff, storedToken } from '../core/handoff.ts'
import { type RecoveryCircumstances, recoveryDue } from '../core/recovery.ts'
import type { Emitter, SessionEvents } from './events.ts'
import type { Exchange, Flight } from './exchange.ts'
import type { Tabs } from './tabs.ts'
import { readJson, transmit } from './transmit.ts'

/** What the server said of the session when it was asked. */
export interface Validation {
  status: number
  /** The body's JSON, or undefined. */
  body: unknown
}

export interface Recovery {
  /** Looks again when a recovery is due; called after whatever may have changed that. */
  reconsider(): void
  /** Makes sure that it is looked at again while requests are in flight. */
  watchFlights(): void
  /** The validation that is under way, if one is, for others to join. */
  joined(): Promise<Validation | null> | null
  stop(): void
}

export interface RecoveryHost {
  handoff: Handoff
  exchange: Exchange
  tabs: Tabs
  emitter: Emitter<SessionEvents>
  refresh(): void
  changed(): void
  send(headers: Record<string, string>, signal: AbortSignal): Promise<Response>
  unavailable(status: number): void
}

/** How often it is looked whether a request in flight has been silent for too long, in milliseconds. */
const glance = 1_000
const answerTime = 10_000
/** A silent recovery may have a second one beside it, never a third. */
const mostAtOnce = 2

/** Asks the server for a fresh token when the core finds that due, one tab at a time. */
export function createRecovery(host: RecoveryHost): Recovery {
  const { handoff, exchange, emitter } = host
  const startedAt = Date.now()
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = 0
  let current: Promise<Validation | null> | null = null
  let failures = 0
  let failedAt = 0
  let jitter = Math.random()
  let stopped = false

  const circumstances = (): RecoveryCircumstances => ({
    now: Date.now(),
    startedAt,
    failures,
    failedAt,
    jitter,
  })
  const offline = () => globalThis.navigator?.onLine === false

  function arm(delay: number) {
    clearTimeout(timer)
    timer = setTimeout(look, delay)
    ;(timer as { unref?: () => void }).unref?.()
  }

  function look() {
    timer = undefined
    if (stopped) return
    const due = recoveryDue(handoff, circumstances())
    const now = Date.now()
    if (due <= now && running < mostAtOnce && !offline()) start()
    else if (due > now && due < Infinity) arm(Math.min(due - now, 2 ** 31 - 1))
    if (timer === undefined && handoff.open.size > 0) arm(glance)
  }

  function start() {
    running++
    const attempt = recover()
    current = attempt
    void attempt.finally(() => {
      running--
      if (current === attempt) current = null
      host.changed()
    })
  }

  async function recover(): Promise<Validation | null> {
    let validation: Validation | null = null
    // A second one beside a silent first stands under the lock that the first holds.
    const exclusively = running > 1 ? noLock : host.tabs.exclusively
    const ran = await exclusively(async () => {
      host.refresh()
      if (recoveryDue(handoff, circumstances()) > Date.now()) return
      validation = await attempt()
    })
    if (!ran) failed()
    return validation
  }

  async function attempt(): Promise<Validation | null> {
    const flight = exchange.begin({ method: 'GET', cache: 'no-store' }, 'recovery')
    if (!flight) return null
    emitter.emit('recovering', () => ({ sequence: flight.ticket.sequence }))
    const before = storedToken(handoff)
    let response: Response
    try {
      response = await transmit(exchange, flight, () => sendBounded(flight))
    } catch {
      failed()
      emitter.emit('recovered', () => ({ outcome: 'failed' }))
      return null
    }
    return conclude(response.status, storedToken(handoff) !== before, await readJson(response))
  }

  async function sendBounded({ headers }: Flight): Promise<Response> {
    const patience = new AbortController()
    const timeout = setTimeout(() => patience.abort(), answerTime)
    try {
      return await host.send(headers, patience.signal)
    } finally {
      clearTimeout(timeout)
    }
  }

  function conclude(status: number, renewed: boolean, body: unknown): Validation | null {
    const answered = status === 401 || (status >= 200 && status < 300)
    if (answered) failures = 0
    else if (status === 404 || status === 405 || status === 410) host.unavailable(status)
    else failed()
    emitter.emit('recovered', () => ({
      outcome: status === 401 ? 'rejected' : !answered ? 'failed' : renewed ? 'token' : 'confirmed',
    }))
    return answered ? { status, body } : null
  }

  function failed() {
    failures++
    failedAt = Date.now()
    jitter = Math.random()
  }

  return {
    reconsider() {
      if (!stopped && recoveryDue(handoff, circumstances()) < Infinity) look()
    },
    watchFlights() {
      if (timer === undefined && !stopped) arm(glance)
    },
    joined: () => current,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

async function noLock(act: () => Promise<void>): Promise<boolean> {
  await act()
  return true
}

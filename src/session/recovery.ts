import { recoveryDue } from '../core/recovery.ts'
import type { SessionContext } from './context.ts'
import { longestTime } from './options.ts'
import { readJson, responses } from './response.ts'
import { transmit } from './transmit.ts'

/** What the server said of the session when it was asked. */
export interface Validation {
  status: number
  /** The body's JSON, or undefined. */
  body: unknown
}

export interface Recovery {
  /** Looks again whether a recovery is due; called after whatever may have changed that. */
  reconsider(): void
  /** Sees to it that it is looked again while requests are in flight. */
  watchFlights(): void
  /** The recovery that is under way, for a validation to join; null when none is. */
  underWay(): Promise<Validation | null> | null
  stop(): void
}

/** How often it is looked whether a request in flight has been silent for too long, in milliseconds. */
const glance = 1_000
/** How long a recovery may take, in milliseconds. */
const answerTime = 60_000
/** So many answers in a row without token headers are no accident: each success may have rotated, unseen. */
const mostBare = 4
/** A silent recovery may have a second one beside it, never a third. */
const mostAtOnce = 2

/** Asks the server for a fresh token when the core finds that due, one tab at a time. */
export function createRecovery(context: SessionContext): Recovery {
  const { handoff, exchange, tabs, emit, settings } = context
  const startedAt = Date.now()
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = 0
  let joint: Joint | null = null
  let failures = 0
  /** Answers in a row that showed no token headers. */
  let bare = 0
  let failedAt = 0
  let jitter = Math.random()
  let stopped = false

  const dueAt = () => recoveryDue(handoff, { now: Date.now(), startedAt, failures, failedAt, jitter })

  function arm(delay: number) {
    timer = setTimeout(look, Math.min(delay, longestTime))
    // In Node a timer would keep the process alive.
    ;(timer as { unref?: () => void }).unref?.()
  }

  function look() {
    if (stopped) return
    clearTimeout(timer)
    timer = undefined
    const wait = dueAt() - Date.now()
    if (wait > 0) {
      if (wait < Infinity) arm(wait)
    } else if (mayStart() && (globalThis.navigator?.onLine !== false || handoff.suspect !== null)) start()
    if (timer === undefined && handoff.open.size > 0) arm(glance)
  }

  /** Beside a silent one, never beside one that was refused and waits for other requests. */
  function mayStart() {
    let silent = 0
    for (const { purpose, sentAt } of handoff.open) {
      if (purpose === 'recovery' && Date.now() - sentAt >= glance) silent++
    }
    return running <= silent && running < mostAtOnce
  }

  function start() {
    let validation: Validation | null = null
    const act = async () => {
      context.refresh()
      if (dueAt() <= Date.now()) validation = await recover()
    }
    const { epoch } = handoff.record
    if (joint?.epoch !== epoch) joint = awaited({ epoch, running: 0 })
    const joined = joint
    joined.running++
    // A second one beside a silent first stands under the lock that the first holds.
    const ran = running > 0 ? act().then(() => true) : tabs.exclusively(act)
    running++
    void ran.then(done => {
      if (!done) failed()
      running--
      joined.running--
      if (validation || joined.running === 0) {
        joined.end(validation)
        if (joined.running > 0) awaited(joined)
        else if (joint === joined) joint = null
      }
      context.changed()
      // A second one may have been lost while this one was under way.
      if (timer === undefined && dueAt() < Infinity) arm(glance)
    })
  }

  async function recover(): Promise<Validation | null> {
    const flight = exchange.begin({ cache: 'no-store', url: settings.recoveryUrl! }, 'recovery')
    if (!flight) return null
    emit('recovering', { attempt: failures + 1 })
    const patience = new AbortController()
    const timeout = setTimeout(() => patience.abort(), answerTime)
    const send = () =>
      context.call(settings.recoveryUrl!, {
        headers: flight.headers,
        signal: patience.signal,
        cache: 'no-store',
      })
    let status = 0
    try {
      const response = await transmit(exchange, flight, send, responses)
      status = response.status
      const answered = response.ok || status === 401
      const body = await readJson(response)
      // A page in the API's place, or one whose headers are hidden, tells nothing of the token.
      const told = status === 401 || handoff.vouched?.at === flight.ticket.sentAt
      if (answered && told) failures = bare = 0
      else failed()
      if ((response.ok || status === 404) && !told && ++bare > mostBare) {
        // Where there is no such route a refusal ends the session; what only keeps silent is no reason for that.
        if (response.ok) handoff.futile = true
        else handoff.recovers = false
        context.warn(
          'recovery-unavailable',
          `recovery.path answers ${status} without token headers, so lost tokens stay lost.`,
        )
      }
      return answered ? { status, body } : null
    } catch {
      failed()
      return null
    } finally {
      clearTimeout(timeout)
      emit('recovered', { status })
    }
  }

  function failed() {
    failures++
    failedAt = Date.now()
    jitter = Math.random()
  }

  return {
    reconsider() {
      if (dueAt() < Infinity) look()
    },
    watchFlights() {
      if (timer === undefined) arm(glance)
    },
    underWay: () => (joint?.epoch === handoff.record.epoch ? joint.validation : null),
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** The recoveries of one session that are under way: whoever joins gets what the first of them brings. */
interface Joint {
  epoch: number
  running: number
  /** Null when none brings any. */
  validation: Promise<Validation | null>
  end(validation: Validation | null): void
}

/** Whoever joins from now on waits for the next one. */
function awaited(given: Pick<Joint, 'epoch' | 'running'>): Joint {
  const joint = given as Joint
  joint.validation = new Promise(resolve => {
    joint.end = resolve
  })
  return joint
}

import type { Token } from '../core/record.ts'
import { TokenHandoffError } from '../errors.ts'
import type { MockServer } from '../mock/server.ts'
import type { SessionEvents } from '../session/events.ts'
import type { Session } from '../session/session.ts'
import type { LogEvent, TabEvent } from './events.ts'
import { type ExportOptions, exportLog, fields, type LogFile, readEvent, readLog } from './file.ts'
import { createJoints } from './joints.ts'
import { createRedactor } from './redact.ts'
import { shareEvents } from './share.ts'

/** How a log is written. */
export interface LogOptions {
  /** How many events are kept: a tenth of the oldest make room for newer ones. @default 10000 */
  limit?: number
  /** Where the log reads the time, in milliseconds since 1970. @default Date.now */
  now?: () => number
}

/** What sessions and servers did, in the order in which it happened. */
export interface Log {
  /** The oldest first. The same array as long as the log lives. */
  readonly events: readonly LogEvent[]
  /** How many of the oldest have been let go. */
  readonly dropped: number
  /**
   * Writes down what a session does.
   *
   * @param tab what its lane is called. @default 'tab 1', 'tab 2', ...
   * @returns the function that stops it
   * @example const stop = log.follow(session)
   */
  follow<User>(session: Pick<Session<User>, 'on' | 'exchange'>, tab?: string): () => void
  /**
   * Writes down what a mock server does, joined to the requests of the sessions that are followed.
   *
   * @returns the function that stops it
   */
  followServer(server: Pick<MockServer, 'on'>): () => void
  /**
   * Takes in what the logs of other tabs write down, and tells them what this one does: each tab has its lane. To be
   * called before `follow`, in every tab.
   *
   * @param name what the logs have in common. @default 'token-handoff-log'
   * @returns the function that stops it
   */
  share(name?: string): () => void
  /** Calls the listener after each event, and with null when the log was cleared; returns the function that stops it. */
  subscribe(listener: (event: LogEvent | null) => void): () => void
  /** Forgets what happened so far. */
  clear(): void
  /**
   * What can be saved, sent and loaded again. It holds no token, no uid and no query.
   *
   * @param options `{ include: ['query'] }` leaves the queries in, without what is known to be secret
   * @example await navigator.clipboard.writeText(JSON.stringify(log))
   */
  toJSON(options?: ExportOptions | string): LogFile
}

/**
 * Makes a log. It costs nothing until it follows a session.
 *
 * @throws TokenHandoffError `option-invalid`
 * @example
 * const log = createLog()
 * log.follow(session)
 */
export function createLog({ limit = 10_000, now = Date.now }: LogOptions = {}): Log {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new TokenHandoffError('option-invalid', 'limit is a whole number of events, at least 1.')
  }
  return makeLog([], limit, now)
}

/**
 * Reads a saved log.
 *
 * @param json its text, or what JSON.parse made of that
 * @throws TokenHandoffError `log-invalid`
 * @example const log = parseLog(await file.text())
 */
export function parseLog(json: unknown): Log {
  const events = readLog(json)
  return makeLog(events, Math.max(events.length, 10_000), Date.now)
}

/** What a log writes down of a session's events, under the same names. */
type SessionEvent = keyof SessionEvents & TabEvent['type']
type Told = Partial<SessionEvents['sent'] & { reason: string | undefined }>

/** An address's path and query. */
const urlPattern = /^(?:[a-z][^:/?#]*:)?(?:\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/i

function makeLog(events: LogEvent[], limit: number, now: () => number): Log {
  const listeners = new Set<(event: LogEvent | null) => void>()
  const redactor = createRedactor()
  const joints = createJoints(events)
  /** Other tabs' logs. */
  const others = new Set<(event: TabEvent, key: string | undefined) => void>()
  let dropped = 0
  let tabs = 0

  function drop(count: number) {
    dropped += count
    events.splice(0, count)
  }

  const tellAll = (event: LogEvent | null) => {
    for (const listener of listeners) listener(event)
  }

  /** Every text in a session's record is a secret. */
  function hideAll(value: unknown) {
    if (typeof value === 'string') redactor.hide(value)
    else for (const part of Object.values(Object(value))) hideAll(part)
  }

  /** @param told an event, and maybe more than may stand in a log; what is none is left out */
  function add(told: object): LogEvent | undefined {
    const event = readEvent(told as never)
    if (typeof event === 'string') return
    if (events.length >= limit) drop(Math.ceil(limit / 10))
    // What comes from another tab was a little while on its way.
    events.push(event.at < (events.at(-1)?.at ?? 0) ? { ...event, at: events.at(-1)!.at } : event)
    tellAll(event)
    return event
  }

  return {
    events,
    get dropped() {
      return dropped
    },

    follow({ on, exchange }, tab = `tab ${tabs + 1}`) {
      tabs++
      // The token that it held last: a sign-out is sent when there is none any more.
      let held: Token | undefined
      const requests = joints.ofTab()

      function tell(told: object, key?: string) {
        const event = add({ ...told, at: now(), tab })
        if (event) for (const post of others) post(event as TabEvent, key)
      }

      function hear(type: SessionEvent, told: Told) {
        const { sequence, reason = null, former, method, purpose, url = '', stamped } = told
        const { record } = exchange
        const [stored] = record.tokens
        held = stored ?? held
        hideAll(record)
        const isSent = type === 'sent'
        const bearer = isSent
          ? stamped && held
          : type === 'kept' && reason !== 'same'
            ? // In conflict it is kept as if nobody had asked for it.
              record.tokens.find(token => token.sequence === (reason === 'conflict' ? 0 : sequence))
            : stored
        if (type === 'signed-in' && !bearer) return
        const key = joints.keyOf(bearer)
        let request: number | null = null
        if (sequence !== undefined && !isSent)
          request = type === 'aborted' ? requests.number(sequence) : requests.settled(sequence)
        const hasToken = fields[type].includes('token') && (isSent ? key : reason !== 'blank')
        const by = isSent ? undefined : request
        const old = type === 'kept' && !bearer ? joints.cachedBy(request!) : undefined
        const token = hasToken ? (old ?? joints.token(key, by)) : null
        const [, raw = '', asked] = urlPattern.exec(url)!
        const path = redactor.redact(raw)
        if (isSent)
          request = requests.sent(sequence!, {
            path,
            key: `${method} ${raw}`,
            address: `${method} ${url}`,
            // What a sign-out carries may have come from another tab, unheard of.
            token: purpose === 'sign-out' ? null : token,
          })
        const query = asked && redactor.redact(asked)
        const replayed = former === undefined ? null : requests.number(former)
        tell({ ...told, type, reason, request, path, query, token, former: replayed }, key)
      }

      tell({ type: 'opened' })
      const stops = (Object.keys(fields) as SessionEvent[]).map(type =>
        on(type, told => hear(type, told as Told)),
      )
      return () => {
        for (const stop of stops) stop()
      }
    },

    followServer: server =>
      server.on(event => {
        const joined = joints.ofServer(event, redactor.redact(event.path))
        add({ ...event, ...joined, at: now(), type: 'server', did: event.type })
      }),

    share(name = 'token-handoff-log') {
      const { post, stop } = shareEvents(name, joints, () => `tab ${++tabs}`, add)
      others.add(post)
      return () => {
        others.delete(post)
        stop()
      }
    },

    subscribe(listener) {
      // A function of its own, so that one that is given twice is called and stopped twice.
      const own = (event: LogEvent | null) => listener(event)
      listeners.add(own)
      return () => void listeners.delete(own)
    },

    clear() {
      drop(events.length)
      tellAll(null)
    },

    toJSON: options => exportLog(events, redactor, options),
  }
}

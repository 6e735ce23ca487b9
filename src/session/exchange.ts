import { type ReadHeader, readAnswer, stampedHeaders, type Wire } from '../core/credentials.ts'
import { openTicket, type Purpose, reopenTicket, type Ticket } from '../core/handoff.ts'
import { type Elsewhere, judge, type Verdict } from '../core/judge.ts'
import type { SessionRecord } from '../core/record.ts'
import { lose, settle } from '../core/settle.ts'
import type { SessionContext } from './context.ts'
import type { VerdictReason } from './events.ts'
import { unexposedHeaders } from './messages.ts'

/** What an adapter says of a request before it is sent. */
export interface RequestTraits {
  /** In upper case. @default 'GET' */
  method?: string | undefined
  /** Absolute; for those who follow the session, and asked for when there are any. */
  url?: string | (() => string) | undefined
  /** fetch's cache mode, where the client has one. @default 'default' */
  cache?: string | undefined
  /** Whether it can be sent again as it is: false for bodies that can be read once only. @default true */
  replayable?: boolean | undefined
  /** Reads the headers that the caller set: they are never overwritten, and credentials among them never replayed. */
  callersHeader?: ReadHeader | undefined
}

/** A request on its way: its ticket, and the headers to send it with. */
export interface Flight {
  readonly ticket: Ticket
  readonly traits: RequestTraits
  headers: Record<string, string>
  /** Until when a refused one waits, its replays included: milliseconds since 1970. */
  deadline?: number
}

/** What an adapter says of a response. */
export interface ResponseTraits {
  status: number
  header: ReadHeader
  /** Whether a redirect of the session's own server led to it: that may have rotated, unseen. @default false */
  redirected?: boolean | undefined
}

/** What becomes of a response: the application gets it, or its request is sent again. */
export type Next = 'deliver' | 'replay'

/**
 * The one path that every request takes, whatever client sends it: stamp, send, settle, send again.
 * Adapters call these and decide nothing.
 */
export interface Exchange {
  /** How credentials travel, and what their headers are called. */
  readonly wire: Wire
  /** Milliseconds that an aborted request stays on the wire for its token. */
  readonly linger: number
  /** What is stored now, its secrets too: to be shown to nobody. */
  readonly record: SessionRecord
  /**
   * What to wait for before the first request: null when there is nothing to wait for.
   *
   * @throws TokenHandoffError `disposed`
   */
  ready(): Promise<void> | null
  /** Stamps a request as late as possible; null when there is no session to stamp it with. */
  begin(traits: RequestTraits, purpose?: Purpose, record?: SessionRecord): Flight | null
  /** Settles a request with its response; at once unless the request was refused and there is hope left. */
  settle(flight: Flight, response: ResponseTraits): Next | Promise<Next>
  /** Stamps a request anew for its replay. */
  again(flight: Flight): void
  /** Tells that no response came, nor will. */
  lose(flight: Flight): void
  /** Tells that the caller gave it up, while it is still on the wire. */
  abort(flight: Flight): void
}

/** A verdict, as far as some have a reason and others something that they wait for. */
interface Explained {
  action: Verdict['action']
  reason?: VerdictReason
  for?: VerdictReason
}

/** Cache modes in which the browser never answers by itself alone. */
const askingModes = ['no-store', 'reload', 'no-cache']
/** How often other tabs are asked again whether they are still busy, in milliseconds. */
const askInterval = 500

export function createExchange(context: SessionContext): Exchange {
  const { handoff, wire, settings, emit, refresh, changed } = context
  /** Whether it may yet turn out that the server does not show its headers. A cookie needs none of them. */
  let unexposed = settings.crossOrigin && wire.transport !== 'cookie'

  const stamp = (ticket: Ticket, { method = 'GET', url, callersHeader }: RequestTraits, former?: number) => {
    const { sequence, purpose } = ticket
    const headers = stampedHeaders(wire, ticket)
    let stamped = true
    if (callersHeader) for (const name in headers) stamped &&= callersHeader(name) == null
    if (!stamped) {
      // Whatever is refused then is not the session's.
      ticket.replayable = false
      ticket.token = callersHeader!(wire.names['access-token']) ?? ''
    }
    emit('sent', () => ({
      sequence,
      purpose,
      method,
      url: typeof url === 'function' ? url() : url,
      former,
      stamped,
    }))
    context.launched()
    return headers
  }

  async function waitForVerdict(flight: Flight, verdict: Verdict): Promise<Next> {
    const { ticket } = flight
    flight.deadline ??= Date.now() + settings.patience
    const { deadline } = flight
    let patient = true
    for (;;) {
      let elsewhere: Elsewhere = 'unknown'
      const { action, reason, for: hope } = verdict as Explained
      emit('rejected', { sequence: ticket.sequence, verdict: action, reason: reason ?? hope })
      if (action === 'ask') {
        elsewhere = (await context.tabs.anyBusy()) ? 'busy' : 'idle'
      } else if (action === 'wait') {
        // Should the clock be put back meanwhile, it is not waited for that long again.
        const left = Math.min(deadline - Date.now(), settings.patience)
        const asksAgain = hope === 'other-tabs'
        const woken = await context.nextChange(asksAgain ? Math.min(left, askInterval) : left)
        patient = (woken || asksAgain) && Date.now() < deadline
        if (!patient) flight.deadline = 0
      } else {
        return action === 'replay' ? action : 'deliver'
      }
      refresh()
      const { record, suspect } = handoff
      verdict = judge(handoff, ticket, elsewhere, patient)
      // Waking others for nothing would have them wake this one in turn, and so on without end.
      if (handoff.record !== record || handoff.suspect !== suspect) changed()
    }
  }

  const exchange = {
    wire,
    linger: settings.linger,
    ready: context.ready,

    begin(given, purpose = 'call', record) {
      const { method = 'GET', cache = 'default', replayable = true } = given
      refresh()
      const cacheable = (method === 'GET' || method === 'HEAD') && !askingModes.includes(cache)
      const ticket = openTicket(handoff, { purpose, cacheable, replayable }, Date.now(), record)
      return ticket && { ticket, traits: given, headers: stamp(ticket, given) }
    },

    settle(flight, { status, header, redirected }) {
      const { ticket } = flight
      const answer = readAnswer(wire, status, header, ticket.token)
      answer.redirected = redirected
      const { sequence, purpose } = ticket
      const ok = status >= 200 && status < 300
      // A validation that succeeds says that the cookie is good, though no header may be seen.
      if (ok && wire.transport === 'cookie' && purpose !== 'call') answer.token ??= ''
      if (status === 401) refresh()
      const { verdict, freshness, lost } = settle(handoff, ticket, answer, Date.now())
      if (answer.token !== null) unexposed = false
      else if (unexposed && ok && !redirected) {
        // After a sign-out an answer has none, nor has the sign-out's own.
        if (ticket.epoch === handoff.record.epoch) context.warn('headers-not-exposed', unexposedHeaders(wire))
      }
      emit(freshness.taken ? 'rotated' : 'kept', { sequence, reason: freshness.reason, status })
      if (lost) emit('lost', { sequence, doubt: true })
      changed()
      return verdict.action === 'deliver' ? 'deliver' : waitForVerdict(flight, verdict)
    },

    again(flight) {
      const { ticket, traits } = flight
      const former = ticket.sequence
      // It was judged by the newest record: a look at a still newer one could make it somebody else's request.
      reopenTicket(handoff, ticket, Date.now())
      flight.headers = stamp(ticket, traits, former)
    },

    lose({ ticket }) {
      emit('lost', { sequence: ticket.sequence, doubt: lose(handoff, ticket, Date.now()) })
      changed()
    },

    abort: ({ ticket }) => emit('aborted', { sequence: ticket.sequence }),
  } as Exchange
  // Not to be enumerated: whoever logs a session as JSON would log its token.
  return Object.defineProperty(exchange, 'record', { get: () => handoff.record })
}

import { type Answer, type ReadHeader, readAnswer, stampedHeaders, type Wire } from '../core/credentials.ts'
import type { Freshness } from '../core/freshness.ts'
import {
  type Elsewhere,
  type Handoff,
  judge,
  lose,
  openTicket,
  type Purpose,
  reopenTicket,
  settle,
  type Ticket,
  type Verdict,
} from '../core/handoff.ts'
import type { SessionRecord } from '../core/record.ts'

/** What an adapter says of a request before it is sent. */
export interface RequestTraits {
  /** GET unless said otherwise. */
  method?: string | undefined
  /** fetch's cache mode, where the client has one. */
  cache?: string | undefined
  /** Whether it can be sent again as it is: false for bodies that can be read once only. Default true. */
  replayable?: boolean | undefined
  /** The token that the caller stamped by hand; it is never overwritten. */
  callersToken?: string | null | undefined
}

/** A request on its way: its ticket, and the headers to send it with. */
export interface Flight {
  readonly ticket: Ticket
  headers: Record<string, string>
}

/** What an adapter says of a response. */
export interface ResponseTraits {
  status: number
  header: ReadHeader
}

export type Next = 'deliver' | 'replay'

/**
 * The one path that every request takes, whatever client sends it: stamp, send, settle, send again.
 * Adapters call these four and decide nothing.
 */
export interface Exchange {
  /** Stamps a request as late as possible; null when there is no session to stamp it with. */
  begin(traits: RequestTraits, purpose?: Purpose, record?: SessionRecord): Flight | null
  /** Settles a request with its response; at once unless the request was refused and there is hope left. */
  settle(flight: Flight, response: ResponseTraits): Next | Promise<Next>
  /** Stamps a request anew for its replay. */
  again(flight: Flight): void
  /** Tells that no response came, nor will. */
  lose(flight: Flight): void
}

/** What the exchange needs from the session around it. */
export interface ExchangeHost {
  handoff: Handoff
  wire: Wire
  /** Milliseconds that a refused request waits for a newer token. */
  patience: number
  refresh(): void
  /** Called after everything that may have changed the record; tells who has to know. */
  changed(): void
  /** Resolves at the next change, or after the time given in milliseconds. */
  nextChange(timeout: number): Promise<void>
  elsewhere(): Promise<boolean>
  watch: ExchangeWatch
}

/** Hears of every step. */
export interface ExchangeWatch {
  sent(ticket: Ticket): void
  settled(ticket: Ticket, answer: Answer, decision: Freshness): void
  lost(ticket: Ticket, doubt: boolean): void
  judged(ticket: Ticket, verdict: Verdict): void
}

/** Cache modes in which the browser never answers by itself alone. */
const askingModes = ['no-store', 'reload', 'no-cache']
/** How often other tabs are asked again whether they are still busy, in milliseconds. */
const askInterval = 500

export function createExchange(host: ExchangeHost): Exchange {
  const { handoff, wire, watch } = host

  async function waitForVerdict(flight: Flight, first: Verdict): Promise<Next> {
    const { ticket } = flight
    const deadline = Date.now() + host.patience
    let verdict = first
    let elsewhere: Elsewhere = 'unknown'
    for (;;) {
      watch.judged(ticket, verdict)
      if (verdict.action === 'ask') {
        elsewhere = (await host.elsewhere()) ? 'busy' : 'idle'
      } else if (verdict.action === 'wait') {
        const left = Math.max(0, deadline - Date.now())
        await host.nextChange(verdict.for === 'other-tabs' ? Math.min(left, askInterval) : left)
        elsewhere = 'unknown'
      } else {
        return verdict.action === 'replay' ? 'replay' : 'deliver'
      }
      verdict = judge(handoff, ticket, elsewhere, Date.now() < deadline)
      host.changed()
    }
  }

  return {
    begin({ method = 'GET', cache = 'default', replayable = true, callersToken }, purpose = 'call', record) {
      host.refresh()
      const ticket = openTicket(
        handoff,
        {
          purpose,
          cacheable: (method === 'GET' || method === 'HEAD') && !askingModes.includes(cache),
          replayable: replayable && !callersToken,
        },
        Date.now(),
        record,
      )
      if (!ticket) return null
      if (callersToken) ticket.token = callersToken
      watch.sent(ticket)
      return { ticket, headers: stampedHeaders(wire, ticket) }
    },

    settle(flight, { status, header }) {
      const { ticket } = flight
      const answer = readAnswer(wire, status, header, ticket.token)
      const { verdict, freshness, lost } = settle(handoff, ticket, answer, Date.now())
      watch.settled(ticket, answer, freshness)
      if (lost) watch.lost(ticket, true)
      host.changed()
      if (verdict.action === 'deliver' && verdict.reason === 'answered') return 'deliver'
      return waitForVerdict(flight, verdict)
    },

    again(flight) {
      host.refresh()
      reopenTicket(handoff, flight.ticket, Date.now())
      flight.headers = stampedHeaders(wire, flight.ticket)
      watch.sent(flight.ticket)
    },

    lose({ ticket }) {
      const doubt = lose(handoff, ticket, Date.now())
      watch.lost(ticket, doubt)
      host.changed()
    },
  }
}

import type { FreshnessReason } from '../core/freshness.ts'
import type { Purpose } from '../core/handoff.ts'
import type { LogEvent, ServerSideEvent, TabEvent } from './events.ts'

/** One request and what became of it, as far as it is known by now. */
export interface Exchange {
  readonly number: number
  /** Null: no session sent it. */
  tab: string | null
  method: string
  path: string
  purpose: Purpose | null
  token: number | null
  former: number | null
  status: number | null
  decision: { taken: boolean; reason: FreshnessReason } | null
  /** What its answer brought, by the client's eyes. */
  brought: number | 'blank' | null
  verdict: Extract<TabEvent, { type: 'rejected' }> | null
  lost: { doubt: boolean } | null
  aborted: boolean
  /** Null: no server showed its log. */
  server: ServerSide | null
  /** Where it is drawn: the first and the last row, and those of the four ends of its arrows. */
  rows: { sent?: number; begun?: number; finished?: number; answered?: number }
  batch: Batch | null
}

export interface ServerSide {
  /** The token that it was sent. */
  token: number | null
  accepted: ServerSideEvent['as'] | null
  refused: boolean
  answer: 'rotate' | 'blank' | 'keep' | null
  minted: number | null
  status: number | null
  lost: 'request' | 'answer' | null
  raised: boolean
}

/** Requests that the server answers within one buffer: the first gets the token, the others get blanks. */
export interface Batch {
  readonly exchanges: Exchange[]
  from: number
  to: number
  /** When the last of them was answered: the buffer reaches from there. */
  until: number
}

/** What one row shows. A request that begins in the moment in which it is sent has one row for both. */
export interface Row {
  readonly kind:
    | 'sent'
    | 'begun'
    | 'finished'
    | 'answered'
    | 'lost'
    | 'aborted'
    | 'signed-in'
    | 'signed-out'
    | 'opened'
    | 'warning'
  readonly at: number
  /** Null: the server's. */
  readonly tab: string | null
  readonly exchange: Exchange | null
  readonly event: LogEvent
  /** The token that the tab holds from here on; null: none. Undefined: no news. */
  readonly held?: number | null
  /** What the server did stands in the same row. */
  also: 'begun' | 'finished' | null
}

/** A log as requests, batches and rows: what every picture is drawn from. */
export interface Model {
  readonly tabs: readonly string[]
  readonly rows: readonly Row[]
  readonly exchanges: ReadonlyMap<number, Exchange>
  readonly batches: readonly Batch[]
  /** Requests with many rows between their first and their last. */
  readonly long: ReadonlySet<Exchange>
  /** Whether a server showed its log. */
  readonly hasServer: boolean
  add(event: LogEvent): void
}

/** A request with more rows than so many between its first and its last is a long one. */
export const longSpan = 60

/** What is less than so many milliseconds apart happened at once. */
const moment = 5

export function createModel(events: readonly LogEvent[] = []): Model {
  const tabs: string[] = []
  const rows: Row[] = []
  const exchanges = new Map<number, Exchange>()
  const batches: Batch[] = []
  const long = new Set<Exchange>()
  let hasServer = false

  function exchangeOf(number: number): Exchange {
    let exchange = exchanges.get(number)
    if (!exchange) {
      exchange = {
        number,
        tab: null,
        method: '',
        path: '',
        purpose: null,
        token: null,
        former: null,
        status: null,
        decision: null,
        brought: null,
        verdict: null,
        lost: null,
        aborted: false,
        server: null,
        rows: {},
        batch: null,
      }
      exchanges.set(number, exchange)
    }
    return exchange
  }

  function addRow(row: Omit<Row, 'also'>, place?: keyof Exchange['rows']) {
    rows.push({ ...row, also: null })
    if (place) row.exchange!.rows[place] = rows.length - 1
    if (!row.exchange) return
    if (row.exchange.batch) widen(row.exchange.batch, rows.length - 1)
    if (rows.length - Math.min(...Object.values(row.exchange.rows)) > longSpan) long.add(row.exchange)
  }

  /** The row in which the same request stands already, of the same moment. Answers do not overtake requests. */
  function sameMoment({ at }: LogEvent, exchange: Exchange, kind: 'sent' | 'finished'): number {
    for (let index = rows.length - 1; index >= 0 && at - rows[index]!.at < moment; index--) {
      const row = rows[index]!
      if (row.exchange === exchange && row.kind === kind) return index
      if (kind === 'sent' || !(row.kind === 'finished' || row.also === 'finished')) break
    }
    return -1
  }

  function widen(batch: Batch, row: number) {
    batch.from = Math.min(batch.from, row)
    batch.to = Math.max(batch.to, row)
  }

  /** In the order of the answers: a blank belongs to the rotation before it. */
  function join(exchange: Exchange, opens: boolean, at: number) {
    let batch = batches.at(-1)
    if (opens || !batch) {
      batch = { exchanges: [], from: Infinity, to: -Infinity, until: at }
      batches.push(batch)
    }
    batch.exchanges.push(exchange)
    batch.until = at
    exchange.batch = batch
    for (const row of Object.values(exchange.rows)) widen(batch, row)
  }

  function addServerSide(event: ServerSideEvent) {
    const { did, at, token } = event
    hasServer = true
    const exchange = exchangeOf(event.request)
    exchange.method ||= event.method
    exchange.path ||= event.path
    exchange.server ??= {
      token: null,
      accepted: null,
      refused: false,
      answer: null,
      minted: null,
      status: null,
      lost: null,
      raised: false,
    }
    const { server, rows: placed } = exchange
    if (did === 'begin') {
      server.token = token
      // The session that ended may have had it from another tab.
      if (exchange.purpose === 'sign-out') exchange.token = token
      const sent = sameMoment(event, exchange, 'sent')
      if (sent >= 0) {
        rows[sent]!.also = 'begun'
        placed.begun = sent
      } else addRow({ kind: 'begun', at, tab: null, exchange, event }, 'begun')
    } else if (did === 'accept') server.accepted = event.as ?? null
    else if (did === 'reject') server.refused = true
    else if (did === 'raise') server.raised = true
    else if (did === 'finish') {
      server.status = event.status ?? null
      addRow({ kind: 'finished', at, tab: null, exchange, event }, 'finished')
    } else if (did === 'lost') server.lost = event.what ?? 'answer'
    else {
      server.answer = did
      if (did === 'rotate') server.minted = token
      if (did !== 'keep') join(exchange, did === 'rotate', at)
    }
  }

  /** An answer stands in the row in which the server finished, when it comes in the same moment. */
  function addAnswer(row: Omit<Row, 'also'>) {
    const exchange = row.exchange!
    const finished = sameMoment(row.event, exchange, 'finished')
    if (finished >= 0) {
      rows[finished] = { ...row, also: 'finished' }
      exchange.rows.answered = finished
    } else addRow(row, 'answered')
  }

  function add(event: LogEvent): void {
    const { type, at } = event
    if (type === 'server') {
      addServerSide(event)
      return
    }
    const { tab } = event
    const known = tabs.includes(tab)
    if (!known) tabs.push(tab)
    const exchange = 'request' in event ? exchangeOf(event.request) : null
    if (exchange) exchange.tab = tab
    const row = { at, tab, exchange, event }
    if (type === 'opened') {
      if (known) addRow({ ...row, kind: type })
      // What was in flight is lost with the page.
      for (const gone of exchanges.values()) {
        if (gone.tab === tab && gone.rows.answered === undefined) gone.lost ??= { doubt: false }
      }
    } else if (type === 'signed-in') {
      addRow({ ...row, kind: type, held: event.token })
      const signIn = [...exchanges.values()].findLast(
        ({ tab, server }) => tab === null && server?.minted === event.token,
      )
      if (signIn && !event.elsewhere) {
        signIn.tab = tab
        signIn.rows.sent = signIn.rows.begun!
        signIn.rows.answered = rows.length - 1
      }
    } else if (type === 'signed-out') addRow({ ...row, kind: type, held: null })
    else if (type === 'warning') addRow({ ...row, kind: type })
    else if (type === 'sent') {
      const { method, path, purpose, token, former } = event
      Object.assign(exchange!, { method, path, purpose, token, former })
      addRow({ ...row, kind: type }, 'sent')
    } else if (type === 'aborted') {
      exchange!.aborted = true
      addRow({ ...row, kind: type })
    } else if (type === 'lost') {
      exchange!.lost = { doubt: event.doubt }
      // With its answer there, the answer's row says so.
      if (exchange!.rows.answered === undefined) addRow({ ...row, kind: type }, 'answered')
    } else if (type === 'rejected') exchange!.verdict = event
    else if (type === 'rotated' || type === 'kept') {
      const { reason, status, token } = event
      const { server, purpose } = exchange!
      const blank = server ? server.answer === 'blank' : status < 400 && purpose !== 'sign-out'
      exchange!.status = status
      exchange!.decision = { taken: type === 'rotated', reason }
      exchange!.brought = token ?? (reason === 'blank' && blank ? 'blank' : null)
      if (!server && exchange!.brought !== null && reason !== 'same') join(exchange!, token !== null, at)
      addAnswer({ ...row, kind: 'answered', ...(type === 'rotated' && { held: token! }) })
    }
  }

  for (const event of events) add(event)
  return {
    tabs,
    rows,
    exchanges,
    batches,
    long,
    get hasServer() {
      return hasServer
    },
    add,
  }
}

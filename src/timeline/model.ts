import type { LogEvent, ServerSideEvent, TabEvent } from './events.ts'

type Answer = Extract<TabEvent, { type: 'rotated' | 'kept' }>

/** What an event is about: of a server's, what it did. */
type Kind = Exclude<TabEvent['type'] | ServerSideEvent['did'], Answer['type']> | 'answer'

/** Rows: the first and the last. */
export interface Span {
  from: number
  to: number
}

/** One request, and what has been told of it by now: by kind, with the server's `lost` as `astray`. */
export interface Exchange extends Span {
  readonly request: number
  /** Null: no session sent it. */
  tab: string | null
  sent?: Extract<TabEvent, { type: 'sent' }>
  answer?: Answer
  lost?: { doubt: boolean }
  rejected?: Extract<TabEvent, { type: 'rejected' }>
  /** Whether a server showed its side. */
  server?: boolean
  begin?: ServerSideEvent
  accept?: ServerSideEvent
  reject?: ServerSideEvent
  rotate?: ServerSideEvent
  blank?: ServerSideEvent
  keep?: ServerSideEvent
  raise?: ServerSideEvent
  finish?: ServerSideEvent
  astray?: ServerSideEvent
  /** Where it stands. What is lost has its row in place of the answer's. */
  readonly rows: { [Kinds in Kind]?: number }
  batch?: Batch
}

/** Requests that the server answers within one buffer: the first gets the token, the others get blanks. */
export interface Batch extends Span {
  size: number
  /** When the last of them was answered: the buffer reaches from there. */
  until: number
}

/** An event that is seen. */
export type Row = (TabEvent | (ServerSideEvent & { readonly tab: null })) & {
  kind: Kind
  readonly exchange: Exchange | undefined
  /** What the server did in the same moment stands in the same row. */
  also?: Kind
}

/** A log as requests, batches and rows: what every picture is drawn from. */
export type Model = ReturnType<typeof createModel>

/** What is less than so many milliseconds apart happened at once. */
const moment = 5

const nowhere = (): Span => ({ from: Infinity, to: -Infinity })

function widen(span: Span | undefined, from: number, to = from) {
  if (!span) return
  span.from = Math.min(span.from, from)
  span.to = Math.max(span.to, to)
}

/** What its answer brought. */
export function broughtBy({ answer, sent, server, blank, rotate }: Exchange): number | 'blank' | undefined {
  const isBlank = server
    ? blank
    : answer && answer.reason === 'blank' && answer.status < 400 && sent?.purpose !== 'sign-out'
  return (rotate ?? answer)?.token ?? (isBlank ? 'blank' : undefined)
}

/** The token that it carried. The server knows best: the session that ends may have it from another tab. */
export const carriedBy = ({ sent, begin }: Exchange) => begin?.token ?? sent?.token

export function createModel(events: readonly LogEvent[] = []) {
  const tabs: string[] = []
  const rows: Row[] = []
  const exchanges = new Map<number, Exchange>()
  const batches: Batch[] = []

  function place(exchange: Exchange, kind: Kind, row: number) {
    exchange.rows[kind] = row
    widen(exchange, row)
    widen(exchange.batch, row)
  }

  /** In the order of the answers: a blank belongs to the rotation before it. */
  function join(exchange: Exchange, { token, at }: Answer | ServerSideEvent) {
    if (token || !batches.length) batches.push({ size: 0, until: at, ...nowhere() })
    const batch = batches.at(-1)!
    batch.size++
    batch.until = at
    exchange.batch = batch
    widen(batch, exchange.from, exchange.to)
  }

  /** Puts an event into the row of what happened in the same moment to the same request; -1: there is none. */
  function merge(event: LogEvent, kind: Kind, { rows: placed }: Exchange): number {
    const index = (kind === 'begin' ? placed.sent : placed.finish) ?? -1
    const row = rows[index]
    if (!row || event.at - row.at >= moment) return -1
    if (kind === 'begin') row.also = kind
    // An answer does not overtake requests.
    else if (kind === 'answer' && rows.slice(index).every(({ kind, also = kind }) => also === 'finish'))
      Object.assign(row, event, { kind, also: 'finish' })
    else return -1
    return index
  }

  function add(event: LogEvent): void {
    const { type } = event
    const isAnswer = type === 'rotated' || type === 'kept'
    const tab = type === 'server' ? null : event.tab
    const kind = type === 'server' ? event.did : isAnswer ? 'answer' : type
    const known = tab === null || tabs.includes(tab)
    if (!known) tabs.push(tab)

    let exchange: Exchange | undefined
    let index = -1
    if ('request' in event) {
      const { request } = event
      exchange = exchanges.get(request) ?? { request, tab, rows: {}, ...nowhere() }
      exchanges.set(request, exchange)
      exchange.tab ??= tab
      exchange.server ||= tab === null
      Object.assign(exchange, { [tab === null && kind === 'lost' ? 'astray' : kind]: event })
      if (
        isAnswer
          ? !exchange.server && broughtBy(exchange) && event.reason !== 'same'
          : kind === 'rotate' || kind === 'blank'
      )
        join(exchange, event as Answer | ServerSideEvent)
      index = merge(event, kind, exchange)
    }
    if (
      index < 0 &&
      (kind === 'opened'
        ? known
        : kind === 'lost'
          ? // With its answer there, the answer's row says so.
            tab !== null && exchange!.rows.answer === undefined
          : /^(sent|begin|finish|answer|aborted|signed|warn)/.test(kind))
    ) {
      index = rows.push({ tab, ...event, kind, exchange } as Row) - 1
      if (exchange) place(exchange, kind === 'lost' ? 'answer' : kind, index)
    }

    // What was in flight is lost with the page.
    if (type === 'opened')
      for (const gone of exchanges.values())
        if (gone.tab === tab && gone.rows.answer === undefined) gone.lost ??= { doubt: false }
    if (type === 'signed-in' && !event.elsewhere) {
      const signIn = [...exchanges.values()].findLast(
        ({ tab, rotate }) => tab === null && rotate?.token === event.token,
      )
      if (signIn) {
        signIn.tab = tab
        signIn.rows.sent = signIn.rows.begin!
        place(signIn, 'answer', index)
      }
    }
  }

  for (const event of events) add(event)
  return { tabs, rows, exchanges, batches, add }
}

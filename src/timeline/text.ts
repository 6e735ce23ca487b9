import type { LogEvent } from './events.ts'
import { type Batch, createModel, type Exchange, type Row } from './model.ts'
import { type Labels, labelsOf, tokenMark } from './words.ts'

/** How a log is written as text. */
export interface TextOptions {
  /** Paints tokens and marks, as `(style, text) => text`; see node:util's styleText. @default none */
  paint?: (style: 'dim' | 'bold' | `token ${number}`, text: string) => string
  /** Columns. @default 110 */
  width?: number
}

const timeWidth = 9
const tokenWidth = 18
/** Where the time between two rows is longer than so many milliseconds, a line says so. */
const longPause = 1_000

/**
 * Draws a log as text: time runs downwards; the tabs, the tokens on their way and the server stand side by side.
 *
 * @returns lines, each ended by a line feed
 * @example console.log(timeline(log))
 */
export function timeline(
  { events }: { readonly events: readonly LogEvent[] },
  { paint = (_, text) => text, width = 110 }: TextOptions = {},
): string {
  const model = createModel(events)
  const clientWidth = Math.max(24, Math.round((width - timeWidth - tokenWidth - 6) / 2))
  const line = (time: string, bracket: string, client: string, token: string, server: string) =>
    [
      paint('dim', time.padStart(timeWidth)),
      paint('dim', bracket.padEnd(1)),
      paintTokens(padded(client, clientWidth), paint),
      paintTokens(token.padEnd(tokenWidth), paint),
      paintTokens(server, paint),
    ]
      .join(' ')
      .trimEnd()
  const lines = [
    line('', '', 'client', centred('token', ' '), 'server').replace(/client|token|server/g, word =>
      paint('bold', word),
    ),
  ]
  const start = model.rows[0]?.at ?? 0
  let before = start
  model.rows.forEach((row, index) => {
    if (row.at - before >= longPause) lines.push(line('⋮', '', `${seconds(row.at - before)} pass`, '', ''))
    before = row.at
    const { client, server } = mapped(labelsOf(row))
    const whose = model.tabs.length > 1 && row.tab !== null && client ? `${row.tab}: ` : ''
    lines.push(
      line(seconds(row.at - start), bracketOf(model.batches, row, index), whose + client, arrow(row), server),
    )
  })
  return `${lines.join('\n')}\n`
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 100_000 ? 2 : 0)} s`

function padded(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)
}

/** What goes between the two, in which direction, and how far it gets. */
function arrow({ kind, also, exchange }: Row): string {
  if (!exchange) return ''
  if (kind === 'lost')
    return exchange.server?.lost === 'request' ? `${centred('✕', '╌')} ` : `✕${centred('', '╌')}`
  if (kind === 'aborted') return '┤'
  if (kind === 'sent')
    return `${centred(tokenOf(exchange.token), '─')}${also === 'begun' || !exchange.server ? '▶' : '┄'}`
  if (kind === 'begun')
    return `${exchange.tab === null ? ' ' : '┄'}${centred('', exchange.tab === null ? ' ' : '┄')}▶`
  const brought = exchange.server?.minted ?? exchange.brought
  const token = brought === 'blank' || exchange.server?.answer === 'blank' ? 'blank' : tokenOf(brought)
  if (kind === 'finished') return exchange.tab === null ? '' : ` ${centred(token, '─')}`
  return `◀${centred(also === 'finished' || !exchange.server ? token : '', also === 'finished' ? '─' : '┄')}`
}

const tokenOf = (token: number | 'blank' | null | undefined) =>
  typeof token === 'number' ? circled(token) : ''

function centred(text: string, fill: string): string {
  const spaced = text && fill !== ' ' ? ` ${text} ` : text
  const left = Math.floor((tokenWidth - 2 - spaced.length) / 2)
  return fill.repeat(left) + spaced + fill.repeat(tokenWidth - 2 - left - spaced.length)
}

function bracketOf(batches: readonly Batch[], row: Row, index: number): string {
  const batch = batchAt(batches, row.exchange, index)
  if (!batch || batch.from === batch.to) return ''
  return index === batch.from ? '┌' : index === batch.to ? '└' : '│'
}

/** The batch that a row stands in: those of one request are none. */
function batchAt(batches: readonly Batch[], exchange: Exchange | null, index: number): Batch | undefined {
  const own = exchange?.batch
  if (own && own.exchanges.length > 1) return own
  return batches.find(({ from, to, exchanges }) => exchanges.length > 1 && from <= index && index <= to)
}

function circled(number: number): string {
  if (number <= 20) return String.fromCodePoint(0x2460 + number - 1)
  if (number <= 50) return String.fromCodePoint(number + (number <= 35 ? 0x3251 - 21 : 0x32b1 - 36))
  return `(${number})`
}

function mapped({ client, server }: Labels): Labels {
  const circles = (text: string) => text.replace(tokenMark, (_, number) => circled(Number(number)))
  return { client: circles(client), server: circles(server) }
}

function paintTokens(text: string, paint: NonNullable<TextOptions['paint']>): string {
  return text.replace(/[①-⑳㉑-㉟㊱-㊿]/g, token => paint(`token ${token.codePointAt(0)!}`, token))
}

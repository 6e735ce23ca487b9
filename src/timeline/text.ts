import type { LogEvent } from './events.ts'
import { broughtBy, carriedBy, createModel, type Row } from './model.ts'
import { labelsOf, seconds, tokenMark } from './words.ts'

/** How a log is written as text. */
export interface TextOptions {
  /** Paints tokens and marks, as `(style, text) => text`; see node:util's styleText. @default none */
  paint?: (style: 'dim' | 'bold' | `token ${number}`, text: string) => string
  /** Columns. @default 110 */
  width?: number
}

/** Of a token on its way. */
const room = 16

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
  const { rows, tabs, batches } = createModel(events)
  const clientWidth = Math.max(24, Math.round((width - room - 17) / 2))
  const line = (time: string, bracket: string, client: string, token: string, server: string) => {
    const all = `${shown(client, clientWidth)} ${token.padEnd(room + 2)} ${circles(server)}`
    const painted = all.replace(/[①-⑳㉑-㉟㊱-㊿]/g, circle =>
      paint(`token ${circle.codePointAt(0)!}`, circle),
    )
    return `${paint('dim', `${time.padStart(9)} ${bracket || ' '}`)} ${painted}`.trimEnd()
  }
  const head = line('', '', 'client', centred('token', ' '), 'server')
  const lines = [head.replace(/client|token|server/g, word => paint('bold', word))]
  const since = (row: Row, other: Row) => row.at - other.at
  rows.forEach((row, index) => {
    const pause = since(row, rows[index - 1] ?? row)
    if (pause >= 1_000) lines.push(line('⋮', '', `${seconds(pause)} pass`, '', ''))
    const { client, server } = labelsOf(row)
    const whose = tabs[1] && row.tab !== null && client && `${row.tab}: `
    // Batches of one request are none.
    const batch = batches.find(({ from, to, size }) => size > 1 && from <= index && index <= to)
    const bracket = batch ? (index === batch.from ? '┌' : index === batch.to ? '└' : '│') : ''
    lines.push(line(seconds(since(row, rows[0]!)), bracket, (whose ?? '') + client, arrow(row), server))
  })
  return `${lines.join('\n')}\n`
}

function shown(text: string, width: number): string {
  const all = circles(text)
  return all.length > width ? `${all.slice(0, width - 1)}…` : all.padEnd(width)
}

/** What goes between the two, in which direction, and how far it gets. */
function arrow({ kind, also, exchange }: Row): string {
  if (!exchange) return ''
  const { server, tab, astray } = exchange
  if (kind === 'lost') return astray?.what === 'request' ? centred('✕', '╌') : `✕${centred('', '╌')}`
  if (kind === 'aborted') return '┤'
  if (kind === 'sent') return centred(circled(carriedBy(exchange)), '─') + (also || !server ? '▶' : '┄')
  if (kind === 'begin') return `${(tab === null ? ' ' : '┄').repeat(room + 1)}▶`
  const token = circled(broughtBy(exchange))
  if (kind === 'finish') return tab === null ? '' : ` ${centred(token, '─')}`
  return `◀${centred(also || !server ? token : '', also ? '─' : '┄')}`
}

function centred(text: string, fill: string): string {
  const spaced = text && fill !== ' ' ? ` ${text} ` : text
  return spaced.padStart((room + spaced.length) >> 1, fill).padEnd(room, fill)
}

function circled(token: number | 'blank' | null | undefined): string {
  if (typeof token !== 'number') return token ?? ''
  if (token > 50) return `(${token})`
  return String.fromCodePoint(token + (token > 35 ? 0x328d : token > 20 ? 0x323c : 0x245f))
}

const circles = (text: string) => text.replace(tokenMark, (_, token) => circled(Number(token)))

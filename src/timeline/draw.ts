import { type Layout, letterWidth, spanOf } from './layout.ts'
import { type Batch, type Exchange, longSpan, type Model, type Row } from './model.ts'
import { labelsOf, tokenMark } from './words.ts'

export interface DrawOptions {
  /** How long the server's batch buffer is, in milliseconds. */
  buffer: number
  /** The row that stands out. */
  current?: number
}

const radius = 8.5

/** Draws the rows of a piece of the picture, and all arrows and brackets that reach into it. */
export function draw(
  model: Model,
  layout: Layout,
  [from, to]: [from: number, to: number],
  options: DrawOptions,
): string {
  const { rows } = model
  const exchanges = new Set<Exchange>()
  const batches = new Set<Batch>()
  for (let index = Math.max(0, from - longSpan); index < Math.min(rows.length, to + longSpan); index++) {
    const { exchange } = rows[index]!
    if (exchange) exchanges.add(exchange)
    if (exchange?.batch) batches.add(exchange.batch)
  }
  for (const exchange of model.long) {
    const [first, last] = spanOf(exchange)
    if (first < to && last >= from) exchanges.add(exchange)
  }
  const top = layout.y[from] ?? 0
  const bottom = layout.y[to - 1] ?? 0
  const lines = [...layout.tabs.values(), layout.server].map(x =>
    line('lane', x, from === 0 ? 0 : top - 99, x, to === rows.length ? layout.height : bottom + 99),
  )
  const words = []
  for (let index = from; index < to; index++) words.push(drawRow(rows[index]!, index, layout, model, options))
  return [
    ...lines,
    ...[...batches].map(batch => drawBatch(batch, layout, options)),
    ...words,
    ...[...exchanges].map(exchange => drawExchange(exchange, layout, model)),
    ...rows.slice(from, to).map((row, index) => drawMark(row, layout.y[from + index]!, layout)),
  ].join('')
}

/** The names of the lanes. */
export function drawHead(layout: Layout, y: number): string {
  const { server, tabs, words, narrow } = layout
  const names = [...tabs].map(([name, x]) => text('name', x, y, narrow ? initials(name) : name, 12))
  return names.join('') + text('name', server, y, 'server', 12) + text('name start', words.x, y, 'client', 12)
}

const initials = (name: string) => (name.length > 4 ? name.replace(/^(.).*?(\d*)$/, '$1$2') : name)

function drawRow(row: Row, index: number, layout: Layout, model: Model, { current }: DrawOptions): string {
  const { words, serverWords, width, narrow, readable, time } = layout
  const y = layout.y[index]!
  const parts = []
  if (index === current) {
    parts.push(`<rect class="now" x="2" y="${round(y - 12)}" width="${width - 4}" height="24" rx="4"/>`)
  }
  if (readable) {
    const { client, server } = labelsOf(row)
    const before = model.rows[index - 1]
    const apart = row.at - (before ?? row).at
    const x = row.tab === null ? layout.server : layout.tabs.get(row.tab)!
    const end = words.x + Math.min(client.length, words.letters) * letterWidth + 6
    if (client && end < x - 12) parts.push(line('lead', end, y, x - 11, y))
    if (!narrow) {
      const since = row.at - model.rows[0]!.at
      if (index === 0 || apart >= 5) parts.push(text('time', time, y, `${(since / 1000).toFixed(2)} s`, 12))
      parts.push(text('start', serverWords.x, y, server, serverWords.letters))
    }
    parts.push(text(row.tab === null ? 'start dim' : 'start', words.x, y, client, words.letters))
    if (before && apart >= 1_000) {
      const middle = (layout.y[index - 1]! + y) / 2
      parts.push(text('start dim', words.x, middle, `+${(apart / 1000).toFixed(1)} s`, 12))
    }
  }
  return `<g class="row">${parts.join('')}</g>`
}

function drawExchange(exchange: Exchange, layout: Layout, model: Model): string {
  const { rows, tab, server, lost, token, brought } = exchange
  const { y } = layout
  const at = tab === null ? undefined : layout.tabs.get(tab)
  if (at === undefined) return drawStranger(exchange, layout)
  const right = layout.server
  const parts = []
  if (rows.sent !== undefined) {
    const arrives = rows.begun !== undefined || !model.hasServer
    const end = y[rows.begun ?? rows.sent]!
    const [x1, y1] = arrives ? [right, end] : [(at + right) / 2, y[rows.sent]!]
    parts.push(arrow(at, y[rows.sent]!, x1, y1, arrives ? 'go' : 'go gone'))
    if (!arrives && (server?.lost === 'request' || lost)) parts.push(cross(x1, y1))
    if (token !== null) parts.push(circle(token, at + 20, y[rows.sent]!))
  }
  if (rows.finished !== undefined || (rows.answered !== undefined && !lost)) {
    const start = y[rows.finished ?? rows.answered!]!
    const gone =
      server?.lost === 'answer' || rows.answered === undefined || (lost && exchange.status === null)
    const [x1, y1] = gone ? [(at + right) / 2 + 12, start] : [at, y[rows.answered!]!]
    parts.push(arrow(right, start, x1, y1, gone ? 'back gone' : 'back'))
    if (server?.lost === 'answer' || (gone && lost)) parts.push(cross(x1 - 6, y1))
    const minted = server ? server.minted : brought
    if (typeof minted === 'number') parts.push(circle(minted, right - 20, start))
    else if (server?.answer === 'blank' || brought === 'blank') {
      parts.push(`<circle class="blank" cx="${round(right - 20)}" cy="${round(start)}" r="6"/>`)
    }
  } else if (rows.answered !== undefined && lost && !model.hasServer) {
    parts.push(arrow(right, y[rows.answered]!, (at + right) / 2, y[rows.answered]!, 'back gone'))
    parts.push(cross((at + right) / 2, y[rows.answered]!))
  }
  return `<g class="exchange">${parts.join('')}</g>`
}

/** A request that no session sent: what it brought stands beside the server's lane. */
function drawStranger({ rows, server }: Exchange, { server: x, y }: Layout): string {
  if (rows.finished === undefined || server?.minted == null) return ''
  return circle(server.minted, x - 20, y[rows.finished]!)
}

function drawBatch({ exchanges, from, to, until }: Batch, layout: Layout, { buffer }: DrawOptions): string {
  if (from > to) return ''
  const { server, y } = layout
  const x = server + 13
  const [top, bottom] = [y[from]!, y[to]!]
  // The server stores whole seconds, rounded down.
  const closes = Math.max(bottom, layout.yOfTime(Math.floor(until / 1000) * 1000 + buffer))
  const bracket =
    exchanges.length > 1
      ? `<path class="bracket" d="M${round(x - 5)} ${round(top - 8)}h5V${round(bottom + 8)}h-5"/>`
      : ''
  const begins = layout.yOfTime(until)
  return `<g class="batch">${bracket}<rect class="buffer" x="${round(x + 5)}" y="${round(begins)}" width="7" height="${round(Math.max(0, closes - begins))}"/></g>`
}

/** What happened to the tab, or at the server, told by its shape. */
function drawMark(
  { kind, also, exchange, tab, held }: Row,
  y: number,
  { tabs, server: right }: Layout,
): string {
  const x = tab === null ? right : tabs.get(tab)!
  const server = exchange?.server
  const atServer =
    kind === 'begun' || also === 'begun'
      ? server?.refused
        ? diamond(right, y)
        : dot(right, y)
      : (kind === 'finished' || also === 'finished') && server
        ? server.raised
          ? cross(right, y)
          : dot(right, y)
        : ''
  if (tab === null) return atServer
  const atTab =
    held === null
      ? shape('out', x, y, 'M-7 -7H7V7H-7Z') + shape('inverse', x, y, 'M-3.5 0H3.5')
      : held !== undefined
        ? circle(held, x, y, kind === 'signed-in' ? 'held opened' : 'held')
        : kind === 'lost'
          ? cross(x, y)
          : kind === 'aborted'
            ? shape('open', x, y, 'M-6 -6H6V6H-6Z') + shape('mark', x, y, 'M-6 6L6 -6')
            : kind === 'opened'
              ? shape('mark', x, y, 'M-9 -3H9M-9 3H9')
              : kind === 'warning'
                ? shape('open', x, y, 'M0 -7L7 6H-7Z') + shape('mark', x, y, 'M0 -2V2M0 4V4.5')
                : kind === 'answered' && exchange!.verdict
                  ? diamond(x, y)
                  : kind === 'sent' && exchange!.purpose === 'recovery'
                    ? shape('full', x, y, 'M-5 -7L7 0L-5 7Z')
                    : kind === 'sent' && exchange!.former !== null
                      ? shape('mark', x, y, 'M-5 -6L1 0L-5 6M1 -6L7 0L1 6')
                      : dot(x, y)
  return atTab + atServer
}

const dot = (x: number, y: number) => `<circle class="full" cx="${round(x)}" cy="${round(y)}" r="2.5"/>`
const diamond = (x: number, y: number) =>
  shape('open', x, y, 'M0 -8L8 0L0 8L-8 0Z') + shape('mark', x, y, 'M0 -4V1M0 3.5V4')
const cross = (x: number, y: number) => shape('mark cross', x, y, 'M-5 -5L5 5M5 -5L-5 5')

function shape(name: string, x: number, y: number, path: string): string {
  return `<path class="${name}" transform="translate(${round(x)} ${round(y)})" d="${path}"/>`
}

function circle(token: number, x: number, y: number, name = ''): string {
  const ring = name.includes('opened')
    ? `<circle class="ring" cx="${round(x)}" cy="${round(y)}" r="${radius + 3}"/>`
    : ''
  const digits = token > 99 ? ' small' : ''
  return `${ring}<g class="token ${hue(token)} ${name}"><circle cx="${round(x)}" cy="${round(y)}" r="${radius}"/><text class="number${digits}" x="${round(x)}" y="${round(y)}">${token}</text></g>`
}

/** It leaves and arrives level, so that what stands at its ends stands in its row. */
function arrow(x0: number, y0: number, x1: number, y1: number, name: string): string {
  const stub = Math.sign(x1 - x0) * 32
  const path =
    y0 === y1
      ? `M${round(x0)} ${round(y0)}H${round(x1)}`
      : `M${round(x0)} ${round(y0)}h${stub}L${round(x1 - stub)} ${round(y1)}H${round(x1)}`
  const head = name.includes('gone')
    ? ''
    : `<path class="full" d="M${round(x1 - Math.sign(stub) * 10)} ${round(y1)}l${-Math.sign(stub) * 7} -4v8z"/>`
  return `<path class="${name}" d="${path}"/>${head}`
}

function line(name: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<path class="${name}" d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}"/>`
}

function text(name: string, x: number, y: number, words: string, letters: number): string {
  if (!words || letters < 3) return ''
  const all = words.match(/\ue000\d+\ue001|./gsu)!
  const shown = all.length > letters ? `${all.slice(0, letters - 1).join('')}…` : words
  const tokens = escaped(shown).replace(
    tokenMark,
    (_, number) => `<tspan class="${hue(number)}">${number}</tspan>`,
  )
  return `<text class="${name}" x="${round(x)}" y="${round(y)}">${tokens}</text>`
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)
}

const hue = (token: number) => `c${token % 5}`
const round = (value: number) => Math.round(value * 10) / 10

/** How a picture looks: light, dark, and on paper. */
export const style = `
.picture{--paper:#fff;--ink:#1b1f24;--dim:#59636e;--line:#c4cad1;--now:#dbeafe;--buffer:#d0d7de;--bad:#b42318;--c0:#0b57d0;--c1:#0f766e;--c2:#9333ea;--c3:#b45309;--c4:#be185d;font:12px system-ui,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
@media screen and (prefers-color-scheme:dark){.picture{--paper:#0d1117;--ink:#e6edf3;--dim:#9aa4af;--line:#3d444d;--now:#1f3554;--buffer:#30363d;--bad:#ff7b72;--c0:#79b8ff;--c1:#5eead4;--c2:#d2a8ff;--c3:#f0b860;--c4:#ff9bce}}
.picture .paper{fill:var(--paper)}
.picture text{fill:var(--ink);dominant-baseline:central;text-anchor:middle}
.picture .start{text-anchor:start}
.picture .time{text-anchor:end;fill:var(--dim)}
.picture .dim{fill:var(--dim)}
.picture .name{font-weight:bold}
.picture path{fill:none;stroke:var(--ink);stroke-width:1.4}
.picture .lane{stroke:var(--line);stroke-width:2}
.picture .lead{stroke:var(--line);stroke-width:1;stroke-dasharray:1 4}
.picture .go,.picture .back{stroke:var(--dim)}
.picture .gone{stroke-dasharray:5 4}
.picture .full{fill:var(--ink);stroke:none}
.picture .out{fill:var(--bad);stroke:none}
.picture .inverse{stroke:var(--paper);stroke-width:2.4}
.picture .open{fill:var(--paper)}
.picture .mark{stroke-width:2}
.picture .cross{stroke:var(--bad);stroke-width:2.6}
.picture .blank{fill:var(--paper);stroke:var(--dim);stroke-dasharray:2.5 2.5}
.picture .bracket{stroke:var(--dim);stroke-width:2}
.picture .buffer{fill:var(--buffer)}
.picture .now{fill:var(--now)}
.picture .ring{fill:none;stroke:var(--ink)}
.picture tspan{fill:var(--c);font-weight:bold}
.picture .token circle{fill:var(--paper);stroke:var(--c);stroke-width:2}
.picture .token .number{fill:var(--c);font-weight:bold;font-size:11px}
.picture .token .small{font-size:8px}
.picture .held circle{fill:var(--c)}
.picture .held .number{fill:var(--paper)}
${[0, 1, 2, 3, 4].map(n => `.picture .c${n}{--c:var(--c${n})}`).join('')}`.replaceAll('\n', '')

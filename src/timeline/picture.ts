import { type Batch, broughtBy, carriedBy, type Exchange, type Model, type Row, type Span } from './model.ts'
import { circle, path, rect, shape, text, token } from './shapes.ts'
import { labelsOf, seconds } from './words.ts'

/** The room that the names of the lanes take. */
export const headHeight = 28

/** What a letter takes on average, generously. */
const letterWidth = 6.4
const margin = 12
/** The time that rows are apart adds to their height, up to a second of it: the rest is idle. */
const mostShown = 1_000

/**
 * Lays a log out as it is now. Time runs downwards, and is cut short where nothing happens.
 *
 * @param width pixels
 * @param zoom 1: rows stand as close as words allow. Less: an overview. More: time takes more room
 */
export function createPicture({ tabs, rows, batches, exchanges }: Model, width: number, zoom = 1) {
  /** Without room for the server's words and the time. */
  const narrow = width < 640
  const left = narrow ? margin : 80
  const gap = narrow ? 34 : 56
  const lanes = gap * Math.max(0, tabs.length - 1)
  const rest = width - margin - left - lanes
  const between = Math.round(Math.min(narrow ? 116 : 200, rest / 3))
  const words = Math.round(narrow ? rest - between - 44 : (rest - between - 60) / 2)
  const first = left + words + 20
  const right = first + lanes + between
  const laneOf = (tab: string | null) => (tab === null ? right : first + gap * tabs.indexOf(tab))
  /** How many fit. */
  const letters = Math.floor(words / letterWidth)
  const serverLetters = Math.floor((width - right - 36 - margin) / letterWidth)

  const hasServer = [...exchanges.values()].some(({ server }) => server)

  const rowHeight = Math.max(7, 24 * Math.min(1, zoom))
  /** From a row to a time; none before the first. */
  const sinceRow = (index: number, at: number) => at - (rows[index]?.at ?? at)
  let last = margin - rowHeight / 2
  /** The middle of each row. */
  const y = rows.map(({ at }, index) => {
    last += rowHeight + Math.min(sinceRow(index - 1, at), mostShown) * 0.026 * zoom
    return Math.round(last)
  })
  const height = Math.ceil(last + rowHeight / 2) + margin

  /** @param row one at that time, or before */
  function yOfTime(at: number, row: number): number {
    while (rows[row + 1] && rows[row + 1]!.at <= at) row++
    const next = rows[row + 1]
    const middle = y[row]!
    if (!next) return middle + rowHeight / 2
    return Math.round(middle + ((y[row + 1]! - middle) * sinceRow(row, at)) / sinceRow(row, next.at))
  }

  function drawWords(row: Row, index: number): string {
    const middle = y[index]!
    const { client, server } = labelsOf(row)
    const pause = sinceRow(index - 1, row.at)
    const end = left + Math.round(Math.min(client.length, letters) * letterWidth) + 6
    const room = laneOf(row.tab) - 11 - end
    const own = text(row.tab === null ? 'start dim' : 'start', left, middle, client, letters)
    const lead = client && room > 0 ? path('line lead', end, middle, `h${room}`) : ''
    const paused =
      pause < 1_000 ? '' : text('start dim', left, (y[index - 1]! + middle) / 2, `+${seconds(pause)}`)
    if (narrow) return own + lead + paused
    const time =
      index && pause < 5 ? '' : text('time dim', left - margin, middle, seconds(sinceRow(0, row.at)))
    return time + own + lead + paused + text('start', right + 36, middle, server, serverLetters)
  }

  /** A request and its answer. */
  function drawExchange(exchange: Exchange): string {
    const { rows: placed, tab, lost, answer, astray } = exchange
    const { sent, begin } = placed
    // Of what is lost on its way to the server, no answer comes.
    const start = placed.finish ?? (hasServer && lost ? undefined : placed.answer)
    const comes = astray?.what !== 'answer' && (answer || !lost) ? placed.answer : undefined
    const at = laneOf(tab)

    /** It leaves and arrives level, so that what stands at its ends stands in its row. */
    function arrow(x: number, from: number, end: number, to: number | undefined): string {
      const middle = (at + right) / 2
      const side = x < end ? 1 : -1
      return to === undefined
        ? path('dim gone', x, y[from]!, `H${middle}`) +
            (lost || astray ? shape('lost', middle, y[from]!) : '')
        : path('dim', x, y[from]!, `h${side * 32}L${end - side * 32} ${y[to]}H${end}`) +
            path('full', end - side * 10, y[to]!, `l${side * -7}-4v8z`)
    }

    const goes =
      tab === null || sent === undefined
        ? ''
        : arrow(at, sent, right, begin ?? (hasServer ? undefined : sent)) +
          token(carriedBy(exchange), at + 20, y[sent]!)
    const back =
      start === undefined
        ? ''
        : (tab === null ? '' : arrow(right, start, at, comes)) +
          token(broughtBy(exchange), right - 20, y[start]!)
    return `<g class="exchange">${goes}${back}</g>`
  }

  /** What happened to the tab, and at the server. */
  function drawMarks(row: Row, index: number): string {
    const { type, kind, tab, also, exchange } = row
    const { sent, raise, reject, rejected } = exchange ?? {}
    const middle = y[index]!
    const did = tab === null ? kind : also
    const wrong = did === 'begin' ? reject && 'rejected' : raise && 'lost'
    const atServer = did ? shape(wrong || '', right, middle) : ''
    if (tab === null) return atServer
    const x = laneOf(tab)
    const signsIn = type === 'signed-in'
    if (signsIn || type === 'rotated')
      return (signsIn ? circle('', x, middle, 11.5) : '') + token(row.token, x, middle, 'held') + atServer
    const carries = sent?.purpose === 'recovery' ? 'recovery' : sent?.former ? 'replay' : ''
    const what = kind === 'sent' ? carries : kind === 'answer' && rejected ? 'rejected' : kind
    return shape(what, x, middle) + atServer
  }

  function drawBatch({ from, to, size, until }: Batch, buffer: number): string {
    const begins = yOfTime(until, from)
    // The server stores whole seconds, rounded down.
    const closes = Math.max(y[to]!, yOfTime(Math.floor(until / 1_000) * 1_000 + buffer * 1_000, from))
    const bracket = size > 1 ? path('dim bracket', right + 8, y[from]! - 8, `h5V${y[to]! + 8}h-5`) : ''
    return `<g class="batch">${bracket}${rect('buffer', right + 18, begins, 7, Math.max(0, closes - begins))}</g>`
  }

  const drawAll = <Thing>(things: Thing[], drawOne: (thing: Thing, index: number) => string) =>
    things.map(drawOne).join('')

  return {
    height,
    y,

    /** Draws the names of the lanes. */
    head: () =>
      drawAll(tabs, tab => {
        const initials = tab.replace(/^(.).*?(\d*)$/, '$1$2')
        return text('name', laneOf(tab), 16, narrow && tab.length > 4 ? initials : tab)
      }) +
      text('name', right, 16, 'server') +
      text('name start', left, 16, 'client'),

    /**
     * Draws some rows, and all arrows and brackets that reach into them.
     *
     * @param buffer the server's batch_request_buffer_throttle, in seconds
     * @param current the row that stands out
     */
    draw(from: number, to: number, buffer: number, current?: number): string {
      const seen = rows.slice(from, to)
      const reaching = <Seen extends Span>(spans: Iterable<Seen>) =>
        [...spans].filter(span => span.from < to && span.to >= from)
      return (
        drawAll([...tabs, null], tab => path('line', laneOf(tab), 0, `V${height}`)) +
        drawAll(reaching(batches), batch => drawBatch(batch, buffer)) +
        drawAll(seen, (row, index) => {
          const now = from + index === current ? rect('now', 2, y[current]! - 12, width - 4, 24) : ''
          return `<g class="row">${now}${rowHeight < 15 ? '' : drawWords(row, from + index)}</g>`
        }) +
        drawAll(reaching(exchanges.values()), drawExchange) +
        drawAll(seen, (row, index) => drawMarks(row, from + index))
      )
    },

    /** The row that is there, or the next; past the last: how many there are. */
    rowAt(top: number): number {
      const index = y.findIndex(middle => middle + rowHeight / 2 >= top)
      return index < 0 ? y.length : index
    },
  }
}

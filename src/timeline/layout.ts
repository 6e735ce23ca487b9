import type { Exchange, Model } from './model.ts'

/** Where things stand, in pixels. Time runs downwards, and is cut short where nothing happens. */
export interface Layout {
  readonly width: number
  readonly height: number
  /** Without room for the server's words and the time. */
  readonly narrow: boolean
  /** The time's column ends here; 0 where there is none. */
  readonly time: number
  /** Where the words of the tabs begin, and how many letters fit. */
  readonly words: { readonly x: number; readonly letters: number }
  readonly serverWords: { readonly x: number; readonly letters: number }
  /** Lifelines. */
  readonly tabs: ReadonlyMap<string, number>
  readonly server: number
  /** Whether rows are high enough for words. */
  readonly readable: boolean
  /** The middle of each row. */
  readonly y: readonly number[]
  /** Takes in the rows that the model has got since. */
  update(): void
  /** The rows that a piece of the picture shows: from, and up to but without. */
  rowsBetween(top: number, bottom: number): [from: number, to: number]
  yOfTime(at: number): number
}

export interface LayoutOptions {
  /** Pixels. */
  width: number
  /** 1: rows stand as close as words allow. Less: an overview. More: time takes more room. */
  zoom?: number
}

/** What a letter takes on average, generously. */
export const letterWidth = 6.4
const rowHeight = 24
const margin = 12
/** The time that rows are apart adds to their height, up to a second of it: the rest is idle. */
const mostShown = 1_000
const secondHeight = 26

export function createLayout(model: Model, { width, zoom = 1 }: LayoutOptions): Layout {
  const y: number[] = []
  const narrow = width < 640
  const time = narrow ? 0 : 68
  const tabs = new Map<string, number>()
  let server = 0
  let words = { x: 0, letters: 0 }
  let serverWords = { x: 0, letters: 0 }
  const height = Math.max(7, rowHeight * Math.min(1, zoom))

  function placeLanes() {
    const gap = narrow ? 34 : 56
    const rest = width - 2 * margin - time - gap * Math.max(0, model.tabs.length - 1)
    const between = Math.min(narrow ? 116 : 200, rest / 3)
    const clientWords = narrow ? rest - between - 44 : (rest - between - 60) * 0.5
    const first = margin + time + clientWords + 20
    tabs.clear()
    model.tabs.forEach((tab, index) => {
      tabs.set(tab, first + index * gap)
    })
    server = first + gap * Math.max(0, model.tabs.length - 1) + between
    words = { x: margin + time, letters: Math.floor(clientWords / letterWidth) }
    serverWords = { x: server + 36, letters: Math.floor((width - server - 36 - margin) / letterWidth) }
  }

  function update() {
    if (tabs.size !== model.tabs.length || server === 0) placeLanes()
    for (let index = y.length; index < model.rows.length; index++) {
      const apart = index === 0 ? 0 : model.rows[index]!.at - model.rows[index - 1]!.at
      const extra = (Math.min(apart, mostShown) / mostShown) * secondHeight * zoom
      y.push(index === 0 ? margin + height / 2 : y[index - 1]! + height + extra)
    }
  }

  /** The first row whose middle is not above. */
  function rowAt(top: number): number {
    return firstWhere(y.length, index => y[index]! >= top)
  }

  update()
  return {
    width,
    narrow,
    time,
    tabs,
    y,
    update,
    readable: height >= 15,
    get server() {
      return server
    },
    get words() {
      return words
    },
    get serverWords() {
      return serverWords
    },
    get height() {
      return (y.at(-1) ?? 0) + height / 2 + margin
    },
    rowsBetween: (top, bottom) => [Math.max(0, rowAt(top) - 1), Math.min(y.length, rowAt(bottom) + 1)],
    yOfTime(at) {
      const { rows } = model
      const next = firstWhere(rows.length, index => rows[index]!.at > at)
      const last = next - 1
      if (last < 0) return y[0] ?? 0
      const [from, to] = [rows[last]!.at, rows[next]?.at]
      if (to === undefined) return y[last]! + height / 2
      return y[last]! + ((y[next]! - y[last]!) * (at - from)) / (to - from)
    },
  }
}

/** The smallest index for which the condition holds, when it holds for all after it. */
function firstWhere(length: number, condition: (index: number) => boolean): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (condition(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** The rows between which something of a request is drawn. */
export function spanOf({ rows }: Exchange): [first: number, last: number] {
  const all = Object.values(rows)
  return [Math.min(...all), Math.max(...all)]
}

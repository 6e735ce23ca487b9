import { tokenMark } from './words.ts'

/** What the pictures are made of. All but a dot is told by its shape. */
const shapes: Record<string, [name: string, path: string]> = {
  lost: ['bad', 'm-5-5l10 10m0-10l-10 10'],
  aborted: ['open', 'm-6 6v-12h12v12zl12-12'],
  'signed-out': ['bad full', 'm-7-7h14v14h-14zm3 5v4h8v-4z'],
  opened: ['open', 'm-9-3h18m0 6h-18'],
  warning: ['open', 'm0-7l7 13h-14zm0 5v4m0 2v.5'],
  rejected: ['open', 'm0-8l8 8-8 8-8-8zm0 4v5m0 2.5v.5'],
  recovery: ['full', 'm-5-7l12 7-12 7z'],
  replay: ['open', 'm-5-6l6 6-6 6m6-12l6 6-6 6'],
}

export function shape(what: string, x: number, y: number): string {
  const [name, drawn] = shapes[what] ?? ['full', 'm-2 0a2 2 0 1 0 4 0 2 2 0 1 0-4 0']
  return path(`${name} ${what}`, x, y, drawn)
}

export const path = (name: string, x: number, y: number, drawn: string) =>
  `<path class="${name}" d="M${x} ${y}${drawn}"/>`

export const rect = (name: string, x: number, y: number, width: number, height: number) =>
  `<rect class="${name}" x="${x}" y="${y}" width="${width}" height="${height}" rx="3"/>`

export const circle = (name: string, x: number, y: number, r: number) =>
  `<circle class="${name}" cx="${x}" cy="${y}" r="${r}"/>`

/** A token in its circle; or a blank. */
export function token(number: number | 'blank' | null | undefined, x: number, y: number, name = ''): string {
  if (!number) return ''
  if (number === 'blank') return circle(number, x, y, 6)
  return `<g class="token ${name}" style="${hue(number)}">${circle('', x, y, 8.5)}${text(number > 99 ? 'small' : '', x, y, `${number}`)}</g>`
}

/** @param letters how many there is room for */
export function text(name: string, x: number, y: number, words: string, letters = 12): string {
  const all = words.match(/\ue000\d+|./gsu) ?? []
  const shown = all.length > letters ? [...all.slice(0, letters - 1), '…'] : all
  const tokens = escaped(shown.join('')).replace(
    tokenMark,
    (_, number) => `<tspan style="${hue(number)}">${number}</tspan>`,
  )
  return words && letters > 2 ? `<text class="${name}" x="${x}" y="${y}">${tokens}</text>` : ''
}

export const escaped = (text: string) => text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)

const hue = (token: number) => `--h:${token * 137}`

/**
 * How it looks: light, dark, and on paper.
 *
 * @param root selects what it stands in
 */
export const styleOf = (root: string) =>
  `${root}{--paper:light-dark(#fff,#0d1117);--ink:light-dark(#1b1f24,#e6edf3);--bad:light-dark(#b42318,#ff7b72);color-scheme:light dark;color:var(--ink);background:var(--paper);font:12px system-ui,sans-serif;@media print{color-scheme:light}path,circle{fill:none;stroke:currentColor;stroke-width:1.5}text,tspan,rect,.full{fill:currentColor}text{text-anchor:middle;dominant-baseline:central}.start{text-anchor:start}.time{text-anchor:end}.name,tspan,.token{font-weight:bold}.dim{opacity:.7}.line,rect{opacity:.2}.bad{color:var(--bad);stroke-width:2.5}.lead{stroke-dasharray:1 4}.gone{stroke-dasharray:5 4}.blank{stroke-dasharray:2.5}.open,.blank,.token circle,.held text{fill:var(--paper)}tspan,.token{color:light-dark(oklch(.5 .15 var(--h)),oklch(.8 .12 var(--h)))}.held circle{fill:currentColor}.small{font-size:8px}}`

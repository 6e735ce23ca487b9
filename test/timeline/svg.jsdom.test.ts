import { describe, expect, test } from 'vitest'
import { toSvg } from '../../src/timeline/index.ts'
import { blank, logOf, rotated, sent } from './given-log.ts'

function documentOf(...[log, options]: Parameters<typeof toSvg>): Document {
  const parsed = new DOMParser().parseFromString(toSvg(log, options), 'image/svg+xml')
  expect(parsed.querySelector('parsererror')).toBeNull()
  return parsed
}

const batch = () =>
  logOf(
    sent(),
    sent(2),
    { type: 'server', did: 'begin', request: 1, token: 1 },
    { type: 'server', did: 'accept', request: 1, token: 1, as: 'token' },
    { type: 'server', did: 'begin', request: 2, token: 1 },
    { type: 'server', did: 'accept', request: 2, token: 1, as: 'token' },
    { type: 'server', did: 'rotate', request: 1, token: 2 },
    { type: 'server', did: 'finish', request: 1, token: null, status: 200 },
    { type: 'server', did: 'blank', request: 2, token: null },
    { type: 'server', did: 'finish', request: 2, token: null, status: 200 },
    rotated(),
    blank(2),
  )

test('is one picture to who cannot see it, told in sentences', () => {
  const svg = documentOf(batch(), { title: 'A batch & <more>' }).documentElement
  expect(svg.getAttribute('role')).toBe('img')
  // Its first children are what it is called and what it shows. No ids: there may be several in a page.
  const [title, desc] = svg.children
  expect([title!.tagName, desc!.tagName]).toEqual(['title', 'desc'])
  expect(svg.querySelectorAll('[id]')).toHaveLength(0)
  expect(title!.textContent).toBe('A batch & <more>')
  const told = desc!.textContent
  expect(told).toContain('tab 1: #1 GET /items.')
  expect(told).toContain('Server: #1 200, token 2 replaces token 1.')
  expect(told).toContain('#1 takes token 2 (successor): its request carried the stored token')
  expect(told).not.toMatch(/\ue000/)
})

test('has a lane for each tab and one for the server, in this order', () => {
  const names = [...documentOf(logOf(sent(), sent(2, { tab: 'tab 2' }))).querySelectorAll('.name')]
  const lanes = names.map(name => [name.textContent, Number(name.getAttribute('x'))] as const)
  expect(lanes.map(([name]) => name)).toEqual(['tab 1', 'tab 2', 'server', 'client'])
  const [first, second, server] = lanes.map(([, x]) => x)
  expect(first).toBeLessThan(second!)
  expect(second).toBeLessThan(server!)
})

test('tokens are numbers in circles: carried, handed out, and held', () => {
  const picture = documentOf(batch())
  const numbers = [...picture.querySelectorAll('.exchange .token text')].map(number => number.textContent)
  expect(numbers).toEqual(['1', '2', '1'])
  expect([...picture.querySelectorAll('.held text')].map(number => number.textContent)).toEqual(['2'])
  expect(picture.querySelectorAll('.blank')).toHaveLength(1)
})

test('a batch has one bracket, and its buffer behind it', () => {
  const picture = documentOf(batch())
  expect(picture.querySelectorAll('.bracket')).toHaveLength(1)
  const buffer = picture.querySelector('.buffer')!
  expect(Number(buffer.getAttribute('height'))).toBeGreaterThan(0)
  expect(documentOf(logOf(sent(), rotated())).querySelectorAll('.bracket')).toHaveLength(0)
})

describe('each kind of event has a shape of its own, beside its colour', () => {
  const shapes = {
    lost: { type: 'lost', request: 1, doubt: true },
    aborted: { type: 'aborted', request: 1 },
    'signed-out': { type: 'signed-out', reason: 'asked' },
    reload: { type: 'opened' },
    warning: { type: 'warning', code: 'storage-failed' },
    recovery: sent(2, { purpose: 'recovery' }),
    replay: sent(2, { former: 1, purpose: 'validation' }),
    rotated: rotated(),
  } as const
  const marksOf = (event: Parameters<typeof logOf>[0]) => {
    const picture = documentOf(logOf(sent(), event))
    // All that stands at the last row's lane, without its place and colours.
    return [...picture.querySelectorAll('path, .held circle')]
      .filter(({ parentElement }) => !parentElement!.matches('.row, .exchange, svg'))
      .map(mark => `${mark.tagName} ${mark.getAttribute('d')?.replace(/^M\S+ [\d.]+/, '')}`)
      .slice(1)
      .join()
  }

  test('no two of them alike', () => {
    const drawn = Object.values(shapes).map(marksOf)
    expect(drawn.every(marks => marks !== '')).toBe(true)
    expect(new Set(drawn).size).toBe(drawn.length)
  })
})

test('needs nothing else, and follows the reader: light, dark, and paper', () => {
  const text = toSvg(batch())
  expect(text).not.toMatch(/url\(|@import|href|<script|<image|foreignObject/)
  expect(text).toContain('color-scheme:light dark')
  expect(text).toContain('@media print{color-scheme:light}')
})

test('what a log holds stays text', () => {
  const path = '/<script>alert(1)</script>"&\''
  const picture = documentOf(logOf(sent(1, { path, method: '<b>' })), { width: 2_000 })
  expect(picture.querySelectorAll('script, b')).toHaveLength(0)
  expect(picture.querySelector('.row')!.textContent).toContain(`<b> ${path}`)
})

test('what looks like a token in a path is none', () => {
  const [row] = documentOf(logOf(sent(1, { path: '/{7}' }))).querySelectorAll('.row')
  expect(row!.textContent).toBe('0.00 s#1 GET /{7}')
  expect(row!.querySelector('tspan')).toBeNull()
})

test('says in how narrow a picture what fits', () => {
  const long = sent(1, { path: `/${'a'.repeat(200)}` })
  const words = documentOf(logOf(long), { width: 360 }).querySelector('.row')!.textContent!
  expect(words).toMatch(/^#1 GET \/a+…$/)
  expect(words.length).toBeLessThan(40)
})

test('an empty log is an empty picture', () => {
  expect(documentOf({ events: [] }).querySelectorAll('.row')).toHaveLength(0)
})

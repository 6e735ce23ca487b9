import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineTimeline, type TimelineElement } from '../../src/timeline/element.ts'
import { createLog, type LogEvent } from '../../src/timeline/index.ts'
import { logOf, rotated, sent } from './given-log.ts'

let element: TimelineElement

beforeEach(() => {
  vi.useFakeTimers()
  defineTimeline()
  // A page may ask twice.
  defineTimeline()
  element = document.createElement('token-timeline')
  document.body.append(element)
})
afterEach(() => {
  element.remove()
  vi.useRealTimers()
})

const frame = () => vi.advanceTimersByTime(20)
const rows = () => [...element.shadowRoot!.querySelectorAll('.row')].map(row => row.textContent)
const said = () => element.shadowRoot!.querySelector('[aria-live]')!.textContent
const press = (key: string) => {
  const scroll = element.shadowRoot!.querySelector('.scroll')!
  scroll.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  frame()
}

function told(count: number, limit = 10_000) {
  const log = createLog({ limit })
  let request = 0
  let hear: (event: never) => void = () => {}
  log.followServer({
    on(listener) {
      hear = listener as never
      return () => {}
    },
  })
  const tell = (times: number) => {
    for (let n = 0; n < times; n++) {
      const about = { at: 0, request: ++request, method: 'GET', path: '/items' }
      hear({ ...about, type: 'begin', token: null, client: null } as never)
    }
  }
  tell(count)
  return { log, tell }
}

test('shows a log, and another one', () => {
  expect(element.log).toBeNull()
  element.log = logOf(sent(), rotated())
  frame()
  expect(rows()).toEqual([expect.stringContaining('#1 GET /items'), expect.stringContaining('#1 takes 2')])
  element.log = null
  frame()
  expect(rows()).toEqual([])
})

test('grows with its log, drawing once a frame', () => {
  const { log, tell } = told(1)
  element.log = log
  frame()
  const canvas = element.shadowRoot!.querySelector('.scroll svg')!
  const draw = vi.spyOn(canvas, 'innerHTML', 'set')
  tell(3)
  expect(draw).not.toHaveBeenCalled()
  frame()
  expect(draw).toHaveBeenCalledTimes(1)
  expect(rows()).toHaveLength(4)
})

test('goes on when its log lets go of the oldest, or is cleared', () => {
  const { log, tell } = told(18, 20)
  element.log = log
  frame()
  tell(5)
  frame()
  expect(rows()).toHaveLength(log.events.length)
  expect(rows().at(-1)).toContain('#23 GET')
  log.clear()
  frame()
  expect(rows()).toEqual([])
  tell(1)
  frame()
  expect(rows()).toEqual([expect.stringContaining('#24 GET')])
})

test('costs nothing when it is not in the page, and knows all when it is back', () => {
  const { log, tell } = told(1)
  element.log = log
  frame()
  element.remove()
  expect(vi.getTimerCount()).toBe(0)
  tell(2)
  expect(vi.getTimerCount()).toBe(0)
  document.body.append(element)
  frame()
  expect(rows()).toHaveLength(3)
})

test('says what the current row means', () => {
  element.log = logOf(sent(), rotated())
  frame()
  press('End')
  expect(element.current).toBe(1)
  expect(said()).toMatch(/#1 takes token 2 \(successor\): its request carried/)
  press('ArrowUp')
  expect(said()).toBe('tab 1: #1 GET /items.')
  press('x')
  expect(element.current).toBe(0)
  element.current = 99
  expect(element.current).toBe(-1)
})

test('zooms within bounds, and without words where rows are too low', () => {
  element.log = logOf(sent(), rotated())
  frame()
  for (let n = 0; n < 20; n++) press('-')
  expect(element.zoom).toBe(0.25)
  expect(rows().join('')).toBe('')
  for (let n = 0; n < 20; n++) press('+')
  expect(element.zoom).toBe(8)
  expect(rows().join('')).toContain('#1')
})

test('says what a tap is at', () => {
  element.log = logOf(sent(), rotated())
  frame()
  const canvas = element.shadowRoot!.querySelector('.scroll svg')!
  canvas.dispatchEvent(new MouseEvent('click', { clientY: 20 }))
  expect(element.current).toBe(0)
  canvas.dispatchEvent(new MouseEvent('click', { clientY: 900 }))
  frame()
  expect(said()).toContain('#1 takes token 2')
})

test('follows unless it is told otherwise', () => {
  expect(element.follow).toBe(true)
  const button = element.shadowRoot!.querySelector<HTMLElement>('[aria-pressed]')!
  button.click()
  expect(element.follow).toBe(false)
  frame()
  expect(button.getAttribute('aria-pressed')).toBe('false')
  const other = document.createElement('token-timeline')
  other.setAttribute('follow', 'false')
  document.body.append(other)
  expect(other.follow).toBe(false)
  other.remove()
})

test('keeps what it was given before it was defined', () => {
  const early = document.createElement('early-timeline') as TimelineElement
  Object.assign(early, { log: logOf(sent()), follow: false })
  document.body.append(early)
  defineTimeline('early-timeline')
  frame()
  expect(early.shadowRoot!.querySelectorAll('.row')).toHaveLength(1)
  expect(early.follow).toBe(false)
  early.remove()
})

test('takes what a log holds as text', () => {
  const evil = { path: '/<img src=x onerror=alert(1)>' } as Partial<LogEvent>
  element.log = logOf(sent(1, evil as never))
  frame()
  expect(element.shadowRoot!.querySelector('img')).toBeNull()
  expect(rows()[0]).toContain('<img')
})

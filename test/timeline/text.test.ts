import { describe, expect, test } from 'vitest'
import { timeline } from '../../src/timeline/index.ts'
import { blank, empty, logOf, rotated, sent } from './given-log.ts'

const rowsOf = (text: string) => text.trimEnd().split('\n').slice(1)

test('time runs downwards; requests, tokens and the server stand side by side', () => {
  const log = logOf(
    sent(),
    { type: 'server', did: 'begin', request: 1, token: 1 },
    { type: 'server', did: 'accept', request: 1, token: 1, as: 'token' },
    { type: 'server', did: 'rotate', request: 1, token: 2 },
    { type: 'server', did: 'finish', request: 1, token: null, status: 200 },
    rotated(),
  )
  expect(timeline(log, { width: 90 })).toBe(
    [
      '            client                             token         server',
      '   0.00 s   #1 GET /items                 ────── ① ───────┄',
      '   0.01 s                                 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▶ #1 accepts ①',
      '   0.04 s                                  ────── ② ───────  #1 200, ② replaces ①',
      '   0.05 s   #1 takes ② (successor)        ◀┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄',
      '',
    ].join('\n'),
  )
})

test('what happens at the server in the same moment stands in one row', () => {
  const log = logOf(
    { ...sent(), at: 100 },
    { type: 'server', did: 'begin', request: 1, token: 1, at: 101 },
    { type: 'server', did: 'accept', request: 1, token: 1, as: 'previous', at: 101 },
    { type: 'server', did: 'blank', request: 1, token: null, at: 300 },
    { type: 'server', did: 'finish', request: 1, token: null, status: 200, at: 300 },
    { ...blank(1), at: 301 },
  )
  const [request, answer, ...more] = rowsOf(timeline(log))
  expect(request).toMatch(/#1 GET \/items +─+ ① ─+▶ {2}accepts ① as the previous one$/)
  expect(answer).toMatch(/#1 blank: no change +◀─+ blank ─+ {2}200, blank: same batch$/)
  expect(more).toEqual([])
})

test('an answer is never drawn before a request that was sent before it came', () => {
  const log = logOf(
    { ...sent(), at: 1 },
    { type: 'server', did: 'finish', request: 1, token: null, status: 200, at: 100 },
    { ...sent(2), at: 101 },
    { ...rotated(), at: 102 },
  )
  expect(rowsOf(timeline(log)).map(row => row.match(/#\d \S+/)?.[0])).toEqual([
    '#1 GET',
    '#1 200,',
    '#2 GET',
    '#1 takes',
  ])
})

test('a batch is bracketed, and one request alone is none', () => {
  const log = logOf(sent(), sent(2), sent(3), rotated(2), blank(1), blank(3), sent(4), rotated(4, 3))
  const brackets = rowsOf(timeline(log)).map(row => row[10])
  expect(brackets.join('')).toBe('┌││││└  ')
})

test('without a server, tokens stand on the arrows all the same', () => {
  const [request, answer] = rowsOf(timeline(logOf(sent(), rotated())))
  expect(request).toMatch(/─ ① ─+▶$/)
  expect(answer).toMatch(/#1 takes ② \(successor\) +◀┄+ ② ┄+ {2}200, brings ②$/)
})

describe('what goes wrong is told by its shape', () => {
  const shapeOf = (...events: Parameters<typeof logOf>) => rowsOf(timeline(logOf(sent(), ...events))).at(-1)!

  test.each([
    ['a loss', { type: 'lost', request: 1, doubt: true } as const, /#1 lost, in doubt +✕╌+$/],
    ['a loss that does no harm', { type: 'lost', request: 1, doubt: false } as const, /#1 lost +✕╌+$/],
    ['an abort', { type: 'aborted', request: 1 } as const, /#1 aborted +┤$/],
    ['a sign-out', { type: 'signed-out', reason: 'rejected' } as const, / signed out \(rejected\)$/],
    ['a warning', { type: 'warning', code: 'storage-failed' } as const, / warning: storage-failed$/],
    ['a recovery', sent(2, { purpose: 'recovery' }), /#2 recovery: GET \/items +─+ ①/],
    ['a replay', sent(2, { former: 1, token: 3 }), /#2 replays #1: GET \/items +─+ ③/],
  ])('%s', (_, event, shape) => {
    expect(shapeOf(event)).toMatch(shape)
  })

  test('a refusal, and what becomes of the request', () => {
    const kept = { type: 'kept', request: 1, reason: 'blank', status: 401, token: null } as const
    const rejected = { type: 'rejected', request: 1, verdict: 'replay', reason: null } as const
    expect(shapeOf(kept, rejected)).toContain('#1 refused: replay')
  })
})

test('a long pause has a line of its own', () => {
  const rows = rowsOf(timeline(logOf({ ...sent(), at: 0 }, { ...rotated(), at: 2_500 })))
  expect(rows[1]).toMatch(/⋮ {3}2\.50 s pass/)
})

test('tabs are named where there are several', () => {
  expect(timeline(logOf(sent(), sent(2, { tab: 'tab 2' })))).toMatch(/tab 1: #1(.|\n)*tab 2: #2/)
  expect(timeline(logOf(sent()))).not.toContain('tab 1')
})

test('tokens have circles as far as there are some', () => {
  const rows = rowsOf(
    timeline(logOf(...[1, 20, 21, 35, 36, 50, 51].map((token, index) => sent(index + 1, { token })))),
  )
  expect(rows.map(row => /─ (\S+) ─/.exec(row)?.[1])).toEqual(['①', '⑳', '㉑', '㉟', '㊱', '㊿', '(51)'])
})

test('colours come only from who paints', () => {
  const log = logOf(sent(), rotated())
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(timeline(log)).not.toMatch(/\u001b/)
  const painted = timeline(log, { paint: (style, text) => (style.startsWith('token') ? `<${text}>` : text) })
  expect(painted).toContain('<①>')
  expect(painted).toContain('<②>')
})

test('an empty log is a head without rows', () => {
  expect(rowsOf(timeline(empty))).toEqual([])
})

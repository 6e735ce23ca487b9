import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '../../src/timeline/index.ts'
import { holdTime, later, letTimeGo, pause } from '../session/given.ts'
import { followed } from './given.ts'

const stops: (() => void)[] = []
beforeEach(holdTime)
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  letTimeGo()
})

/** Messages between threads take real time. */
async function arrived(check: () => boolean) {
  for (let turn = 0; turn < 500 && !check(); turn++) await new Promise(resolve => setImmediate(resolve))
  expect(check()).toBe(true)
}

test('two tabs’ logs hold the events of both, with the same tokens in each one’s own numbers', async () => {
  const { session, another, log, of } = await followed()
  const elsewhere = createLog()
  stops.push(log.share('both'), elsewhere.share('both'))
  const second = another()
  elsewhere.follow(second, 'its own')
  await session.fetch('/items?q=1')
  await later(pause)
  await second.fetch('/news')
  const rotated = () => elsewhere.events.filter(event => event.type === 'rotated')
  await arrived(() => rotated().length >= 3)

  const sent = elsewhere.events.filter(event => event.type === 'sent')
  // Followed by both logs, the second tab is there twice: by itself, and as the other log tells of it.
  const own = sent.find(({ tab }) => tab === 'its own')!
  const first = sent.find(({ path }) => path === '/items')!
  expect(first.tab).not.toBe(own.tab)
  expect(first.request).not.toBe(own.request)
  expect(first).not.toHaveProperty('query')
  const brought = rotated().find(({ request }) => request === first.request)!
  expect(own.token).toBe(brought.token)
  expect(of('sent').some(({ path }) => path === '/news')).toBe(true)
})

test('what is no event, and what comes after it was stopped, is left alone', async () => {
  const log = createLog()
  const stop = log.share('some')
  const channel = new BroadcastChannel('some')
  stops.push(() => channel.close())
  const event = { at: 1, tab: 'a', type: 'opened' }
  channel.postMessage(null)
  channel.postMessage({ from: 'x', event: { ...event, type: 'other' } })
  channel.postMessage({ from: 'x', event: { ...event, extra: 'secret' } })
  await arrived(() => log.events.length > 0)
  expect(log.events).toEqual([{ at: 1, tab: 'tab 1', type: 'opened' }])
  stop()
  channel.postMessage({ from: 'x', event })
  for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
  expect(log.events).toHaveLength(1)
})

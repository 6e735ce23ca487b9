import { describe, expect } from 'vitest'
import { test } from './world.ts'

const generations = ['1.3.0', '1.2.0'] as const

describe.each(generations)('rules %s', rules => {
  test('aborts while typing, one for each key', async ({ world, noneLost }) => {
    const one = await world({ server: { rules, latency: { action: 60, response: 20 } } })
    const tab = await one.signedIn()
    // The buffer closes while the user types, so that aborted searches rotate.
    const hurry = setInterval(() => one.api.closeBuffer(), 120)
    const outcomes = await tab.page.evaluate(async () => {
      const text = 'devise token auth'
      const calls: Promise<number | string>[] = []
      let typing = new AbortController()
      for (let length = 1; length <= text.length; length++) {
        typing.abort()
        typing = new AbortController()
        const { signal } = typing
        calls.push(window.call(`/search?q=${text.slice(0, length)}`, { signal }))
        await new Promise(resolve => setTimeout(resolve, 40))
      }
      return Promise.all(calls)
    })
    clearInterval(hurry)
    expect(outcomes).toEqual([...Array(16).fill('AbortError'), 200])
    expect((await tab.log('rotated')).length).toBeGreaterThan(0)
    await expect.poll(() => one.api.server.inspect().pending).toEqual([])
    one.api.closeBuffer()
    expect(await tab.call('/items')).toBe(200)
    await noneLost(one)
  })

  test('a call that takes too long', async ({ world, noneLost }) => {
    const one = await world({ server: { rules } })
    const tab = await one.signedIn()
    const carried = await tab.stored()
    const held = one.api.server.hold('POST /items')
    const outcome = await tab.page.evaluate(() =>
      window.call('/items', { method: 'POST', body: '{}', signal: AbortSignal.timeout(100) }),
    )
    expect(outcome).toBe('TimeoutError')
    held.release()
    // Given up by its caller, it still brought its token.
    await expect.poll(() => tab.stored()).not.toBe(carried)
    one.api.closeBuffer()
    expect(await tab.call('/items')).toBe(200)
    expect(one.api.counted).toMatchObject({ rotate: 3, reject: 0 })
    expect(one.api.recoveries()).toBe(0)
    await noneLost(one)
  })
})

test('a large upload is really aborted, and what it may have rotated is recovered', async ({
  world,
  noneLost,
}) => {
  const one = await world({ server: { rules: '1.2.0' } })
  const tab = await one.signedIn()
  const carried = await tab.stored()
  const held = one.api.server.hold('PUT /items')
  const outcome = tab.page.evaluate(async () => {
    const abort = new AbortController()
    const body = new Uint8Array(4_000_000)
    const call = window.call('/items', { method: 'PUT', body, signal: abort.signal })
    Object.assign(window, { abort })
    return call
  })
  await held.begun
  await tab.page.evaluate(() => (window as unknown as { abort: AbortController }).abort.abort())
  expect(await outcome).toBe('AbortError')
  expect(await tab.log('lost')).toMatchObject([{ doubt: true }])
  held.release()
  await expect.poll(() => tab.stored(), { timeout: 8_000 }).not.toBe(carried)
  one.api.closeBuffer()
  expect(await tab.call('/items')).toBe(200)
  await noneLost(one)
})

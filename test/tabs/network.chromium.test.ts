import { describe, expect } from 'vitest'
import { ANN } from './api.ts'
import { test } from './world.ts'

const generations = ['1.3.0', '1.2.0'] as const

describe.each(generations)('rules %s', rules => {
  test('two tabs, offline in the middle of a request that rotates, and online at once', async ({
    world,
    context,
    noneLost,
  }) => {
    const one = await world({ server: { rules } })
    const tabs = [await one.signedIn(), await one.openTab()]
    const held = tabs.map(() => one.api.server.hold('POST /items'))
    one.api.loseAnswer('POST /items', 2)
    const lost = tabs.map(tab => tab.call('/items', { method: 'POST' }))
    await Promise.all(held.map(hold => hold.begun))
    await context.setOffline(true)
    for (const hold of held) hold.release()
    expect(await Promise.all(lost)).toEqual(['TypeError', 'TypeError'])
    expect(await tabs[0]!.call('/search?q=a')).toBe('TypeError')
    // Nothing is tried without a network, whatever is due.
    await new Promise(resolve => setTimeout(resolve, 1_800))
    for (const tab of tabs) {
      expect(await tab.log('recovered')).toEqual([])
      expect(await tab.status()).toBe('signed-in')
    }
    await context.setOffline(false)
    await expect.poll(() => one.api.recoveries(), { timeout: 5_000 }).toBe(1)
    await expect.poll(() => tabs[0]!.doubts()).toBe(0)
    // Time for the other tab's attempt, which finds nothing left to do.
    await new Promise(resolve => setTimeout(resolve, 1_200))
    for (const tab of tabs) {
      one.api.closeBuffer()
      expect(await tab.call('/items')).toBe(200)
    }
    expect(one.api.recoveries()).toBe(1)
    await noneLost(one)
  })

  test('a server that is gone for a while', async ({ world, noneLost }) => {
    const one = await world({ server: { rules } })
    const tab = await one.signedIn()
    await one.api.close()
    expect(await Promise.all([tab.call('/items'), tab.call('/search?q=a')])).toEqual([
      'TypeError',
      'TypeError',
    ])
    expect(
      await tab.page.evaluate(() => window.sessions.session!.validateToken().catch(error => error.code)),
    ).toBe('network')
    expect(await tab.status()).toBe('signed-in')
    await one.api.reopen()
    expect(await tab.call('/items')).toBe(200)
    expect(await tab.validateToken()).toMatchObject({ email: ANN })
    await noneLost(one)
  })
})

// Under rules 1.2.0 nothing but a call before the buffer closes could save it: no client sees what happened.
test('a connection that breaks: Chromium sends the request again by itself', async ({ world, noneLost }) => {
  const one = await world()
  const tab = await one.signedIn()
  // On a connection that was kept open, which is what breaks unnoticed.
  expect(await tab.call('/items')).toBe(200)
  one.api.closeBuffer()
  one.api.server.loseAnswer('POST /items')
  expect(await tab.call('/items', { method: 'POST' })).toBe(200)
  const posts = one.api.requests.filter(({ method, path }) => method === 'POST' && path === '/items')
  expect(posts).toHaveLength(2)
  // The first of the two rotated, unseen; the second was told to be of its batch.
  expect(await tab.log('kept')).toMatchObject([{ reason: 'blank' }])
  one.api.closeBuffer()
  expect(await tab.call('/items')).toBe(200)
  one.api.closeBuffer()
  expect(await tab.call('/items')).toBe(200)
  expect(one.api.counted.reject).toBe(0)
  await noneLost(one)
})

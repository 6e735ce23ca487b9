import { describe, expect } from 'vitest'
import { goBack } from '../support/tabs.ts'
import { ANN } from './api.ts'
import { test } from './world.ts'

const generations = ['1.3.0', '1.2.0'] as const

describe.each(generations)('rules %s', rules => {
  test('a reload in the middle of a request that rotates', async ({ world, noneLost }) => {
    const one = await world({ server: { rules } })
    const tab = await one.signedIn()
    const held = one.api.server.hold('GET /items')
    void tab.call('/items').catch(() => {})
    await held.begun
    const carried = one.api.requests.at(-1)!.token
    await tab.reload()
    held.release()
    await expect.poll(() => one.api.counted.rotate).toBe(2)
    // The new token went to a page that is gone. The next one knows that, and asks for another.
    expect(await tab.stored()).toBe(carried)
    expect(await tab.validateToken()).toMatchObject({ email: ANN })
    await expect.poll(() => tab.stored(), { timeout: 8_000 }).not.toBe(carried)
    one.api.closeBuffer()
    expect(await tab.call('/items')).toBe(200)
    expect(one.api.recoveries()).toBe(1)
    await noneLost(one)
  })

  test('ten fast reloads', async ({ world, noneLost }) => {
    const one = await world({ server: { rules, latency: { action: 30 } } })
    const tab = await one.signedIn()
    for (let page = 0; page < 10; page++) {
      // The server's buffer closes between two pages of three.
      if (page % 3 > 0) one.api.skip(2)
      await tab.page.evaluate(delay => {
        void window.sessions.session!.validateToken().catch(() => {})
        for (const path of ['/items', '/items?page=2', '/search?q=a']) void window.call(path)
        setTimeout(() => location.reload(), delay)
      }, page * 13)
      await tab.page.waitForEvent('load')
      await tab.page.waitForFunction(() => 'call' in window)
    }
    expect(await tab.validateToken()).toMatchObject({ email: ANN })
    await expect.poll(() => tab.doubts(), { timeout: 8_000 }).toBe(0)
    one.api.closeBuffer()
    expect(await tab.call('/items')).toBe(200)
    await noneLost(one)
  })
})

test('a tab that is closed in the middle of a request leaves its doubt to the others', async ({
  world,
  noneLost,
}) => {
  const one = await world({ server: { rules: '1.2.0' } })
  const first = await one.signedIn()
  const second = await one.openTab()
  const held = one.api.server.hold('GET /items')
  void first.call('/items').catch(() => {})
  await held.begun
  await first.page.close({ runBeforeUnload: true })
  await expect.poll(() => first.page.isClosed()).toBe(true)
  held.release()
  await expect.poll(() => one.api.recoveries(), { timeout: 8_000 }).toBe(1)
  await expect.poll(() => second.log('recovered')).toMatchObject([{ status: 200 }])
  one.api.closeBuffer()
  expect(await second.call('/items')).toBe(200)
  await noneLost(one)
})

describe('the back/forward cache', () => {
  test.override({ backForwardCache: true })

  test('brings a page back that goes on with the newest token', async ({ world, noneLost }) => {
    const one = await world()
    const tab = await one.signedIn()
    await tab.page.evaluate(() => {
      addEventListener('pageshow', event => window.log({ session: '', type: 'shown', kept: event.persisted }))
    })
    // The next page does not tell the one that is kept, which a browser would throw away to wake it.
    await tab.page.goto(`${one.origin}/silent`)
    await tab.page.waitForFunction(() => 'call' in window)
    for (let n = 0; n < 3; n++) {
      expect(await tab.call('/items')).toBe(200)
      one.api.closeBuffer()
    }
    const newest = await tab.stored()
    await goBack(tab.page)
    await tab.page.waitForFunction(() => 'call' in window)
    expect(await tab.log('shown')).toMatchObject([{ kept: true }])
    expect(await tab.call('/items')).toBe(200)
    expect(one.api.requests.at(-1)!.token).toBe(newest)
    await noneLost(one)
  })

  test('brings a page back after a sign-out elsewhere, and it knows', async ({ world, noneLost }) => {
    // Whether a kept page hears of it when it comes back is up to the browser: here it does not.
    const deaf =
      "delete window.BroadcastChannel; addEventListener('storage', event => event.stopImmediatePropagation())"
    const one = await world({ prelude: deaf })
    const tab = await one.signedIn()
    await tab.page.evaluate(() => {
      addEventListener('pageshow', event => window.log({ session: '', type: 'shown', kept: event.persisted }))
    })
    await tab.page.goto(`${one.origin}/silent`)
    await tab.page.waitForFunction(() => 'call' in window)
    await tab.signOut()
    await goBack(tab.page)
    await tab.page.waitForFunction(() => 'call' in window)
    expect(await tab.log('shown')).toMatchObject([{ kept: true }])
    expect(await tab.status()).toBe('signed-out')
    await noneLost(one)
  })

  test('may throw a page away to which others speak; the session goes on', async ({ world, noneLost }) => {
    const one = await world()
    const tab = await one.signedIn()
    await tab.page.goto(`${one.origin}/other`)
    await tab.page.waitForFunction(() => 'call' in window)
    expect(await tab.call('/items')).toBe(200)
    one.api.closeBuffer()
    await goBack(tab.page)
    await tab.page.waitForFunction(() => 'call' in window)
    expect(await tab.status()).toBe('signed-in')
    expect(await tab.call('/items')).toBe(200)
    await noneLost(one)
  })
})

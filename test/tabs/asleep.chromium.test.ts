import { describe, expect } from 'vitest'
import type { Tab } from './app.ts'
import { test } from './world.ts'

/**
 * Stops all script of a tab, as a browser does to a tab in the background, until it is woken.
 *
 * @returns wakes it, and resolves to what its first call then gets, which it sends before it has heard anything
 */
async function putToSleep(tab: Tab): Promise<() => Promise<number | string>> {
  const cdp = await tab.page.context().newCDPSession(tab.page)
  await cdp.send('Debugger.enable')
  const asleep = new Promise(resolve => cdp.once('Debugger.paused', resolve))
  await cdp.send('Debugger.pause')
  const first = tab.call('/items?first')
  await asleep
  return async () => {
    await cdp.send('Debugger.resume')
    return first
  }
}

const generations = ['1.3.0', '1.2.0'] as const

describe.each(generations)('rules %s', rules => {
  test('a tab that slept goes on with the token that the other brought', async ({ world, noneLost }) => {
    const one = await world({ server: { rules } })
    const first = await one.signedIn()
    const second = await one.openTab()
    const wake = await putToSleep(second)
    for (let n = 0; n < 5; n++) {
      await first.call('/items')
      one.api.closeBuffer()
    }
    const newest = await first.stored()
    expect(await wake()).toBe(200)
    expect(one.api.requests.at(-1)!.token).toBe(newest)
    await noneLost(one)
  })

  test('a tab that is busy while its answer arrives still counts as having a request in flight', async ({
    world,
    noneLost,
  }) => {
    const one = await world({ server: { rules } })
    const first = await one.signedIn()
    const second = await one.openTab()
    const held = one.api.server.hold('GET /items')
    const slow = first.call('/items')
    await held.begun
    one.api.skip(15 * 24 * 60 * 60)
    const busy = first.page.evaluate(() => {
      for (const until = Date.now() + 400; Date.now() < until; );
    })
    const refused = second.call('/search?q=a')
    await expect.poll(() => one.api.counted.reject).toBe(2)
    held.release()
    await busy
    expect(await Promise.all([slow, refused])).toEqual([200, 200])
    await noneLost(one)
  })
})

// Under rules 1.2.0 the sleeping tab would hold the only copy of the only token that is still accepted.
test('the answer that a tab slept through brings no old token back', async ({ world, noneLost }) => {
  const one = await world()
  const first = await one.signedIn()
  const second = await one.openTab()
  const held = one.api.server.hold('GET /search')
  const slept = second.call('/search?q=a')
  await held.begun
  const wake = await putToSleep(second)
  held.release()
  await expect.poll(() => one.api.server.inspect().pending).toEqual([])
  for (let n = 0; n < 3; n++) {
    one.api.closeBuffer()
    await first.call('/items')
  }
  const newest = await first.stored()
  expect(await Promise.all([wake(), slept])).toEqual([200, 200])
  expect(await second.log('rotated')).toEqual([])
  expect(await second.log('kept')).toContainEqual(expect.objectContaining({ reason: 'older' }))
  expect([await first.stored(), await second.stored()]).toEqual([newest, newest])
  expect(await second.call('/items')).toBe(200)
  expect(one.api.requests.at(-1)!.token).toBe(newest)
  await noneLost(one)
})

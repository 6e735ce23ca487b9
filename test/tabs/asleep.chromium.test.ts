import { describe, expect } from 'vitest'
import { test } from './world.ts'

const generations = ['1.3.0', '1.2.0'] as const

describe.each(generations)('rules %s', rules => {
  test('a tab that slept goes on with the token that the other brought', async ({ world, noneLost }) => {
    const one = await world({ server: { rules } })
    const first = await one.signedIn()
    const second = await one.openTab()
    const wake = await one.putToSleep(second)
    for (let n = 0; n < 5; n++) {
      await first.call('/items')
      one.api.closeBuffer()
    }
    const newest = await first.stored()
    // Before it hears anything it reads what was stored when it fell asleep, also in Chromium's localStorage.
    // Then its call is refused, and sent again with what it hears meanwhile.
    expect(await wake()).toBe(200)
    expect(one.api.requests.at(-1)).toMatchObject({ path: '/items?first', token: newest })
    expect(one.api.counted.reject).toBeLessThanOrEqual(1)
    expect(one.api.recoveries()).toBe(0)
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
  const wake = await one.putToSleep(second)
  held.release()
  await expect.poll(() => one.api.server.inspect().pending).toEqual([])
  for (let n = 0; n < 3; n++) {
    one.api.closeBuffer()
    await first.call('/items')
  }
  const newest = await first.stored()
  expect(await Promise.all([wake(), slept])).toEqual([200, 200])
  await expect.poll(() => Promise.all([first.stored(), second.stored()])).toEqual([newest, newest])
  const third = await one.openTab()
  expect(await third.call('/items')).toBe(200)
  expect(one.api.requests.at(-1)!.token).toBe(newest)
  await noneLost(one)
})

test('a tab that is closed in its sleep, with a request in flight, leaves the newest token behind', async ({
  world,
  noneLost,
}) => {
  const one = await world()
  const first = await one.signedIn()
  const second = await one.openTab()
  const held = one.api.server.hold('GET /search')
  void second.call('/search?q=a')
  await held.begun
  const wake = await one.putToSleep(second)
  for (let n = 0; n < 3; n++) {
    one.api.closeBuffer()
    await first.call('/items')
  }
  const newest = await first.stored()
  const closed = second.page.close({ runBeforeUnload: true })
  await new Promise(resolve => setTimeout(resolve, 100))
  void wake().catch(() => {})
  await closed
  await expect.poll(() => second.page.isClosed()).toBe(true)
  held.release()
  await first.page.goto(`${one.origin}/left`)
  const third = await one.openTab()
  expect(await third.stored()).toBe(newest)
  one.api.closeBuffer()
  expect(await third.call('/items?third')).toBe(200)
  expect(one.api.requests.filter(({ path }) => path === '/items?third')).toMatchObject([{ token: newest }])
  await noneLost(one)
})

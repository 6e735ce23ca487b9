import { expect } from 'vitest'
import { test } from './world.ts'

const twoWeeks = 15 * 24 * 60 * 60

test('two refused calls wait for a third without keeping the page busy', async ({ world, noneLost }) => {
  const one = await world()
  const tab = await one.signedIn()
  const held = one.api.server.hold('GET /items')
  const slow = tab.call('/items')
  await held.begun
  // The token grows too old, but the call in flight was accepted before, and will bring a new one.
  one.api.skip(twoWeeks)
  const refused = [tab.call('/search?q=a'), tab.call('/search?q=b')]
  await expect.poll(() => one.api.counted.reject).toBe(2)
  held.release()
  expect(await Promise.all([slow, ...refused])).toEqual([200, 200, 200])
  await noneLost(one)
})

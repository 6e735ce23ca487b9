import { describe, expect } from 'vitest'
import { ANN } from './api.ts'
import { test } from './world.ts'

describe.each(['1.3.0', '1.2.0'] as const)('rules %s', rules => {
  test('two tabs call at the same time over many rotations', async ({ world, noneLost }) => {
    const one = await world({ server: { rules } })
    const first = await one.signedIn()
    const second = await one.openTab()
    const busy = [first, second].map(tab =>
      tab.page.evaluate(async () => {
        for (let round = 0; round < 30; round++) {
          await Promise.all(['/items', '/search?q=a', '/items?page=2'].map(path => window.call(path)))
          await new Promise(resolve => setTimeout(resolve, Math.random() * 80))
        }
      }),
    )
    const hurry = setInterval(() => one.api.skip(1), 50)
    await Promise.all(busy)
    clearInterval(hurry)
    expect(one.api.counted.rotate).toBeGreaterThan(20)
    // What the two left in the storage is good for a third that hears nothing from them.
    await Promise.all([first, second].map(tab => tab.page.goto(`${one.origin}/left`)))
    one.api.skip(5)
    const third = await one.openTab()
    expect(await third.validateToken()).toMatchObject({ email: ANN })
    await noneLost(one)
  })
})

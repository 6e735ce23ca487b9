import { describe, expect } from 'vitest'
import { test } from './world.ts'

describe.each(['1.3.0', '1.2.0'] as const)('rules %s', rules => {
  test.for(['default', 'force-cache'] as const)(
    'a response out of the HTTP cache (%s) brings no old token back',
    async (cache, { world, noneLost }) => {
      const one = await world({ server: { rules } })
      const tab = await one.signedIn()
      const served = () => one.api.requests.filter(({ path }) => path === '/cached').length
      expect(await tab.call('/cached')).toBe(200)
      const cached = await tab.stored()
      for (let n = 0; n < 4; n++) {
        one.api.closeBuffer()
        expect(await tab.call('/items')).toBe(200)
        const newest = await tab.stored()
        expect(newest).not.toBe(cached)
        expect(await tab.call('/cached', { cache })).toBe(200)
        expect(await tab.stored()).toBe(newest)
      }
      expect(served()).toBe(1)
      expect((await tab.log('kept')).map(({ reason }) => reason)).toEqual([
        'older',
        'older',
        'older',
        'older',
      ])
      expect(one.api.recoveries()).toBe(0)
      await noneLost(one)
    },
  )

  test('nor does one of an earlier page, which is not taken for a lowered lifespan', async ({
    world,
    noneLost,
  }) => {
    const one = await world({ server: { rules } })
    const tab = await one.signedIn()
    expect(await tab.call('/cached')).toBe(200)
    one.api.closeBuffer()
    expect(await tab.call('/items')).toBe(200)
    // The next page never held that token: it could be the first of a lower lifespan, so the server is asked.
    await tab.reload()
    expect(await tab.call('/cached')).toBe(200)
    expect(await tab.log('kept')).toMatchObject([{ reason: 'conflict' }])
    await expect.poll(() => one.api.recoveries(), { timeout: 5_000 }).toBe(1)
    await expect.poll(() => tab.log('recovered')).toMatchObject([{ status: 200 }])
    one.api.closeBuffer()
    expect(await tab.call('/items')).toBe(200)
    // Once is enough.
    expect(await tab.call('/cached')).toBe(200)
    expect(one.api.recoveries()).toBe(1)
    expect(one.api.counted.reject).toBe(0)
    await noneLost(one)
  })

  test('a response that the server found unchanged (304) brings the new token', async ({
    world,
    noneLost,
  }) => {
    const one = await world({ server: { rules } })
    const tab = await one.signedIn()
    const statuses: number[] = []
    one.api.server.on(event => {
      if (event.type === 'finish') statuses.push(event.status)
    })
    expect(await tab.call('/items')).toBe(200)
    const before = await tab.stored()
    one.api.closeBuffer()
    expect(await tab.call('/items')).toBe(200)
    expect(statuses).toEqual([200, 304])
    expect(await tab.stored()).not.toBe(before)
    one.api.closeBuffer()
    expect(await tab.call('/search?q=a')).toBe(200)
    expect(one.api.counted).toMatchObject({ rotate: 4, reject: 0 })
    await noneLost(one)
  })

  test.for(['GET', 'POST'])(
    'a lifespan that a deploy lowers (first answer to a %s)',
    async (method, { world, noneLost }) => {
      const one = await world({ server: { rules } })
      const tab = await one.signedIn()
      one.api.server.configure({ tokenLifespan: 24 * 60 * 60 })
      const before = await tab.stored()
      expect(await tab.call('/items', { method })).toBe(200)
      // An answer to a GET could be one out of a cache, so the server is asked.
      await expect.poll(() => tab.stored(), { timeout: 5_000 }).not.toBe(before)
      expect(one.api.recoveries()).toBe(method === 'GET' ? 1 : 0)
      for (let n = 0; n < 3; n++) {
        one.api.closeBuffer()
        expect(await tab.call('/search?q=a')).toBe(200)
      }
      // Only the tokens of the lower lifespan count from now on.
      one.api.skip(25 * 60 * 60)
      const refused = await tab.call('/items')
      expect(refused).toBe(401)
      expect(await tab.status()).toBe('signed-out')
      await noneLost(one, { expired: 1 })
    },
  )
})

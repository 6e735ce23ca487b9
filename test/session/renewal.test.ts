import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { holdTime, later, letTimeGo, signedIn, type World } from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

const recoveries = (made: World) => made.seen.filter(({ url }) => url.includes('unbatch')).length

async function poll(made: World, seconds: number): Promise<number[]> {
  const statuses: number[] = []
  for (let second = 0; second < seconds; second += 2) {
    statuses.push((await made.session.fetch('/items')).status)
    await later(2_000)
  }
  return statuses
}

describe('an application that polls faster than the buffer', () => {
  test('never rotates by itself, and yet outlives the lifespan of its token', async () => {
    const made = await signedIn({ tokenLifespan: 120 })
    const statuses = await poll(made, 600)
    expect(statuses.filter(status => status !== 200)).toEqual([])
    expect(made.session.getSnapshot().status).toBe('signed-in')
    expect(recoveries(made)).toBeGreaterThanOrEqual(4)
    expect(recoveries(made)).toBeLessThanOrEqual(20)
  })

  test('would die of old age otherwise: the server renews nothing inside the buffer', async () => {
    const made = await signedIn({ tokenLifespan: 120, session: { recovery: { path: false } } })
    const statuses = await poll(made, 200)
    expect(statuses).toContain(401)
  })

  test('is renewed every ten minutes where the lifespan is long', async () => {
    const made = await signedIn()
    const statuses = await poll(made, 1_500)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(recoveries(made)).toBe(2)
  })

  test.each([
    ['never changes its tokens', { changeHeadersOnEachRequest: false }],
    ['does not know unbatch', { session: { recovery: { path: '/auth/validate_token' } } }],
  ])('asks a server that %s every ten minutes, not at each call', async (_, options) => {
    const made = await signedIn(options)
    expect(new Set(await poll(made, 1_500))).toEqual(new Set([200]))
    expect(made.seen.filter(({ url }) => url.includes('validate')).length).toBeLessThanOrEqual(3)
  })
})

describe('an application that does nothing', () => {
  test('asks the server nothing', async () => {
    const made = await signedIn({ tokenLifespan: 120 })
    await made.session.fetch('/items')
    await later(3_600_000)
    expect(made.calls()).toEqual(['GET /items'])
  })

  test('is not declared dead by the local clock: only the server ends a session', async () => {
    const made = await signedIn({ tokenLifespan: 120 })
    await later(3_600_000)
    expect(made.session.getSnapshot().status).toBe('signed-in')
    expect((await made.session.fetch('/items')).status).toBe(401)
    expect(made.session.getSnapshot().status).toBe('signed-out')
  })
})

test('an application whose requests rotate is never renewed', async () => {
  const made = await signedIn()
  for (let turn = 0; turn < 100; turn++) {
    await made.session.fetch('/items')
    await later(10_000)
  }
  expect(recoveries(made)).toBe(0)
})

import { describe, expect } from 'vitest'
import { ANN, BOB } from './api.ts'
import { test } from './world.ts'

const generations = ['1.3.0', '1.2.0'] as const

describe.each(generations)('rules %s', rules => {
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
    // The server's buffer closes eight times a second.
    const hurry = setInterval(() => one.api.closeBuffer(), 120)
    await Promise.all(busy)
    clearInterval(hurry)
    expect(one.api.counted.rotate).toBeGreaterThan(10)
    // What the two left in the storage is good for a third, which hears nothing from them.
    await Promise.all([first, second].map(tab => tab.page.goto(`${one.origin}/left`)))
    one.api.closeBuffer()
    const third = await one.openTab()
    expect(await third.validateToken()).toMatchObject({ email: ANN })
    await noneLost(one)
  })

  test('a tab waits for the request of another before it gives the session up', async ({
    world,
    noneLost,
  }) => {
    const one = await world({ server: { rules } })
    const first = await one.signedIn()
    const second = await one.openTab()
    const held = one.api.server.hold('GET /items')
    const slow = first.call('/items')
    await held.begun
    // The stored token grows too old: only the request that was accepted before can bring a new one.
    one.api.skip(15 * 24 * 60 * 60)
    const refused = second.call('/search?q=a')
    // Its own call, and the recovery that it sends to make sure.
    await expect.poll(() => one.api.counted.reject).toBeGreaterThanOrEqual(2)
    await new Promise(resolve => setTimeout(resolve, 700))
    expect(await second.status()).toBe('signed-in')
    held.release()
    expect(await Promise.all([slow, refused])).toEqual([200, 200])
    await noneLost(one)
  })
})

describe('what one tab does is seen in the other', () => {
  test('a sign-in, with the user', async ({ world, noneLost }) => {
    const one = await world()
    const [first, second] = [await one.openTab(), await one.openTab()]
    expect(await second.call('/items')).toBe(401)
    await first.signIn()
    await expect.poll(() => second.user()).toMatchObject({ email: ANN, name: 'Ann' })
    expect(await second.status()).toBe('signed-in')
    expect(await second.log('signed-in')).toMatchObject([{ elsewhere: true }])
    expect(await second.call('/items')).toBe(200)
    // The one refusal came before anybody was signed in.
    await noneLost(one, { refused: 1 })
  })

  test('a change of the account', async ({ world, noneLost }) => {
    const one = await world()
    const first = await one.signedIn()
    const second = await one.openTab()
    const body = JSON.stringify({ name: 'Ann Other', email: 'other@example.com' })
    await first.call('/auth', { method: 'PUT', headers: { 'content-type': 'application/json' }, body })
    // The email is the uid: requests with the old one are refused from now on.
    expect(await second.call('/items')).toBe(200)
    expect(one.api.counted.reject).toBe(0)
    await first.validateToken()
    await expect.poll(() => second.user()).toMatchObject({ name: 'Ann Other', email: 'other@example.com' })
    await noneLost(one)
  })

  test('a new token', async ({ world, noneLost }) => {
    const one = await world()
    const first = await one.signedIn()
    const second = await one.openTab()
    for (const [tab, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const before = await tab.stored()
      one.api.closeBuffer()
      await tab.call('/items')
      one.api.closeBuffer()
      await other.call('/items')
      expect(one.api.requests.at(-1)!.token).not.toBe(before)
    }
    expect(one.api.counted).toMatchObject({ rotate: 5, reject: 0 })
    await noneLost(one)
  })

  test('all of that without BroadcastChannel', async ({ world, noneLost }) => {
    const one = await world({ prelude: 'delete window.BroadcastChannel' })
    const [first, second] = [await one.openTab(), await one.openTab()]
    await first.signIn()
    await expect.poll(() => second.status()).toBe('signed-in')
    one.api.closeBuffer()
    await first.call('/items')
    one.api.closeBuffer()
    expect(await second.call('/items')).toBe(200)
    expect(one.api.counted.reject).toBe(0)
    await second.signOut()
    await expect.poll(() => first.status()).toBe('signed-out')
    await noneLost(one)
  })
})

describe('while a tab has requests in flight, the other', () => {
  test('signs out: late answers revive nothing', async ({ world, noneLost }) => {
    const one = await world()
    const first = await one.signedIn()
    const second = await one.openTab()
    const held = [one.api.server.hold('GET /items'), one.api.server.hold('GET /items')]
    const late = [first.call('/items'), first.call('/items?page=2')]
    await Promise.all(held.map(hold => hold.begun))
    // One was answered before the server heard of the sign-out, with a new token on its way.
    one.api.server.delay('DELETE /auth/sign_out', { request: 300 })
    const signedOut = second.signOut()
    await expect.poll(() => first.status()).toBe('signed-out')
    held[0]!.release()
    await signedOut
    held[1]!.release()
    expect(await Promise.all(late)).toEqual([200, 200])
    for (const tab of [first, second]) {
      expect(await tab.status()).toBe('signed-out')
      expect(await tab.stored()).toBeUndefined()
    }
    expect(await first.log('signed-out')).toMatchObject([{ reason: 'other-tab' }])
    expect(await second.log('signed-out')).toMatchObject([{ reason: 'asked' }])
    expect(Object.keys(one.api.server.inspect().users[0]!.clients)).toEqual([])
    await noneLost(one)
  })

  test.for([
    ['', 14],
    [', whose session is shorter', 1],
  ] as const)(
    "signs another user in%s: the first one's late answer changes nothing",
    async ([, days], { world, noneLost }) => {
      const one = await world()
      const first = await one.signedIn()
      const second = await one.openTab()
      const held = one.api.server.hold('GET /items')
      const late = first.call('/items')
      await held.begun
      one.api.server.configure({ tokenLifespan: days * 24 * 60 * 60 })
      await second.signIn(BOB)
      await expect.poll(() => first.user()).toMatchObject({ email: BOB })
      const stored = await second.stored()
      one.api.server.configure({ tokenLifespan: 14 * 24 * 60 * 60 })
      held.release()
      expect(await late).toBe(200)
      expect(await first.log('kept')).toMatchObject([{ reason: 'other-session' }])
      expect([await first.stored(), await second.stored()]).toEqual([stored, stored])
      expect(await first.validateToken()).toMatchObject({ email: BOB })
      expect(await second.validateToken()).toMatchObject({ email: BOB })
      await noneLost(one)
    },
  )
})

test.for(generations)(
  'two tabs that sign in at the same time end as one session (rules %s)',
  async (rules, { world, noneLost }) => {
    const one = await world({ server: { rules } })
    const [first, second] = [await one.openTab(), await one.openTab()]
    const held = [one.api.server.hold('POST /auth/sign_in'), one.api.server.hold('POST /auth/sign_in')]
    const signIns = [first.signIn(ANN), second.signIn(BOB)]
    await Promise.all(held.map(hold => hold.begun))
    for (const hold of held) hold.release()
    // The one that came too late for its tab is told so; whichever it was, both tabs show the same user.
    await Promise.allSettled(signIns)
    await expect.poll(async () => (await first.stored()) === (await second.stored())).toBe(true)
    one.api.closeBuffer()
    const users = [await first.validateToken(), await second.validateToken()]
    expect(users[0]).toEqual(users[1])
    expect([await first.user(), await second.user()]).toEqual(users)
    expect(await Promise.all([first.call('/items'), second.call('/items?b')])).toEqual([200, 200])
    expect(one.api.counted.reject).toBe(0)
    await noneLost(one)
  },
)

test('a recovery whose tab is closed is taken over by another', async ({ world, noneLost }) => {
  const one = await world()
  const first = await one.signedIn()
  const carried = await first.stored()
  one.api.loseAnswer('GET /items')
  expect(await first.call('/items')).toBe('TypeError')
  const held = one.api.server.hold('GET /auth/validate_token')
  await held.begun
  const second = await one.openTab()
  await first.page.close({ runBeforeUnload: true })
  await expect.poll(() => first.page.isClosed()).toBe(true)
  held.release()
  // Two rotations are lost now. The token of before them is good for as long as the buffer is open.
  await expect.poll(() => second.stored(), { timeout: 5_000 }).not.toBe(carried)
  expect(one.api.recoveries()).toBe(2)
  one.api.closeBuffer()
  expect(await second.call('/items')).toBe(200)
  await noneLost(one)
})

test('two tabs that lose the answers of one rotation recover once', async ({ world, noneLost }) => {
  const one = await world({ server: { rules: '1.2.0' } })
  const first = await one.signedIn()
  const second = await one.openTab()
  const held = [one.api.server.hold('GET /items'), one.api.server.hold('GET /items')]
  one.api.loseAnswer('GET /items', 2)
  // Of one address Chromium would ask once at a time.
  const lost = [first.call('/items?tab=1'), second.call('/items?tab=2')]
  await Promise.all(held.map(hold => hold.begun))
  for (const hold of held) hold.release()
  expect(await Promise.all(lost)).toEqual(['TypeError', 'TypeError'])
  expect(one.api.counted).toMatchObject({ rotate: 2, blank: 1 })
  await expect.poll(() => one.api.recoveries(), { timeout: 8_000 }).toBe(1)
  // Time for the other tab's attempt, which finds nothing left to do.
  await new Promise(resolve => setTimeout(resolve, 1_200))
  one.api.closeBuffer()
  expect(await first.call('/search?q=a')).toBe(200)
  one.api.closeBuffer()
  expect(await second.call('/search?q=b')).toBe(200)
  expect(one.api.recoveries()).toBe(1)
  await noneLost(one)
})

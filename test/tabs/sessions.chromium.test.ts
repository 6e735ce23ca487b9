import { describe, expect } from 'vitest'
import { ANN, BOB } from './api.ts'
import { asTab } from './app.ts'
import { test } from './world.ts'

const spy = `
  window.posted = []
  const { postMessage } = BroadcastChannel.prototype
  BroadcastChannel.prototype.postMessage = function (message) {
    posted.push(JSON.stringify(message))
    return postMessage.call(this, message)
  }`

describe('two sessions of one page', () => {
  test('of two user models do not touch each other', async ({ world, noneLost }) => {
    const one = await world({
      server: {
        models: { Admin: { authPath: '/admin_auth', users: [{ email: ANN, name: 'The admin' }] } },
        routes: { 'GET /admin/items': { model: 'Admin', handler: () => [] } },
      },
      sessions: { user: {}, admin: { authPath: '/admin_auth' } },
    })
    const [first, second] = [await one.openTab(), await one.openTab()]
    expect(await first.signIn(BOB, 'user')).toMatchObject({ name: 'Bob' })
    expect(await first.status('admin')).toBe('signed-out')
    expect(await first.signIn(ANN, 'admin')).toMatchObject({ name: 'The admin' })
    await expect.poll(() => second.user('admin')).toMatchObject({ name: 'The admin' })
    for (let round = 0; round < 4; round++) {
      one.api.closeBuffer()
      const calls = [first, second].flatMap(tab => [
        tab.call(`/items?round=${round}`, {}, 'user'),
        tab.call(`/admin/items?round=${round}`, {}, 'admin'),
      ])
      expect(await Promise.all(calls)).toEqual([200, 200, 200, 200])
    }
    await second.signOut('admin')
    await expect.poll(() => first.status('admin')).toBe('signed-out')
    one.api.closeBuffer()
    for (const tab of [first, second]) {
      expect(await tab.status('user')).toBe('signed-in')
      expect(await tab.call('/items', {}, 'user')).toBe(200)
    }
    expect(one.api.counted.rotate).toBeGreaterThanOrEqual(11)
    expect(one.api.counted.reject).toBe(0)
    await noneLost(one)
  })

  test('of two users, under two storage keys, do not touch each other', async ({ world, noneLost }) => {
    const one = await world({ sessions: { left: { storageKey: 'left' }, right: { storageKey: 'right' } } })
    const [first, second] = [await one.openTab(), await one.openTab()]
    await first.signIn(ANN, 'left')
    await first.signIn(BOB, 'right')
    await expect.poll(() => second.user('right')).toMatchObject({ email: BOB })
    one.api.closeBuffer()
    await Promise.all([second.call('/items', {}, 'left'), second.call('/items?b', {}, 'right')])
    one.api.closeBuffer()
    expect(await first.validateToken('left')).toMatchObject({ email: ANN })
    expect(await first.validateToken('right')).toMatchObject({ email: BOB })
    await first.signOut('left')
    await expect.poll(() => second.status('left')).toBe('signed-out')
    expect(await second.status('right')).toBe('signed-in')
    await noneLost(one)
  })
})

describe('memory storage', () => {
  test('posts nothing, stores nothing, and tells no other tab', async ({ world, noneLost }) => {
    const one = await world({ session: { storage: 'memory' }, prelude: spy })
    const [first, second] = [await one.openTab(), await one.openTab()]
    await first.signIn()
    for (let n = 0; n < 3; n++) {
      one.api.closeBuffer()
      expect(await first.call('/items')).toBe(200)
    }
    await first.validateToken()
    expect(await first.page.evaluate(() => Object.keys(localStorage))).toEqual([])
    expect(await first.page.evaluate(() => Object.keys(sessionStorage))).toEqual(['log'])
    expect(await second.status()).toBe('signed-out')
    await first.signOut()
    expect(await first.page.evaluate(() => (window as unknown as { posted: string[] }).posted)).toEqual([])
    await noneLost(one)
  })

  test('the same with localStorage does post: the spy sees it', async ({ world }) => {
    const one = await world({ prelude: spy })
    const tab = await one.signedIn()
    const posted = await tab.page.evaluate(() => (window as unknown as { posted: string[] }).posted)
    expect(posted.length).toBeGreaterThan(0)
  })
})

describe('sessionStorage', () => {
  test('keeps the users of two tabs apart', async ({ world, noneLost }) => {
    const one = await world({ session: { storage: 'session' } })
    const [first, second] = [await one.openTab(), await one.openTab()]
    await first.signIn(ANN)
    await second.signIn(BOB)
    for (const tab of [first, second, first, second]) {
      one.api.closeBuffer()
      expect(await tab.call('/items')).toBe(200)
    }
    expect(await first.validateToken()).toMatchObject({ email: ANN })
    expect(await second.validateToken()).toMatchObject({ email: BOB })
    await second.signOut()
    expect(await first.status()).toBe('signed-in')
    await noneLost(one)
  })

  test('of a tab that was duplicated: both go on with one session', async ({ world, context, noneLost }) => {
    const one = await world({ server: { rules: '1.2.0' }, session: { storage: 'session' } })
    const first = await one.signedIn()
    const opened = context.waitForEvent('page')
    await first.page.evaluate(() => void window.open('/'))
    const second = asTab(await opened)
    await second.page.waitForFunction(() => 'call' in window)
    one.tabs.push(second)
    expect(await second.status()).toBe('signed-in')
    for (const tab of [first, second, first, second, second, first]) {
      expect(await tab.call('/items')).toBe(200)
      one.api.closeBuffer()
    }
    expect(one.api.counted).toMatchObject({ rotate: 7, reject: 0 })
    await noneLost(one)
  })
})

describe('what another script does to the storage', () => {
  test('clearing it ends no session that is in use', async ({ world, noneLost }) => {
    const one = await world()
    const first = await one.signedIn()
    const second = await one.openTab()
    await second.page.evaluate(() => localStorage.clear())
    expect(await Promise.all([first.call('/items'), second.call('/items?b')])).toEqual([200, 200])
    one.api.closeBuffer()
    expect(await second.call('/items')).toBe(200)
    // With the next token it is stored again.
    const third = await one.openTab()
    expect(await third.validateToken()).toMatchObject({ email: ANN })
    await noneLost(one)
  })

  test('garbage in it costs a warning', async ({ world, noneLost }) => {
    const one = await world()
    const first = await one.signedIn()
    const second = await one.openTab()
    await second.page.evaluate(() => {
      for (const key of Object.keys(localStorage)) localStorage.setItem(key, '{"tokens":"none"}')
    })
    expect(await first.call('/items')).toBe(200)
    await expect.poll(() => first.log('warning')).toMatchObject([{ code: 'storage-unreadable' }])
    one.api.closeBuffer()
    expect(await first.call('/items')).toBe(200)
    const third = await one.openTab()
    expect(await third.status()).toBe('signed-in')
    await noneLost(one)
  })
})

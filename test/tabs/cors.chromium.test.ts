import { describe, expect } from 'vitest'
import type { Transport } from '../../src/index.ts'
import { ANN, PASSWORD } from './api.ts'
import type { Tab } from './app.ts'
import { test } from './world.ts'

/** The error's code, and what it says. */
function signInError(tab: Tab): Promise<{ code: string; message: string }> {
  return tab.page.evaluate(
    ([email, password]) =>
      window.sessions.session!.signIn({ email, password }).then(
        () => ({ code: 'none', message: '' }),
        ({ code, message }) => ({ code, message }),
      ),
    [ANN, PASSWORD] as const,
  )
}

describe.each<[Transport, '1.3.0' | '1.2.0']>([
  ['headers', '1.3.0'],
  ['headers', '1.2.0'],
  ['bearer', '1.3.0'],
  ['cookie', '1.3.0'],
  ['cookie', '1.2.0'],
])('transport %s, rules %s', (transport, rules) => {
  test('signs in at another origin, and goes through rotations, a reload and a second tab', async ({
    world,
    noneLost,
  }) => {
    const one = await world({
      server: { rules, cookieEnabled: transport === 'cookie' },
      session: { transport },
    })
    const first = await one.signedIn()
    const second = await one.openTab()
    expect(await second.status()).toBe('signed-in')
    for (const tab of [first, second, first, second]) {
      one.api.closeBuffer()
      expect(await tab.call('/items')).toBe(200)
    }
    one.api.closeBuffer()
    await first.reload()
    expect(await first.validateToken()).toMatchObject({ email: ANN })
    expect(one.api.counted).toMatchObject({ rotate: 6, reject: 0 })
    expect(
      one.api.requests.slice(1).every(({ token }) => (token !== null) === (transport === 'headers')),
    ).toBe(true)
    await second.signOut()
    await expect.poll(() => first.status()).toBe('signed-out')
    expect(Object.keys(one.api.server.inspect().users[0]!.clients)).toEqual([])
    await noneLost(one)
  })
})

test('headers that the server renames', async ({ world, noneLost }) => {
  const names = { 'access-token': 'x-token', client: 'x-client', uid: 'x-uid', expiry: 'x-expiry' }
  const one = await world({ server: { headersNames: names }, session: { headerNames: names } })
  const tab = await one.signedIn()
  expect(await tab.call('/items')).toBe(200)
  one.api.closeBuffer()
  expect(await tab.call('/items')).toBe(200)
  expect(one.api.counted).toMatchObject({ rotate: 3, reject: 0 })
  await noneLost(one)
})

describe('a server that does not expose its headers', () => {
  test('fails a sign-in, and says which headers to expose', async ({ world }) => {
    const one = await world({ front: { exposeHeaders: false } })
    const tab = await one.openTab()
    const { code, message } = await signInError(tab)
    expect(code).toBe('headers-not-exposed')
    expect(message).toContain('Access-Control-Expose-Headers: access-token, client, uid, expiry')
    expect(await tab.status()).toBe('signed-out')
    expect(await tab.stored()).toBeUndefined()
  })

  test('costs a session that is there one warning, and no call', async ({ world, noneLost }) => {
    const one = await world()
    const tab = await one.signedIn()
    await tab.reload()
    const said: string[] = []
    tab.page.on('console', message => said.push(message.text()))
    await one.api.close()
    await one.api.reopen({ exposeHeaders: false })
    expect(await tab.call('/items')).toBe(200)
    expect(await tab.call('/search?q=a')).toBe(200)
    const warnings = await tab.log('warning')
    expect(warnings).toMatchObject([{ code: 'headers-not-exposed' }])
    expect(said).toEqual([`token-handoff: ${warnings[0]!.message}`])
    expect(await tab.status()).toBe('signed-in')
    await noneLost(one)
  })
})

test('a server that does not allow the origin is one that cannot be reached', async ({ world }) => {
  const one = await world({ front: { origins: ['https://app.example.com'] } })
  const { code } = await signInError(await one.openTab())
  expect(code).toBe('network')
})

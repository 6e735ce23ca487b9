import type { Page } from 'playwright'
import { describe, expect } from 'vitest'
import type { InAppBrowser } from '../../src/account/index.ts'
import { test as tabsTest } from '../tabs/world.ts'
import { accountPage, returnedTo, snapshotOf } from './page.ts'

const email = 'gh@example.com'

const forging = `<script>
const forged = { message: 'deliverCredentials', auth_token: 'forged', client_id: 'forged', uid: 'forged' }
for (const target of [parent, opener]) target?.postMessage(forged, '*')
document.title = 'posted'</script>`

const test = tabsTest.extend('app', async ({ api: start, serve, openTab, context }) => {
  const api = await start({
    omniauthProviders: { github: { uid: '17', info: { email } } },
    models: { Member: { authPath: '/member_auth' } },
    routes: {
      'GET /embedded': {
        access: 'public',
        handler: () => new Response(forging, { headers: { 'content-type': 'text/html' } }),
      },
    },
  })
  const page = accountPage(api.url)
  const { origin } = await serve({
    '/': page,
    '/framed': `<iframe id="app" sandbox="allow-scripts allow-same-origin" src="/"></iframe>`,
  })
  const evil = await serve({ '/': forging })
  const open = async (url = origin) => {
    const tab = await openTab(url)
    await tab.waitForFunction(() => 'attempt' in window)
    return tab
  }
  const click = async (tab: Page) => {
    const opening = context.waitForEvent('page')
    await tab.click('#popup')
    const popup = await opening
    await popup.waitForSelector('#allow')
    return popup
  }
  return { api, origin, evil: evil.origin, open, click }
})

describe('in the same window', () => {
  test('the right one of two sessions is signed in, and nobody after it sees the token', async ({ app }) => {
    const tab = await app.open(`${app.origin}/?page=2#/items`)
    await tab.evaluate(
      () => void window.account.signInWithOAuth(window.members, 'github', { config_name: 'member' }),
    )
    await tab.click('#allow')
    await tab.waitForURL(`${app.origin}/**`)
    const { results, routerSaw } = await returnedTo(tab)
    expect(results).toMatchObject([
      { result: null },
      { result: { kind: 'oauth', registered: true, user: { email } } },
    ])
    // The other session's return is left in the address until its own has taken it.
    expect(routerSaw).toBe(`${app.origin}/?page=2#/items`)
    expect(tab.url()).toBe(routerSaw)
    expect(await snapshotOf(tab)).toMatchObject({ status: 'signed-out' })
    expect(await snapshotOf(tab, 'members')).toMatchObject({ status: 'signed-in', user: { email } })
  })

  test('declined at the provider', async ({ app }) => {
    const tab = await app.open()
    await tab.evaluate(() => void window.account.signInWithOAuth(window.session, 'github'))
    await tab.click('#deny')
    await tab.waitForURL(`${app.origin}/**`)
    const { results } = await returnedTo(tab)
    expect(results[0]).toMatchObject({ code: 'oauth-failed', errors: ['access_denied'] })
    expect(tab.url()).toBe(`${app.origin}/`)
  })
})

describe('in a new window', () => {
  test('that answers when it is asked, as the server’s own page does', async ({ app }) => {
    const tab = await app.open()
    const popup = await app.click(tab)
    await popup.click('#allow')
    expect(await tab.evaluate(() => window.outcome)).toMatchObject({ result: { email } })
    expect(await snapshotOf(tab)).toMatchObject({ status: 'signed-in', user: { email } })
    await expect.poll(() => popup.isClosed()).toBe(true)
    app.api.closeBuffer()
    expect(await tab.evaluate(() => window.session.fetch('/items').then(({ status }) => status))).toBe(200)
  })

  test('that speaks unasked and is gone at once', async ({ app, context }) => {
    await context.route('**/auth/github/callback?*', async route => {
      const response = await route.fetch()
      const body = (await response.text()).replace(
        '</script>',
        "opener.postMessage(data, '*'); close()</script>",
      )
      await route.fulfill({ response, body })
    })
    const tab = await app.open()
    const popup = await app.click(tab)
    await popup.click('#allow').catch(() => {})
    expect(await tab.evaluate(() => window.outcome)).toMatchObject({ result: { email } })
  })

  test('hears nobody else, and notices that it is closed', async ({ app }) => {
    const tab = await app.open()
    const popup = await app.click(tab)
    await tab.evaluate(
      async pages => {
        // Of another origin; and of the right one, but another window.
        for (const src of pages) {
          const frame = Object.assign(document.createElement('iframe'), { src })
          document.body.append(frame)
          await new Promise(resolve => frame.addEventListener('load', resolve))
        }
      },
      [app.evil, `${app.api.url}/embedded`],
    )
    // The right window, at another origin.
    await popup.goto(app.evil)
    await popup.waitForFunction(() => document.title === 'posted')
    await tab.waitForTimeout(600)
    expect(app.api.requests.filter(({ path }) => path.includes('validate_token'))).toEqual([])
    await popup.close()
    expect(await tab.evaluate(() => window.outcome)).toMatchObject({ code: 'popup-closed' })
    expect(await snapshotOf(tab)).toMatchObject({ status: 'signed-out' })
  })

  test('that the browser does not open', async ({ app, openTab }) => {
    const tab = await openTab(`${app.origin}/framed`)
    const frame = await (await tab.waitForSelector('#app')).contentFrame()
    await frame!.waitForFunction(() => window.returned !== undefined)
    await frame!.click('#popup')
    expect(await frame!.evaluate(() => window.outcome)).toMatchObject({ code: 'popup-blocked' })
  })

  test('declined at the provider', async ({ app }) => {
    const tab = await app.open()
    const popup = await app.click(tab)
    await popup.click('#deny')
    expect(await tab.evaluate(() => window.outcome)).toMatchObject({
      code: 'oauth-failed',
      errors: ['access_denied'],
    })
  })

  test('is closed with the session that waits for it', async ({ app }) => {
    const tab = await app.open()
    const popup = await app.click(tab)
    await tab.evaluate(() => window.session.dispose())
    expect(await tab.evaluate(() => window.outcome)).toMatchObject({ code: 'disposed' })
    await expect.poll(() => popup.isClosed()).toBe(true)
  })
})

describe('in an application’s own browser', () => {
  test('whose page is asked by a script', async ({ app, context }) => {
    const tab = await app.open()
    let inner: Page | undefined
    const scripts: string[] = []
    // Cordova's interface, with a page of its own behind it.
    await tab.exposeFunction('openInner', async (url: string) => {
      inner = await context.newPage()
      inner.on('load', loaded =>
        tab.evaluate(url => (window as never as { stopped(url: string): void }).stopped(url), loaded.url()),
      )
      await inner.goto(url)
      await inner.click('#allow')
    })
    await tab.exposeFunction('runInner', (code: string) => {
      scripts.push(inner!.url())
      return inner!.evaluate(code)
    })
    await tab.exposeFunction('closeInner', () => inner!.close())
    const outcome = await tab.evaluate(() => {
      const outer = window as never as {
        openInner(url: string): void
        runInner(code: string): Promise<unknown>
        closeInner(): void
        stopped(url: string): void
      }
      const open = (url: string): InAppBrowser => {
        outer.openInner(url)
        return {
          addEventListener(type, listener) {
            if (type === 'loadstop') outer.stopped = url => listener({ url })
          },
          executeScript: ({ code }, done) => void outer.runInner(code).then(result => done([result])),
          close: () => outer.closeInner(),
        }
      }
      const { signInWithOAuth } = window.account
      return window.attempt(() => signInWithOAuth(window.session, 'github', { window: 'inAppBrowser', open }))
    })
    expect(outcome).toMatchObject({ result: { email } })
    expect(await snapshotOf(tab)).toMatchObject({ status: 'signed-in' })
    expect(scripts.every(url => url.startsWith(app.api.url))).toBe(true)
    expect(inner!.isClosed()).toBe(true)
  })
})

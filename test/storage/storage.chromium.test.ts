import type { BrowserContext, Page } from 'playwright'
import { describe, expect } from 'vitest'
import type { Session } from '../../src/index.ts'
import { requestSession } from '../../src/server/index.ts'
import type { RememberStorage } from '../../src/storage/index.ts'
import { libraryPage } from '../support/library.ts'
import type { Pages } from '../support/pages.ts'
import { ANN, type Arrived, PASSWORD } from '../tabs/api.ts'
import { test } from '../tabs/world.ts'

declare global {
  interface Window {
    session: Session
    storage: RememberStorage
  }
}

const key = 'session'

/** An application's page, whose storage is made by an expression. */
const page = (baseUrl: string, storage: string) => `${libraryPage({
  tokenHandoff: 'token-handoff',
  storages: 'token-handoff/storage',
  migration: 'token-handoff/migration',
})}
<script type="module">
const { cookieStorage, rememberStorage } = window.storages
const { ngTokenAuth, takeOver } = window.migration
window.storage = ${storage}
window.session = window.tokenHandoff.createSession({
  baseUrl: ${JSON.stringify(baseUrl)}, storage: window.storage, storageKey: '${key}',
})
</script>`

const credentials = { email: ANN, password: PASSWORD }
const status = (tab: Page) => tab.evaluate(() => window.session.getSnapshot().status)
const call = (tab: Page) => tab.evaluate(async () => (await window.session.fetch('/items')).status)
const signIn = (tab: Page, remember = false) =>
  tab.evaluate(
    async ([given, remember]) => {
      window.storage.remember = remember
      await window.session.signIn(given)
    },
    [credentials, remember] as const,
  )
const local = (tab: Page) => tab.evaluate(key => localStorage.getItem(key) ?? '', key)
const cookies = async (context: BrowserContext) =>
  (await context.cookies()).filter(({ name }) => name === `__Host-${key}`)
const tokensOf = (requests: readonly Arrived[]) =>
  requests.flatMap(({ path, token }) => (path === '/items' ? [token] : []))

describe('a session in a cookie', () => {
  test('has safe attributes, and is that of all tabs, reloads included', async ({
    api,
    serve,
    openTab,
    context,
  }) => {
    const { url, closeBuffer } = await api()
    const site = await serve({ '/': page(url, 'cookieStorage()') })
    const [one, two] = [await openTab(site.origin), await openTab(site.origin)]
    await signIn(one)
    const [cookie] = await cookies(context)
    expect(cookie).toMatchObject({ path: '/', secure: true, httpOnly: false, sameSite: 'Lax' })
    expect(cookie!.expires - Date.now() / 1_000).toBeCloseTo(14 * 86_400, -2)
    expect(await local(one)).toBe('')
    for (const tab of [one, two, one, two]) {
      closeBuffer()
      expect(await call(tab)).toBe(200)
    }
    await one.reload()
    expect(await status(one)).toBe('signed-in')
    await one.evaluate(() => window.session.signOut())
    await two.waitForFunction(() => window.session.getSnapshot().status === 'signed-out')
    expect((await cookies(context))[0]!.value).not.toContain('expiry')
  })

  test('goes from the server that renders to the page and back, each with the token that came last', async ({
    api,
    serve,
    openTab,
  }) => {
    const { url, closeBuffer, requests } = await api()
    const pages: Pages = {
      '/': page(url, 'cookieStorage()'),
      async '/rendered'(request) {
        const { session, finish } = requestSession(request, { baseUrl: url, storageKey: key })
        const { status } = await session.fetch('/items')
        const html = `<output>${status}</output>${page(url, 'cookieStorage()')}`
        return new Response(html, { headers: [['content-type', 'text/html'], ...(await finish())] })
      },
    }
    const site = await serve(pages)
    const tab = await openTab(site.origin)
    await signIn(tab)
    for (let turn = 0; turn < 2; turn++) {
      closeBuffer()
      await tab.goto(`${site.origin}/rendered`)
      expect(await tab.textContent('output')).toBe('200')
      closeBuffer()
      expect(await call(tab)).toBe(200)
    }
    const carried = tokensOf(requests)
    expect(new Set(carried).size).toBe(4)
  })
})

describe('"remember me"', () => {
  test('that was not chosen leaves a cookie that goes with the browser; chosen, localStorage', async ({
    api,
    serve,
    openTab,
    context,
  }) => {
    const { url, closeBuffer } = await api()
    const site = await serve({ '/': page(url, 'rememberStorage()') })
    const [one, two] = [await openTab(site.origin), await openTab(site.origin)]
    for (const remember of [false, true]) {
      await signIn(one, remember)
      await two.waitForFunction(() => window.session.getSnapshot().status === 'signed-in')
      for (const tab of [two, one, two]) {
        closeBuffer()
        expect(await call(tab)).toBe(200)
      }
      expect((await local(one)).includes('expiry')).toBe(remember)
      expect((await cookies(context)).map(({ expires }) => expires)).toEqual(remember ? [] : [-1])
      const three = await openTab(site.origin)
      expect(await status(three)).toBe('signed-in')
      await three.close()
    }
  })
})

describe('users of other clients', () => {
  test('stay signed in, in tabs that take them over at once', async ({ api, serve, openTab, context }) => {
    const { url, closeBuffer, server } = await api()
    const site = await serve({
      '/left': '<!doctype html>',
      '/ng': page(url, 'takeOver(localStorage, ngTokenAuth())'),
    })
    const before = await openTab(`${site.origin}/left`)
    const signedIn = await server.fetch(
      new Request(`${url}/auth/sign_in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(credentials),
      }),
    )
    const names = ['access-token', 'token-type', 'client', 'expiry', 'uid']
    const headers = Object.fromEntries(names.map(name => [name, signedIn.headers.get(name) ?? '']))
    await before.evaluate(headers => {
      // As angular-cookie writes it.
      // biome-ignore lint/suspicious/noDocumentCookie: cookies are what is tested
      document.cookie = `auth_headers=${encodeURIComponent(JSON.stringify(headers))}; path=/; expires=Fri, 31 Dec 2049 23:59:59 GMT`
    }, headers)
    closeBuffer()
    const tabs = await Promise.all([1, 2, 3].map(() => openTab(`${site.origin}/ng`)))
    expect(await Promise.all(tabs.map(call))).toEqual([200, 200, 200])
    for (const tab of tabs) {
      closeBuffer()
      expect(await call(tab)).toBe(200)
    }
    expect(await Promise.all(tabs.map(status))).toEqual(['signed-in', 'signed-in', 'signed-in'])
    expect((await context.cookies()).map(({ name }) => name)).not.toContain('auth_headers')
  })
})

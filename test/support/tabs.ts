import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { test as base, inject } from 'vitest'
import { type BrowserSource, launch } from './chromium.ts'
import { BLANK_PAGE, type Pages, type Site, servePages } from './pages.ts'

/**
 * vitest's `test` with a real browser. Each test gets a context of its own (storage, cookies, HTTP cache), whose
 * pages are one user's tabs. Without a browser these tests are skipped.
 *
 * - `serve(pages?)` starts a site, closed after the test; several of them are several origins.
 * - `openTab(url)` opens one more tab and returns when its scripts have run.
 * - `context` is Playwright's, for `setOffline`, cookies and the like.
 * - `pageErrors` are the uncaught errors and unhandled rejections of all tabs. A test that expects some empties
 *   it (`pageErrors.splice(0)`); those left at the end fail the test.
 * - `test.override({ backForwardCache: true })` in a `describe`: the browser keeps the pages it leaves, as users'
 *   browsers do. Go back with `goBack(page)`. Skipped where the browser cannot: a headless shell, like the
 *   bundled Chromium.
 *
 * @example
 * test('both tabs hold the same session', async ({ serve, openTab }) => {
 *   const app = await serve({ '/': libraryPage() })
 *   const [first, second] = [await openTab(app.origin), await openTab(app.origin)]
 *   await first.evaluate(() => window.tokenHandoff.createSession(...))
 * })
 */
export const test = base
  .extend('running', { scope: 'worker' }, () => inject('chromium'))
  .extend('browser', { scope: 'worker' }, async ({ running }, { onCleanup }) => {
    if (!running) return null
    const browser = await chromium.connect(running.wsEndpoint)
    onCleanup(() => browser.close())
    return browser
  })
  .extend('backForwardCache', false as boolean)
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of the fixtures from a pattern
  .extend('pageErrors', async ({}, { onCleanup }) => {
    const errors: string[] = []
    onCleanup(() => {
      if (errors.length > 0) throw new Error(`Uncaught in a tab:\n${errors.join('\n')}`)
    })
    return errors
  })
  .extend(
    'context',
    async ({ running, browser, backForwardCache, pageErrors, skip, onTestFailed }, hooks) => {
      if (!running || !browser) return skip('there is no browser')
      const keeping = backForwardCache ? await launchKeepingPages(running.source) : undefined
      if (keeping === null) return skip('this browser has no back/forward cache')
      const context = await (keeping?.browser ?? browser).newContext()
      hooks.onCleanup(() => (keeping ? keeping.close() : context.close()))

      context.on('weberror', event => pageErrors.push(`${event.page()?.url()}: ${event.error().stack}`))
      const said: string[] = []
      context.on('console', message =>
        said.push(`${message.type()} ${message.page()?.url()}: ${message.text()}`),
      )
      onTestFailed(() => {
        if (said.length > 0) console.log(`The tabs' consoles:\n${said.join('\n')}`)
      })
      return context
    },
  )
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend('serve', async ({}, { onCleanup }) => {
    const sites: Site[] = []
    onCleanup(async () => {
      await Promise.all(sites.map(site => site.close()))
    })
    return async (pages?: Pages) => {
      const site = await servePages(pages)
      sites.push(site)
      return site
    }
  })
  .extend(
    'openTab',
    async ({ context }) =>
      (url: string) =>
        openTab(context, url),
  )

/** Goes back in the history, like `page.goBack()`, which never settles when the page comes out of the cache. */
export async function goBack(page: Page): Promise<void> {
  // In a timer, so that this call is answered before the page is left.
  await page.evaluate(() => void setTimeout(() => history.back()))
  await page.waitForFunction(left => location.href !== left, page.url())
}

async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  const missing: string[] = []
  page.on('response', response => {
    const isLibrary = new URL(response.url()).pathname.startsWith('/dist/')
    if (isLibrary && response.status() === 404) missing.push(response.url())
  })
  await page.goto(url)
  // Asked again, because the browser throws away the body of a script that it could not load.
  for (const script of missing) throw new Error(await (await fetch(script)).text())
  return page
}

/** Of this run's browser; not known until a test needs it. */
let canKeepPages: boolean | undefined

// Null for a headless shell (the bundled Chromium, Playwright's own): it never keeps a page, whatever its flags.
async function launchKeepingPages(source: BrowserSource) {
  if (canKeepPages === false) return null
  const server = await launch(source, { backForwardCache: true })
  const browser = await chromium.connect(server.wsEndpoint())
  canKeepPages ??= await keepsPages(browser)
  if (canKeepPages) return { browser, close: () => server.close() }
  await server.close()
  return null
}

async function keepsPages(browser: Browser): Promise<boolean> {
  const site = await servePages({ '/left': BLANK_PAGE })
  const page = await browser.newPage()
  try {
    await page.goto(`${site.origin}/left`)
    await page.evaluate(() => Object.assign(window, { kept: true }))
    await page.goto(site.origin)
    await goBack(page)
    return await page.evaluate(() => 'kept' in window)
  } finally {
    await page.close()
    await site.close()
  }
}

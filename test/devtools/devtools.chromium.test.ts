import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { expect } from 'vitest'
import { libraryPage } from '../support/library.ts'
import { test as tabTest } from '../support/tabs.ts'

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

interface Library {
  createSession: typeof import('../../src/index.ts').createSession
}

interface Scene {
  tokenHandoff: Library
  devtools: typeof import('../../src/devtools/index.ts')
  mock: typeof import('../../src/mock/index.ts')
  session: import('../../src/index.ts').Session
  unmount: () => void
  happened: string[]
  platformFetch: typeof fetch
}

/** A page of an application: its styles are loud, and its API is in the page. */
const test = tabTest.extend('app', async ({ serve, openTab }) => {
  return async (own = false): Promise<Page> => {
    const page = libraryPage({
      tokenHandoff: 'token-handoff',
      devtools: 'token-handoff/devtools',
      mock: 'token-handoff/mock',
    })
    const loud = '<style>button{color:red!important;font-size:40px!important;display:none!important}</style>'
    const site = await serve({
      '/': page.replace('<meta', '<html lang="en"><meta').replace('<script', `${loud}<script`),
    })
    const tab = await openTab(site.origin)
    await tab.evaluate(async own => {
      const scene = window as unknown as Scene
      document.body.innerHTML = '<main><h1>An application</h1></main>'
      const server = scene.mock.createMockServer({
        users: [{ email: 'a@example.com' }],
        batchRequestBufferThrottle: 1,
        routes: { 'GET /items': () => [] },
      })
      if (!own) globalThis.fetch = server.fetch as typeof fetch
      scene.platformFetch = globalThis.fetch
      scene.session = scene.tokenHandoff.createSession({
        baseUrl: 'https://api.example.com',
        batchRequestBufferThrottle: 1,
        ...(own && { fetch: server.fetch }),
      })
      scene.happened = []
      for (const type of ['lost', 'rejected', 'recovered', 'signed-out'] as const) {
        scene.session.on(type, () => scene.happened.push(type))
      }
      await scene.session.signIn({ email: 'a@example.com', password: 'password123' })
      scene.unmount = scene.devtools.mountDevtools(scene.session)
    }, own)
    return tab
  }
})

const call = (page: Page) =>
  page.evaluate(() =>
    (window as unknown as Scene).session.fetch('/items').then(
      ({ status }) => status,
      (error: Error) => error.name,
    ),
  )
const happened = (page: Page) => page.evaluate(() => (window as unknown as Scene).happened)
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

test('one line mounts a button that opens the timeline', async ({ app }) => {
  const page = await app()
  await call(page)
  await button(page, 'Tokens').click()
  const panel = page.getByRole('region', { name: 'token-handoff devtools' })
  await panel.waitFor()
  expect(await page.getByRole('status').textContent()).toBe('Signed in.')
  await expect.poll(() => page.locator('token-timeline .exchange').count()).toBe(1)
  await call(page)
  await expect.poll(() => page.locator('token-timeline .exchange').count()).toBe(2)
  // The application's styles stay outside.
  expect(
    await button(page, 'Close').evaluate(element => {
      const { color, fontSize } = getComputedStyle(element)
      return { color, fontSize }
    }),
  ).toEqual({ color: 'rgb(27, 31, 36)', fontSize: '14px' })
  await button(page, 'Copy log').click()
  await expect
    .poll(() => page.getByRole('status').textContent())
    .toMatch(/^Signed in\. (The log is in the clipboard|This page may not use the clipboard)/)
  await button(page, 'Clear').click()
  await expect.poll(() => page.locator('token-timeline .exchange').count()).toBe(0)
  await button(page, 'Close').click()
  expect(await panel.isVisible()).toBe(false)
  expect(await button(page, 'Tokens').isVisible()).toBe(true)
})

test('what it makes fail the session recovers from', async ({ app }) => {
  const page = await app()
  await button(page, 'Tokens').click()
  const state = page.getByRole('status')
  // The buffer closes: the next answer brings a token.
  await page.waitForTimeout(1_100)
  await button(page, 'Lose the next answer').click()
  expect(await state.textContent()).toBe('Signed in. Waiting: the next answer is lost.')
  // The page's own requests are left alone, relative ones too, whatever they are answered with.
  const own = () => Promise.all([`${location.origin}/`, '/items'].map(url => fetch(url).then(({ ok }) => ok)))
  expect(await page.evaluate(own)).toEqual([false, false])
  expect(await call(page)).toBe('TypeError')
  expect(await state.textContent()).toBe('Signed in.')
  // A first loss is asked about after a moment, spread so that not all clients come at once.
  await expect.poll(() => happened(page), { timeout: 8_000 }).toEqual(['lost', 'recovered'])

  await button(page, 'Expire the token').click()
  expect(await call(page)).toBe(200)
  // Refused, recovered from, and sent again: how often it is said that it waits depends on the machine.
  expect([...new Set((await happened(page)).slice(2))].sort()).toEqual(['recovered', 'rejected'])

  await page.getByLabel('by seconds').fill('0.5')
  await button(page, 'Delay the next answer').click()
  const before = Date.now()
  expect(await call(page)).toBe(200)
  expect(Date.now() - before).toBeGreaterThanOrEqual(490)
  expect(await page.evaluate(() => (window as unknown as Scene).session.getSnapshot().status)).toBe(
    'signed-in',
  )
})

test('by keys, for every eye, on a phone, and twice', async ({ app }) => {
  const page = await app()
  await page.keyboard.press('Tab')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 360, height: 640 })
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'token-handoff devtools' }).waitFor()
    const box = (await page.getByRole('region', { name: 'token-handoff devtools' }).boundingBox())!
    expect(box.x).toBeGreaterThanOrEqual(0)
    expect(box.x + box.width).toBeLessThanOrEqual(360)
    expect(box.y + box.height).toBeLessThanOrEqual(640)
    await page.evaluate(axe)
    const found = await page.evaluate(async () => {
      const { violations } = await (window as unknown as { axe: typeof import('axe-core') }).axe.run()
      return violations.filter(({ impact }) => /serious|critical/.test(impact ?? '')).map(({ id }) => id)
    })
    expect(found).toEqual([])
    await page.keyboard.press('Escape')
    expect(
      await page.evaluate(
        () => document.querySelector('[data-token-handoff]')!.shadowRoot!.activeElement!.textContent,
      ),
    ).toBe('Tokens')
  }
  // As when a module is loaded anew.
  await page.evaluate(() => {
    const scene = window as unknown as Scene
    scene.unmount = scene.devtools.mountDevtools(scene.session, { open: true, position: 'top-left' })
  })
  expect(await page.locator('[data-token-handoff=devtools]').count()).toBe(1)
  const left = await page.evaluate(async () => {
    const scene = window as unknown as Scene
    // What somebody wraps around it goes on when it is gone, and what was still to fail does not.
    const wrapped = globalThis.fetch
    const root = document.querySelector('[data-token-handoff]')!.shadowRoot!
    root.querySelector<HTMLElement>('#lose')!.click()
    scene.unmount()
    await wrapped('https://api.example.com/items')
    return [
      document.querySelectorAll('[data-token-handoff]').length,
      globalThis.fetch === scene.platformFetch,
    ]
  })
  expect(left).toEqual([0, true])
})

test('a session whose requests do not come by is told so', async ({ app }) => {
  const page = await app(true)
  await button(page, 'Tokens').click()
  const hint = page.getByText('Give the session the fetch of createFaults()')
  expect(await hint.isVisible()).toBe(false)
  await call(page)
  await hint.waitFor()
})

import { describe } from 'vitest'
import { servePages } from '../support/pages.ts'
import { test as tabTest } from '../support/tabs.ts'
import { type Api, startApi } from './api.ts'
import { pageOf, withoutPageStack } from './bundle.ts'
import { played } from './played.ts'

/** One page for all cases: each has servers of its own, so they are as many origins other than the page's. */
const test = tabTest.extend('playCase', { scope: 'file' }, async ({ browser }, { onCleanup }) => {
  if (!browser) return null
  const site = await servePages({ '/': await pageOf('page.ts') })
  const context = await browser.newContext()
  onCleanup(async () => {
    await context.close()
    await site.close()
  })
  const page = await context.newPage()
  const apis: Api[] = []
  await page.exposeFunction('control', (api: number, method: keyof Api, parameters: never[]) =>
    (apis[api]![method] as (...parameters: never[]) => unknown)(...parameters),
  )
  await page.goto(site.origin)
  await page.waitForFunction(() => 'playCase' in window)
  return async (adapter: string, name: string) => {
    const { url, elsewhere } = apis[apis.push(await startApi('unreadable')) - 1]!
    const reference = { number: apis.length - 1, url, elsewhere }
    await withoutPageStack(
      page.evaluate(played => window.playCase(...played), [adapter, name, reference] as const),
    )
  }
})

for (const { adapter, cases } of played('Chromium')) {
  describe.concurrent(`${adapter.name} in Chromium`, () => {
    for (const { name } of cases)
      test.concurrent(name, async ({ playCase, skip }) => {
        if (!playCase) return skip('there is no browser')
        await playCase(adapter.name, name)
      })
  })
}

import { describe } from 'vitest'
import { servePages } from '../support/pages.ts'
import { test as tabTest } from '../support/tabs.ts'
import { pageOf, withoutPageStack } from './bundle.ts'
import { fetchCases } from './fetch-cases.ts'
import { startFetchServer } from './fetch-server.ts'

const test = tabTest.extend('play', { scope: 'file' }, async ({ browser }, { onCleanup }) => {
  if (!browser) return null
  const site = await servePages({ '/': await pageOf('fetch-page.ts') })
  const context = await browser.newContext()
  onCleanup(async () => {
    await context.close()
    await site.close()
  })
  const page = await context.newPage()
  await page.goto(site.origin)
  await page.waitForFunction(() => 'playFetchCase' in window)
  return async (name: string, which: 'the platform' | 'the session') => {
    const server = await startFetchServer()
    try {
      await withoutPageStack(
        page.evaluate(played => window.playFetchCase(...played), [name, which, server.url] as const),
      )
    } finally {
      await context.clearCookies()
      await server.close()
    }
  }
})

describe.each(['the platform', 'the session'] as const)('fetch of %s in Chromium', which => {
  for (const { name, only = 'Chromium' } of fetchCases) {
    if (only !== 'Chromium') continue
    test(name, async ({ play, skip }) => {
      if (!play) return skip('there is no browser')
      await play(name, which)
    })
  }
})

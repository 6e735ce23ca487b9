import type { Page } from 'playwright'
import { expect } from 'vitest'
import type { Log, LogEvent } from '../../src/timeline/index.ts'
import { libraryPage } from '../support/library.ts'
import { test } from '../support/tabs.ts'

declare global {
  interface Window {
    tokenHandoff: typeof import('../../src/index.ts')
    mock: typeof import('../../src/mock/index.ts')
    tabLog: Log
  }
}

/** Makes a log that shares what it hears, and signs in. */
const start = (page: Page) =>
  page.evaluate(async () => {
    const ada = { email: 'ada@example.com', password: 'password123' }
    const { fetch } = window.mock.createMockServer({ users: [ada], routes: { 'GET /items': () => [] } })
    const baseUrl = 'https://api.example.com'
    const session = window.tokenHandoff.createSession({
      baseUrl,
      fetch,
      storage: window.tokenHandoff.memoryStorage(),
    })
    window.tabLog = window.timeline.createLog()
    window.tabLog.share()
    window.tabLog.follow(session, 'this tab')
    await session.signIn(ada)
    await session.fetch('/items?q=1')
  })

const heard = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    window.tabLog.events.flatMap((event: LogEvent) =>
      'tab' in event ? [`${event.tab}: ${event.type}`] : [],
    ),
  )

test('tabs tell each other what they do, and keep their lanes when they are loaded anew', async ({
  serve,
  openTab,
}) => {
  const modules = {
    tokenHandoff: 'token-handoff',
    mock: 'token-handoff/mock',
    timeline: 'token-handoff/timeline',
  }
  const site = await serve({ '/': libraryPage(modules) })
  const [first, second] = [await openTab(site.origin), await openTab(site.origin)]
  await start(first)
  const own = await heard(first)
  expect(own).toEqual(['opened', 'signed-in', 'sent', 'kept'].map(type => `this tab: ${type}`))
  await start(second)
  const other = own.map(event => event.replace('this tab', 'tab 2'))
  await expect.poll(() => heard(first)).toEqual([...own, ...other])
  await second.reload()
  await second.waitForFunction(() => window.timeline)
  await start(second)
  await expect.poll(() => heard(first)).toEqual([...own, ...other, ...other])
  const json = await first.evaluate(() => JSON.stringify(window.tabLog))
  expect(json).not.toMatch(/ada|q=1/)
})

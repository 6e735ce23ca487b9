import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { oldestPeers } from './test/peers/oldest.ts'
import { hasBundledChromium } from './test/support/bundled-chromium.ts'
import { installedBrowsers } from './test/support/installed-browsers.ts'

/** Where tabs race with each other, with their storage, or with a page that goes away. */
const racyTabTests = ['two-tabs', 'asleep', 'page-gone', 'sessions', 'refused'].map(
  name => `test/tabs/${name}.chromium.test.ts`,
)

/** The oldest peers bring their own tests. */
const notOurs = '**/node_modules/**'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{jsdom,chromium}.test.ts', 'test/peers/**', notOurs],
        },
      },
      {
        test: {
          name: 'jsdom',
          environment: 'jsdom',
          environmentOptions: { jsdom: { url: 'https://app.example.com/' } },
          include: ['test/**/*.jsdom.test.ts'],
          exclude: [notOurs],
        },
      },
      oldestPeers('node', ['test/peers/*.test.ts', 'test/mock/msw.test.ts']),
      oldestPeers('jsdom', [
        'test/contract/contract.jsdom.test.ts',
        'test/mock/msw.jsdom.test.ts',
        'test/adapters/{react,angular-*}.jsdom.test.ts',
      ]),
      tabs('tabs'),
      ...secondTabs(),
    ],
  },
})

// Several tabs of a real browser. Never beside the other projects: what they see depends on timing.
function tabs(name: string, secondBrowser?: string): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      environment: 'node',
      include: secondBrowser ? racyTabTests : ['test/**/*.chromium.test.ts'],
      exclude: [notOurs],
      globalSetup: 'test/support/chromium.setup.ts',
      testTimeout: 20_000,
      sequence: { groupOrder: 1 },
      ...(secondBrowser && { provide: { secondBrowser } }),
    },
  }
}

// The bundled Chromium hides races between tabs that an installed browser shows: where there are both, run those tests in both.
function secondTabs(): TestProjectInlineConfiguration[] {
  const [installed] = installedBrowsers()
  return installed && hasBundledChromium && !process.env.CHROMIUM_PATH
    ? [tabs('tabs-installed', installed)]
    : []
}

import { availableParallelism } from 'node:os'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { oldestPeers } from './test/peers/oldest.ts'
import { patient } from './test/support/patient.ts'

/** The oldest peers bring their own tests. */
const notOurs = '**/node_modules/**'

export default defineConfig({
  test: {
    // vitest leaves one core to itself, which needs little: of two cores half would be idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{jsdom,chromium}.test.ts', 'test/{peers,next}/**', notOurs],
          ...patient,
        },
      },
      {
        test: {
          name: 'jsdom',
          environment: 'jsdom',
          environmentOptions: { jsdom: { url: 'https://app.example.com/' } },
          include: ['test/**/*.jsdom.test.ts'],
          exclude: [notOurs],
          ...patient,
        },
      },
      oldestPeers('node', ['test/peers/*.test.ts', 'test/mock/msw.test.ts']),
      oldestPeers('jsdom', [
        'test/contract/contract.jsdom.test.ts',
        'test/mock/msw.jsdom.test.ts',
        'test/adapters/{react,angular-*}.jsdom.test.ts',
      ]),
      tabs(),
    ],
  },
})

// Several tabs of a real browser, after the other projects: there is enough that competes with a browser for time.
function tabs(): TestProjectInlineConfiguration {
  return {
    test: {
      name: 'tabs',
      environment: 'node',
      include: ['test/**/*.chromium.test.ts'],
      exclude: [notOurs],
      globalSetup: 'test/support/chromium.setup.ts',
      // Playwright takes long to load, and these tests change nothing outside of the browser.
      isolate: false,
      ...patient,
      testTimeout: 60_000,
      sequence: { groupOrder: 1 },
    },
  }
}

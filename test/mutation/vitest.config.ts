import { defineConfig } from 'vitest/config'

/** What mutation testing runs: stryker takes no projects, and needs no browser. */
export default defineConfig({
  test: {
    environment: 'node',
    // For the tests that name jsdom in their first line.
    environmentOptions: { jsdom: { url: 'https://app.example.com/' } },
    include: [
      'test/core/**/*.test.ts',
      'test/session/**/*.test.ts',
      'test/mock/rules.test.ts',
      'test/mock/traces.test.ts',
    ],
  },
})

import { defineConfig } from 'vitest/config'

/** What mutation testing runs: stryker takes no projects, and the pure modules need no browser. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/core/**/*.test.ts', 'test/mock/rules.test.ts', 'test/mock/traces.test.ts'],
  },
})

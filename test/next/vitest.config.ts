import { defineConfig } from 'vitest/config'
import { patient } from '../support/patient.ts'

/** What `npm run test:next` runs. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/next/*.test.ts'],
    globalSetup: 'test/support/chromium.setup.ts',
    ...patient,
    hookTimeout: 300_000,
  },
})

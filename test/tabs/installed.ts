/**
 * `npm run test:installed`: the bundled Chromium hides races between tabs that an installed browser shows. Runs the
 * tests where tabs race with each other, with their storage, or with a page that goes away, in Chrome, Chromium or Edge.
 * Further arguments are vitest's.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installedBrowsers } from '../support/installed-browsers.ts'

const RACY = ['two-tabs', 'asleep', 'page-gone', 'sessions', 'refused']

const browser = process.env.CHROMIUM_PATH || installedBrowsers()[0]
if (browser) {
  console.log(`In ${browser}:`)
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
  const files = RACY.map(name => `test/tabs/${name}.chromium.test.ts`)
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--project', 'tabs', ...files, ...process.argv.slice(2)],
    { stdio: 'inherit', env: { ...process.env, CHROMIUM_PATH: browser } },
  )
  process.exitCode = status ?? 1
} else {
  console.log('No Chrome, Chromium or Edge is installed here, nor named by CHROMIUM_PATH: nothing to run.')
}

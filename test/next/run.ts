/**
 * `npm run test:next`: installs Next.js for the shop, which is too much for everybody's `npm ci`, and the library as it was
 * built, as npm would publish it; then plays the tests beside this file. Further arguments are vitest's.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SHOP } from './shop.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'token-handoff-'))
const npm = (...args: string[]) => execFileSync('npm', args, { cwd: SHOP, stdio: 'inherit' })

try {
  npm('ci', '--ignore-scripts', '--no-audit', '--no-fund')
  npm('pack', ROOT, '--ignore-scripts', '--silent', '--pack-destination', folder)
  const [tarball] = readdirSync(folder)
  npm('install', '--no-save', '--no-package-lock', '--offline', '--ignore-scripts', join(folder, tarball!))
} finally {
  rmSync(folder, { recursive: true })
}

const { status } = spawnSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    'test/next/vitest.config.ts',
    ...process.argv.slice(2),
  ],
  { cwd: ROOT, stdio: 'inherit' },
)
process.exitCode = status ?? 1

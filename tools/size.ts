import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

/**
 * `npm run size`: measures each entry's bundle (minified, brotli, without peers) against its budget, and
 * checks that the README shows these figures. `npm run size -- --write` puts them there.
 *
 * What an adapter shares with the session is in an application once: its figure is what one bundle of both has
 * more than one of the session alone.
 */

interface Measured {
  name: string
  size: number
  sizeLimit: number
}

/** What adapters and storages may add, in bytes. */
const additions: Record<string, number> = {
  'token-handoff/axios': 900,
  'token-handoff/ky': 400,
  'token-handoff/angular': 800,
  'token-handoff/react': 300,
  'token-handoff/storage': 1_200,
  'token-handoff/migration': 1_600,
}

const readme = new URL('../README.md', import.meta.url)
const marks = /(<!-- size: .*? -->\n)[\s\S]*?(<!-- \/size -->)/

const isAddition = (name: string) => name in additions
const isOver = ({ size, sizeLimit }: Measured) => size > sizeLimit
const kilobytes = (bytes: number) =>
  bytes < 100 ? `${bytes} B` : `${(bytes / 1000).toFixed(bytes < 1000 ? 2 : 1)} kB`

function measure(): Measured[] {
  const bundles = bundleSizes()
  const [session] = bundles
  return bundles.map(({ name, size, sizeLimit }) =>
    isAddition(name)
      ? { name, size: size - session!.size, sizeLimit: additions[name]! }
      : { name, size, sizeLimit },
  )
}

function bundleSizes(): Measured[] {
  try {
    return JSON.parse(execFileSync('size-limit', ['--json'], { encoding: 'utf8', shell: true }))
  } catch (error) {
    // It exits with 1 when a budget is exceeded, and prints the figures all the same.
    const { stdout } = error as { stdout?: string }
    if (!stdout?.trim()) throw error
    return JSON.parse(stdout)
  }
}

const measured = measure()
for (const row of measured) {
  const { name, size, sizeLimit } = row
  console.log(
    `${isOver(row) ? 'OVER' : 'ok  '} ${name.padEnd(24)} ${String(size).padStart(6)} B of ${sizeLimit} B`,
  )
}
const table = [
  '| import | brotli |',
  '|---|---|',
  ...measured.map(({ name, size }) => `| ${name} | ${isAddition(name) ? '+ ' : ''}${kilobytes(size)} |`),
]
const text = readFileSync(readme, 'utf8')
if (!marks.test(text)) throw new Error('README.md has no place for the sizes: <!-- size: ... -->')
const updated = text.replace(marks, `$1${table.join('\n')}\n$2`)
if (process.argv.includes('--write')) writeFileSync(readme, updated)
else if (updated !== text) {
  console.error('README.md shows other sizes than these: run `npm run size -- --write`.')
  process.exitCode = 1
}
if (measured.some(isOver)) {
  console.error('A budget in package.json ("size-limit") or in tools/size.ts is exceeded.')
  process.exitCode = 1
}

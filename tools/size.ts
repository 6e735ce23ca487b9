import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

/**
 * `npm run size`: measures each entry's bundle (minified, brotli, without peers) against its budget, and
 * checks that the README shows these figures. `npm run size -- --write` puts them there.
 */

interface Measured {
  name: string
  passed: boolean
  size: number
  sizeLimit: number
}

const readme = new URL('../README.md', import.meta.url)
const marks = /(<!-- size: .*? -->\n)[\s\S]*?(<!-- \/size -->)/

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`

function measure(): Measured[] {
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
for (const { name, size, sizeLimit, passed } of measured) {
  console.log(
    `${passed ? 'ok  ' : 'OVER'} ${name.padEnd(24)} ${String(size).padStart(6)} B of ${sizeLimit} B`,
  )
}
const table = [
  '| import | brotli |',
  '|---|---|',
  ...measured.map(({ name, size }) => `| ${name} | ${kilobytes(size)} |`),
]
const text = readFileSync(readme, 'utf8')
if (!marks.test(text)) throw new Error('README.md has no place for the sizes: <!-- size: ... -->')
const updated = text.replace(marks, `$1${table.join('\n')}\n$2`)
if (process.argv.includes('--write')) writeFileSync(readme, updated)
else if (updated !== text) {
  console.error('README.md shows other sizes than these: run `npm run size -- --write`.')
  process.exitCode = 1
}
if (measured.some(({ passed }) => !passed)) {
  console.error('A budget in package.json ("size-limit") is exceeded.')
  process.exitCode = 1
}

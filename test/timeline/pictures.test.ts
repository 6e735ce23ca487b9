import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { pictures } from '../../tools/pictures/pictures.ts'

const ROOT = new URL('../../', import.meta.url)
const run = promisify(execFile)

// In a process of its own: it holds the time.
test('the documents’ pictures are what the library draws today', { timeout: 20_000 }, async () => {
  const { stdout } = await run(process.execPath, [
    fileURLToPath(new URL('tools/pictures/run.ts', ROOT)),
    '--check',
  ])
  expect(stdout).toBe(`${pictures.length} pictures are up to date.\n`)
})

test('every picture is drawn, and shown in docs/timeline.md', () => {
  const names = pictures.map(({ name }) => `${name}.svg`)
  expect(readdirSync(new URL('docs/pictures/', ROOT)).sort()).toEqual([...names].sort())
  const text = readFileSync(new URL('docs/timeline.md', ROOT), 'utf8')
  expect(names.filter(name => !text.includes(`](pictures/${name})`))).toEqual([])
})

test('nobody is signed out in any of them who did not ask for it', () => {
  for (const { name } of pictures) {
    const text = readFileSync(new URL(`docs/pictures/${name}.svg`, ROOT), 'utf8')
    expect(text).not.toMatch(/signed out \((rejected|expired)\)/)
  }
})

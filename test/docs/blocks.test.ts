import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withAssertions } from '../readme/blocks.ts'
import { createChecker } from '../readme/types.ts'
import { blocks, type PageBlock, pages, ROOT, read } from './pages.ts'

const FOLDER = `${ROOT}reports/docs/`
const PRELOAD = `${ROOT}test/readme/preload.ts`
const NAMES = fileURLToPath(new URL('./names.ts', import.meta.url))

/** `ts` is this library's code; other clients' is shown as `js`. What shows a file is held by the file's own tests. */
const ours = blocks.filter(({ language, file }) => language === 'ts' && !file)
const shown = blocks.filter(({ file }) => file)
/** What only a browser or a framework can run. */
const runnable = ours.filter(
  ({ code }) =>
    !/cookieStorage|rememberStorage|localStorage|createServer|@angular|location|document/.test(code),
)
const fileOf = ({ page, line }: PageBlock, kind = 'run') =>
  `${FOLDER}${page.replace(/\W+/g, '-')}-${line}-${kind}.ts`

beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true })
  for (const block of ours) {
    writeFileSync(fileOf(block, 'typed'), `${block.code}export {}\n`)
    writeFileSync(fileOf(block), withAssertions(block.code))
  }
})
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('every page is there, and has code of this library alone as ts', () => {
  expect(pages.length).toBeGreaterThan(8)
  expect([...new Set(blocks.map(({ language }) => language))].sort()).toEqual(
    expect.arrayContaining(['js', 'ts']),
  )
})

test('the code for Next.js is the application’s that `npm run test:next` builds, types checked, and plays', () => {
  expect(shown.map(({ page, file }) => [page, file])).toEqual(
    [
      'as-user.ts',
      'proxy.ts',
      'app/items/[id]/page.tsx',
      'app/actions.ts',
      'app/api/items/[id]/route.ts',
      'browser-session.ts',
    ].map(file => ['docs/server-rendering.md', `test/next/shop/${file}`]),
  )
})

test.each(shown)('$file is shown as it is', ({ file, code }) => {
  expect(code).toBe(read(file!))
})

describe('the types', () => {
  let checker: ReturnType<typeof createChecker>
  beforeAll(() => {
    checker = createChecker([PRELOAD, NAMES, ...ours.map(block => fileOf(block, 'typed'))])
  }, 30_000)

  test.each(ours.map(block => [`${block.page}:${block.line}`, block] as const))('of %s', (_, block) => {
    expect(checker.complaintsAbout(fileOf(block, 'typed'))).toEqual([])
  })
})

describe('what Node can run', () => {
  test.each(runnable.map(block => [`${block.page}:${block.line}`, block] as const))('%s', (_, block) => {
    const { status, stderr } = spawnSync(process.execPath, ['--import', PRELOAD, fileOf(block)], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 10_000,
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

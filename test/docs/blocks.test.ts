import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withAssertions } from '../readme/blocks.ts'
import { createChecker } from '../readme/types.ts'
import { blocks, type PageBlock, pages, ROOT } from './pages.ts'

const FOLDER = `${ROOT}reports/docs/`
const PRELOAD = `${ROOT}test/readme/preload.ts`
const NAMES = fileURLToPath(new URL('./names.ts', import.meta.url))

/** `ts` is this library's code; other clients' is shown as `js`. */
const ours = blocks.filter(({ language }) => language === 'ts')
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

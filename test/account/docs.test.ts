import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/index.ts'
import { type Block, blocksOf, withAssertions } from '../readme/blocks.ts'
import { createChecker } from '../readme/types.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = `${ROOT}reports/account/`
const README = `${ROOT}test/readme/preload.ts`
/** A page without a button. */
const PRELOAD = 'data:text/javascript,globalThis.document = { querySelector: () => null }'

const page = readFileSync(`${ROOT}docs/account.md`, 'utf8')
const blocks = blocksOf(page)
const fileOf = ({ line }: Block, kind: string) => `${FOLDER}line-${line}.${kind}.ts`

beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true })
  for (const block of blocks) {
    writeFileSync(fileOf(block, 'run'), withAssertions(block.code))
    writeFileSync(fileOf(block, 'typed'), `${block.code}export {}\n`)
  }
})
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('has no block that nobody runs', () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['ts']))
})

describe('runs', () => {
  test.each(blocks.map(block => [block.line, block] as const))('the code at line %i', (_, block) => {
    const preloads = ['--import', README, '--import', PRELOAD]
    const { status, stderr } = spawnSync(process.execPath, [...preloads, fileOf(block, 'run')], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 10_000,
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

describe('checks the types of', () => {
  let checker: ReturnType<typeof createChecker>
  beforeAll(() => {
    checker = createChecker([README, ...blocks.map(block => fileOf(block, 'typed'))])
  }, 30_000)

  test.each(blocks.map(block => [block.line, block] as const))('the code at line %i', (_, block) => {
    expect(checker.complaintsAbout(fileOf(block, 'typed'))).toEqual([])
  })
})

test('names every code of an account’s errors', () => {
  const codes: Partial<Record<ErrorCode, true>> = {
    'sign-in-failed': true,
    'sign-up-failed': true,
    'account-update-failed': true,
    'password-update-failed': true,
    'account-deletion-failed': true,
    'mail-failed': true,
    'not-signed-in': true,
    superseded: true,
    'return-invalid': true,
    'signed-in-as-another': true,
    'oauth-failed': true,
    'popup-blocked': true,
    'popup-closed': true,
    'validation-failed': true,
    'headers-not-exposed': true,
    network: true,
  }
  const [, rows] = /^\| code \|.*\n\|[-|]+\n((?:\|.*\n)+)/m.exec(page)!
  const named = rows!.split('\n').flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
  expect(named.map(([, code]) => code).sort()).toEqual(Object.keys(codes).sort())
})

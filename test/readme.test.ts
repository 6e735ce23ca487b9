import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFlags } from '../examples/stories/flags.ts'
import { defaultHeaderNames } from '../src/core/credentials.ts'
import type { FreshnessReason, SessionEvents } from '../src/index.ts'
import { type Block, blocksOf, withAssertions } from './readme/blocks.ts'
import { createChecker } from './readme/types.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const PRELOAD = fileURLToPath(new URL('./readme/preload.ts', import.meta.url))
// Inside the package, so that its own name leads to it.
const FOLDER = `${ROOT}reports/readme/`

const readme = readFileSync(`${ROOT}README.md`, 'utf8')
const blocks = blocksOf(readme)
const scripts = blocks.filter(({ language }) => language === 'ts' || language === 'js')
const commands = blocks.filter(({ language }) => language === 'sh')
const { scripts: npmScripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  scripts: Record<string, string>
}

beforeAll(() => {
  if (!existsSync(`${ROOT}dist/index.js`))
    throw new Error('The blocks run against the built library: npm run build')
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  for (const block of scripts) {
    writeFileSync(fileOf(block), withAssertions(block.code))
    writeFileSync(fileOf(block, 'typed'), `${block.code}export {}\n`)
  }
})
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('shows working code within the first 20 lines', () => {
  const [first] = scripts
  expect(first!.line + first!.code.trimEnd().split('\n').length - 1).toBeLessThanOrEqual(20)
})

test('has no block that nobody runs', () => {
  expect(
    blocks.map(({ language }) => language).filter(language => !['ts', 'js', 'sh'].includes(language)),
  ).toEqual([])
})

describe.concurrent('runs', () => {
  test.each(scripts.map(block => [block.line, block] as const))('the code at line %i', async (_, block) => {
    expect(await run(fileOf(block))).toEqual({ status: 0, stderr: '' })
  })
})

describe('checks the types of', () => {
  let checker: ReturnType<typeof createChecker>
  beforeAll(() => {
    checker = createChecker([PRELOAD, ...scripts.map(block => fileOf(block, 'typed'))])
  }, 30_000)

  test.each(scripts.map(block => [block.line, block] as const))('the code at line %i', (_, block) => {
    expect(checker.complaintsAbout(fileOf(block, 'typed'))).toEqual([])
  })

  test('every option, and no other', () => {
    expect(firstColumn(readme, 'option').sort()).toEqual(checker.membersOf('SessionOptions').sort())
  })

  test('every event, and no other', () => {
    expect(firstColumn(readme, 'event').sort()).toEqual(checker.membersOf('SessionEvents').sort())
  })
})

describe.concurrent('tells a block that runs from one that cannot', () => {
  test.each([
    ['a comment that is so', "session.getSnapshot().status // → 'signed-in'", 0, /^$/],
    ['a comment that is not so', "session.getSnapshot().status // → 'signed-out'", 1, /AssertionError/],
    ['an unknown name', 'nobody.fetch()', 1, /ReferenceError: nobody/],
    ['an unknown entry', "import { a } from 'token-handoff/a'", 1, /ERR_PACKAGE_PATH_NOT_EXPORTED/],
    ['an unknown export', "import { a } from 'token-handoff'", 1, /does not provide an export named 'a'/],
    ['a rejection', "await session.signIn({ email, password: 'wrong' })", 1, /sign-in-failed/],
    ['a rejection that nobody awaits', "session.signIn({ email, password: 'wrong' })", 1, /sign-in-failed/],
    ['a promise that never settles', 'await new Promise(() => {})', 13, /unsettled top-level await/],
  ])('%s', async (name, code, status, complaint) => {
    const file = `${FOLDER}${name.replaceAll(' ', '-')}.ts`
    writeFileSync(file, withAssertions(code))
    expect(await run(file)).toEqual({ status, stderr: expect.stringMatching(complaint) })
  })
})

describe('the commands', () => {
  const lines = commands.flatMap(({ code }) => code.trim().split('\n'))

  test.each(lines)('%s', line => {
    for (const command of line.split(' && ')) checkCommand(command)
  })

  test('the two of a clone come first', () => {
    expect(lines.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test'])
  })

  test('in the text are scripts too', () => {
    for (const [, script] of readme.matchAll(/npm run ([\w:-]+)/g))
      expect(npmScripts).toHaveProperty([script!])
  })
})

test('lists the headers to expose', () => {
  const [, list] = /Access-Control-Expose-Headers: ([^`]+)/.exec(readme)!
  expect(list!.split(', ')).toEqual(Object.values(defaultHeaderNames))
})

describe('docs/protocol.md names every', () => {
  const protocol = readFileSync(`${ROOT}docs/protocol.md`, 'utf8')

  test('reason, and no other', () => {
    const reasons: Record<FreshnessReason, true> = {
      blank: true,
      'signed-out': true,
      'other-session': true,
      same: true,
      successor: true,
      conflict: true,
      newer: true,
      older: true,
      'later-request': true,
      'earlier-request': true,
    }
    expect(firstColumn(protocol, 'reason').sort()).toEqual(Object.keys(reasons).sort())
  })

  test('verdict, and no other', () => {
    const verdicts: Record<SessionEvents['rejected']['verdict'], true> = {
      deliver: true,
      replay: true,
      wait: true,
      ask: true,
      'sign-out': true,
    }
    expect(firstColumn(protocol, 'verdict').sort()).toEqual(Object.keys(verdicts).sort())
  })
})

test('links to files that are there', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link!)
  expect(links.length).toBeGreaterThan(0)
  expect(links.filter(link => !existsSync(ROOT + link))).toEqual([])
})

function checkCommand(command: string): void {
  const [npm, verb, ...rest] = command.split(' ')
  expect(npm).toBe('npm')
  const [name, ...flags] = verb === 'run' ? rest : [verb!, ...rest]
  if (name !== 'ci') expect(npmScripts).toHaveProperty([name!])
  if (name === 'start') readFlags(flags.slice(1))
  else expect(flags).toEqual([])
}

/** The names in the first column of the table with that head. */
function firstColumn(text: string, head: string): string[] {
  const [, rows] = new RegExp(`^\\| ${head} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, 'm').exec(text)!
  return rows!
    .split('\n')
    .flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name!))
}

function fileOf({ line }: Block, kind = 'run'): string {
  return `${FOLDER}line-${line}.${kind}.ts`
}

async function run(file: string): Promise<{ status: number | null; stderr: string }> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', PRELOAD, file],
    {
      timeout: 10_000,
    },
  )
  let stderr = ''
  child.stdout.resume()
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const status = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { status, stderr }
}

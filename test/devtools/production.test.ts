import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf } from '../readme/blocks.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
// Inside the package, so that its own name leads to it.
const FOLDER = join(ROOT, 'reports/devtools')

const [shown] = blocksOf(readFileSync(join(ROOT, 'docs/devtools.md'), 'utf8'))

/** Applications; the first takes the code that the documentation shows. */
const apps = {
  'an import on demand': `import { createSession } from 'token-handoff'
const session = createSession({ baseUrl: 'https://api.example.com' })
${shown!.code}
document.title = session.getSnapshot().status`,
  'a plain import': `import { createSession } from 'token-handoff'
import { createFaults, mountDevtools } from 'token-handoff/devtools'
const faults = import.meta.env.DEV ? createFaults() : undefined
const session = createSession({ baseUrl: 'https://api.example.com', ...(faults && { fetch: faults.fetch }) })
if (import.meta.env.DEV) mountDevtools(session, { faults })
document.title = session.getSnapshot().status`,
  'no devtools': `import { createSession } from 'token-handoff'
const session = createSession({ baseUrl: 'https://api.example.com' })
document.title = session.getSnapshot().status`,
}

/** Words of the devtools, and of the timeline within. */
const words = ['expired-by-devtools', 'token-timeline', 'token-handoff-log', 'Lose the next answer']

function build(name: keyof typeof apps, mode: 'production' | 'development'): string[] {
  const root = join(FOLDER, `${name} ${mode}`.replaceAll(' ', '-'))
  mkdirSync(root, { recursive: true })
  writeFileSync(join(root, 'index.html'), '<!doctype html><script type="module" src="./main.js"></script>')
  writeFileSync(join(root, 'main.js'), apps[name])
  const vite = fileURLToPath(new URL('node_modules/vite/bin/vite.js', `file://${ROOT}`))
  // Of its own, as in an application: the test's own NODE_ENV would make it a development build.
  execFileSync(process.execPath, [vite, 'build', '--mode', mode, '--logLevel', 'error'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: mode },
  })
  const assets = join(root, 'dist/assets')
  return readdirSync(assets).map(file => readFileSync(join(assets, file), 'utf8'))
}

beforeAll(() => rmSync(FOLDER, { recursive: true, force: true }))
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

describe.each(['an import on demand', 'a plain import'] as const)('%s', name => {
  test('is in a development build', () => {
    const text = build(name, 'development').join('')
    expect(words.filter(word => text.includes(word))).toEqual(words)
  }, 30_000)

  test('leaves nothing in a production build', () => {
    const built = build(name, 'production')
    expect(built).toHaveLength(1)
    expect(words.filter(word => built[0]!.includes(word))).toEqual([])
    // Not a byte more than without.
    expect(built[0]!.length).toBe(build('no devtools', 'production')[0]!.length)
  }, 30_000)
})

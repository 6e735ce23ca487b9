import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const running = new Set<ChildProcess>()

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

/** `npm start`, without npm between: that would not pass on the signal that ends it. */
function start(...flags: string[]) {
  const began = performance.now()
  const child = spawn(process.execPath, ['examples/playground/start.ts', ...flags], { cwd: ROOT })
  running.add(child)
  let stdout = ''
  const closed = new Promise<number | null>(resolve => child.once('close', resolve))
  child.stderr.on('data', chunk => {
    stdout += chunk
  })
  const line = (pattern: RegExp) =>
    new Promise<{ found: RegExpExecArray; after: number }>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(stdout)
        if (found) resolve({ found, after: performance.now() - began })
      }
      child.stdout.on('data', chunk => {
        stdout += chunk
        look()
      })
      child.once('close', () => reject(new Error(`It ended without such a line:\n${stdout}`)))
    })
  return { child, closed, line, said: () => stdout }
}

test('--host serves the page to other devices', async () => {
  const { line } = start('--host', '127.0.0.2')
  const { found } = await line(/^See it live: (http:\/\/127\.0\.0\.2:\d+\/)$/m)
  expect((await fetch(found[1]!)).status).toBe(200)
}, 60_000)

test('--host that this machine does not have is told so', async () => {
  // An address of documentation, which nobody has.
  const { closed, said } = start('--host', '203.0.113.7')
  expect(await closed).toBe(1)
  expect(said()).toBe('The page cannot be served at --host 203.0.113.7 (EADDRNOTAVAIL).\n')
})

test('npm start serves the page, says where at once, and stops when asked to', async () => {
  const { child, closed, line, said } = start()
  const { found, after } = await line(/^See it live: (http:\/\/127\.0\.0\.1:\d+\/)$/m)
  console.log(`The address was there after ${Math.round(after)} ms.`)
  // The bar is 3 s on a machine that has nothing else to do.
  expect(after).toBeLessThan(15_000)
  const url = found[1]!
  const page = await fetch(url)
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const html = await page.text()
  const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!)
  // Nothing from anywhere else.
  expect(parts.every(path => path.startsWith('./') || path === 'data:,')).toBe(true)
  const answers = await Promise.all(
    parts.filter(path => path !== 'data:,').map(path => fetch(new URL(path, url))),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect((await fetch(`${url}elsewhere`)).status).toBe(404)
  expect((await fetch(`${url}?a=b`)).status).toBe(200)
  expect((await fetch(`${url}//`)).status).toBe(404)
  expect((await fetch(`${url}..%2f..%2fpackage.json`)).status).toBe(404)
  if (!said().includes('Serving the API on')) await line(/^Serving the API on /m)
  expect(said()).toContain('0 accidental sign-outs')
  child.kill('SIGTERM')
  expect(await closed).toBe(0)
}, 40_000)

test.each([
  ['--once', 0, '0 accidental sign-outs'],
  ['--help', 0, 'serves a page that shows the tokens live'],
  ['--frob', 1, "Unknown option '--frob'"],
])(
  'npm start -- %s serves no page and ends',
  async (flag, status, text) => {
    const { closed, line, said } = start(flag)
    line(/never/).catch(() => {})
    expect(await closed).toBe(status)
    expect(said()).toContain(text)
    expect(said()).not.toContain('See it live')
  },
  40_000,
)

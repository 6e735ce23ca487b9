/** Starts an example with an API of its own: npm run example react|angular|page|axios|ky. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'
import { startApi } from './api.ts'

const pages = ['react', 'angular', 'page']
const scripts = ['axios', 'ky']

const name = process.argv[2] ?? ''
if (pages.includes(name)) await serve()
else if (scripts.includes(name)) await run()
else {
  console.error(`npm run example NAME, where NAME is one of ${[...pages, ...scripts].join(', ')}.`)
  process.exitCode = 1
}

async function serve(): Promise<void> {
  const api = await startApi()
  // Of its own, so that the same example can be started twice.
  const cacheDir = await mkdtemp(join(tmpdir(), 'token-handoff-example-'))
  const site = await createServer({
    configFile: false,
    logLevel: 'warn',
    root: fileURLToPath(new URL(name, import.meta.url)),
    cacheDir,
    define: { 'import.meta.env.VITE_API_URL': JSON.stringify(api.url) },
    // Angular's decorators are of the kind that came before the standard's.
    oxc: { decorator: { legacy: true } },
    // A build of the library while an example runs is for its next start.
    server: { host: '127.0.0.1', port: 0, watch: { ignored: ['**/dist/**'] } },
  })
  await site.listen()
  console.log(`Open ${site.resolvedUrls!.local[0]} (the API is on ${api.url}). Ctrl+C stops.`)
  // Not once: npm passes a Ctrl+C on that the terminal has sent already.
  await new Promise(stop => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop)
  })
  await Promise.all([site.close(), api.close()])
  await rm(cacheDir, { recursive: true })
}

async function run(): Promise<void> {
  const api = await startApi()
  process.env.API_URL = api.url
  await import(`./${name}/script.ts`)
  await api.close()
}

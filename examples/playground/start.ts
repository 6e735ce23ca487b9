/** `npm start`: serves the playground, then builds the library and plays the stories. npm start -- --help. */
import { readdirSync, statSync } from 'node:fs'
import { readFlags } from '../stories/flags.ts'
import { servePlayground } from './site.ts'

// First, and without waiting for the build: the page is made of the sources.
const host = hostOf(process.argv.slice(2))
if (host !== null) {
  const { url, prepare, close } = await servePlayground(host).catch(error => {
    console.error(`The page cannot be served at --host ${host} (${error.code}).`)
    process.exit(1)
  })
  console.log(`See it live: ${url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
  await prepare()
}
if (!isBuilt()) {
  const { build } = await import('tsup')
  await build({ dts: false, silent: true })
}
await import('../stories/start.ts')

/** Null: nobody looks at a page, as the command ends by itself. */
function hostOf(args: string[]): string | null {
  try {
    const { once, help, real, host } = readFlags(args)
    return once || help || real ? null : host
  } catch {
    // The stories say what is wrong.
    return null
  }
}

/** Whether the library that the stories import is as new as its sources. */
function isBuilt(): boolean {
  const root = new URL('../../', import.meta.url)
  const changed = (path: string) => statSync(new URL(path, root), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const built = Math.min(
    ...['index', 'mock', 'mock-node', 'timeline'].map(name => changed(`dist/${name}.js`)),
  )
  const sources = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
  return sources.every(source => changed(`src/${source}`) < built)
}

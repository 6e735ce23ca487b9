/** `npm start`: serves the playground, then builds the library and plays the stories. npm start -- --help. */
import { readdirSync, statSync } from 'node:fs'
import { readFlags } from '../stories/flags.ts'
import { servePlayground } from './site.ts'

// First, and without waiting for the build: the page is made of the sources.
if (servesOn(process.argv.slice(2))) {
  const { url, prepare, close } = await servePlayground()
  console.log(`See it live: ${url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
  await prepare()
}
if (!isBuilt()) {
  const { build } = await import('tsup')
  await build({ dts: false, silent: true })
}
await import('../stories/start.ts')

/** Whether there is anybody to look at a page: not where the command ends by itself. */
function servesOn(args: string[]): boolean {
  try {
    const { once, help, real } = readFlags(args)
    return !once && !help && real === null
  } catch {
    // The stories say what is wrong.
    return false
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

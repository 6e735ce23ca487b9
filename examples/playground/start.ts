/** `npm start`: serves the playground, then builds the library and plays the stories. npm start -- --help. */
import { build } from 'tsup'
import { readFlags } from '../stories/flags.ts'
import { servePlayground } from './site.ts'

// First, and without waiting for the build: the page is made of the sources.
if (servesOn(process.argv.slice(2))) {
  const { url, close } = await servePlayground()
  console.log(`See it live: ${url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
}
await build({ dts: false, silent: true })
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

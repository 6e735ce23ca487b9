import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'

/** A page whose one script is the file given, with all that it imports, from the sources. */
export async function pageOf(file: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      rolldownOptions: { input: fileURLToPath(new URL(file, import.meta.url)) },
    },
  })
  const { output } = built as Rolldown.RolldownOutput
  if (output.length !== 1) throw new Error(`${file} makes ${output.length} files instead of one.`)
  return `<!doctype html><script type="module">${output[0].code.replaceAll('</script', '<\\/script')}</script>`
}

/** The test runner takes the page's address in an error's stack for a file, and stumbles over it. */
export async function withoutPageStack<Result>(promise: Promise<Result>): Promise<Result> {
  return promise.catch(error => {
    throw new Error(error.message.split('\n    at ')[0])
  })
}

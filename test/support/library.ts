import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../', import.meta.url)

// What the adapters' peers are called in a page: ES modules that a browser can load as they are.
const PEERS = {
  axios: '/node_modules/axios/dist/esm/axios.js',
  ky: '/node_modules/ky/distribution/index.js',
}

/**
 * A page that imports the built library by its public names, through the package's own exports map, and puts
 * it on `window`: `page.evaluate` cannot import, because vitest rewrites `import()` in the function it is given.
 *
 * @param modules global name to module name; default `{ tokenHandoff: 'token-handoff' }`
 * @example libraryPage({ tokenHandoff: 'token-handoff', ky: 'ky' }) // window.tokenHandoff.createSession(...)
 */
export function libraryPage(
  modules: Readonly<Record<string, string>> = { tokenHandoff: 'token-handoff' },
): string {
  const lines = Object.entries(modules).flatMap(([global, module], n) => [
    `import * as module${n} from ${JSON.stringify(module)}`,
    `window[${JSON.stringify(global)}] = module${n}`,
  ])
  return `<!doctype html>
<meta charset="utf-8">
<title>token-handoff</title>
<script type="importmap">${JSON.stringify({ imports: importMap() })}</script>
<script type="module">
${lines.join('\n')}
</script>`
}

function importMap(): Record<string, string> {
  const { name, exports } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
    name: string
    exports: Record<string, string | { import: { default: string } } | { default: string }>
  }
  const own = Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : [[name + subpath.slice(1), ('import' in target ? target.import : target).default.slice(1)]],
  )
  return { ...Object.fromEntries(own), ...PEERS }
}

/** Whether a path is one of the scripts that `serveScript` answers. */
export function isScript(pathname: string): boolean {
  return /^\/(dist|node_modules)\/.+\.js$/.test(pathname)
}

/** Answers `/dist/*.js` and `/node_modules/**.js`; what is missing in dist gets a 404 that says what to do. */
export async function serveScript(pathname: string): Promise<Response> {
  try {
    const script = await readFile(new URL(`.${pathname}`, ROOT))
    return new Response(script, {
      headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' },
    })
  } catch {
    const remedy = pathname.startsWith('/dist/') ? 'run `npm run build`' : 'run `npm ci`'
    return new Response(`${pathname.slice(1)} is missing: ${remedy}`, { status: 404 })
  }
}

/** Says when the tabs would load a build that is older than the sources; undefined when all is well. */
export function staleBuild(root = ROOT): string | undefined {
  const built = new URL('dist/index.js', root)
  if (!existsSync(built)) return 'dist/index.js is missing: run `npm run build`'
  const src = fileURLToPath(new URL('src/', root))
  const time = statSync(built).mtimeMs
  const newer = readdirSync(src, { recursive: true, encoding: 'utf8' }).find(
    file => file.endsWith('.ts') && statSync(join(src, file)).mtimeMs > time,
  )
  return newer && `src/${newer} is newer than dist, which the tabs load: run \`npm run build\``
}

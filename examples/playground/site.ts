import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Rolldown } from 'vite'

/** The playground, served. */
export interface Site {
  /** Ends in a slash. */
  readonly url: string
  /** Builds the page before it is asked for. */
  prepare(): Promise<void>
  close(): Promise<void>
}

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
}

const headers = {
  'cache-control': 'no-store',
  // It loads nothing from anywhere else, and asks nobody.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:",
}

/**
 * Serves the page on a free port. It listens at once, and builds the page once it is needed.
 *
 * @param host the address; 0.0.0.0: all that this machine has. Default 127.0.0.1
 */
export async function servePlayground(host = '127.0.0.1'): Promise<Site> {
  let files: ReturnType<typeof build> | undefined
  const built = () => {
    files ??= build().catch(error => {
      files = undefined
      throw error
    })
    return files
  }
  const server = createServer(async ({ url = '/' }, response) => {
    try {
      const name = url.replace(/^\/|[?#].*$/g, '') || 'index.html'
      const file = (await built()).get(name)
      const type = types[name.split('.').at(-1)!] ?? 'application/octet-stream'
      if (file === undefined) response.writeHead(404).end()
      else response.writeHead(200, { ...headers, 'content-type': type }).end(file)
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`The page could not be built: ${error instanceof Error ? error.message : error}`)
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, host, resolve)
  })
  return {
    url: `http://${host === '0.0.0.0' ? reachable() : host}:${(server.address() as AddressInfo).port}/`,
    async prepare() {
      // What is wrong with it is told to whoever opens it.
      await built().catch(() => {})
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Where other devices find this one. */
function reachable(): string {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

const src = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

async function build(): Promise<Map<string, string | Uint8Array>> {
  // Here, because loading it takes longer than all the rest.
  const vite = await import('vite')
  const built = (await vite.build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('.', import.meta.url)),
    base: './',
    // The page is there before the library has been built.
    resolve: {
      alias: [
        { find: /^token-handoff$/, replacement: src('index.ts') },
        { find: /^token-handoff\/(mock|timeline)$/, replacement: src('$1/index.ts') },
        { find: /^token-handoff\/(timeline\/element)$/, replacement: src('$1.ts') },
      ],
    },
    build: { write: false, target: 'es2022', modulePreload: false },
  })) as Rolldown.RolldownOutput
  return new Map(built.output.map(file => [file.fileName, file.type === 'chunk' ? file.code : file.source]))
}

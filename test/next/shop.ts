import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const SHOP = fileURLToPath(new URL('shop/', import.meta.url))

/** Next.js as it was installed for the shop. */
function next(args: string[], env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [`${SHOP}node_modules/next/dist/bin/next`, ...args], {
    cwd: SHOP,
    // vitest's own is 'test'.
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Collects what a process says, for when it fails. */
function hear(child: ChildProcess): () => string {
  let said = ''
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', chunk => {
      said += chunk
    })
  return () => said
}

/** Builds the shop, its types checked, for the API at that address. */
export async function build(api: string): Promise<void> {
  const child = next(['build'], { NEXT_PUBLIC_API: api })
  const said = hear(child)
  const code = await new Promise(resolve => child.once('close', resolve))
  if (code !== 0) throw new Error(`next build failed:\n${said()}`)
}

/** Starts what was built, on a free port. */
export async function start(api: string) {
  const child = next(['start', '--hostname', '127.0.0.1', '--port', '0'], { NEXT_PUBLIC_API: api })
  const said = hear(child)
  const closed = new Promise<void>(resolve => child.once('close', () => resolve()))
  const stop = () => {
    child.kill()
    return closed
  }
  for await (const line of createInterface(child.stdout!)) {
    const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
    if (origin) return { origin, said, stop }
  }
  throw new Error(`next start failed:\n${said()}`)
}

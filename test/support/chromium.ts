import { existsSync } from 'node:fs'
import { type BrowserServer, chromium } from 'playwright'
import { locateBundledChromium } from './bundled-chromium.ts'
import { installedBrowsers } from './installed-browsers.ts'

/** A browser that can be started: plain data, so that a test run can hand it to its workers. */
export interface BrowserSource {
  readonly name: string
  /** Absent: Playwright's own browser. */
  readonly executablePath?: string
  /** Set for the browser alone, over this process's environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** A place to look: `locate` says where the browser is, or throws the reason why there is none. */
export interface BrowserCandidate {
  readonly name: string
  locate(): Promise<Omit<BrowserSource, 'name'>>
}

export interface LaunchOptions {
  /**
   * Lets the browser keep pages it has left, as users' browsers do. Playwright turns this off, because its
   * `page.goBack()` never settles on a page that was kept.
   * @default false
   */
  readonly backForwardCache?: boolean
}

// Never @sparticuz/chromium's own `args`: they turn CORS off and break a second context.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** No candidate started; the message says why, one line for each. */
export class NoBrowserError extends Error {
  override readonly name = 'NoBrowserError'
}

/**
 * Where to look for a browser, in order: `CHROMIUM_PATH` and nothing else when it is set; the one bundled in
 * @sparticuz/chromium; Playwright's own; an installed Chrome, Chromium or Edge.
 *
 * @param chromiumPath an executable to use instead of looking; default `process.env.CHROMIUM_PATH`
 */
export function browserCandidates(chromiumPath = process.env.CHROMIUM_PATH): BrowserCandidate[] {
  if (chromiumPath) return [at(chromiumPath)]
  return [
    { name: 'bundled Chromium', locate: locateBundledChromium },
    { name: "Playwright's own Chromium", locate: async () => ({}) },
    ...installedBrowsers().map(at),
  ]
}

function at(executablePath: string): BrowserCandidate {
  return {
    name: executablePath,
    async locate() {
      if (!existsSync(executablePath)) throw new Error('there is no such file')
      return { executablePath }
    },
  }
}

/**
 * Starts the first candidate that starts.
 *
 * @throws NoBrowserError when none does
 */
export async function launchFirst(
  candidates = browserCandidates(),
): Promise<{ source: BrowserSource; server: BrowserServer }> {
  const reasons: string[] = []
  for (const { name, locate } of candidates) {
    try {
      const source = { name, ...(await locate()) }
      return { source, server: await launch(source) }
    } catch (error) {
      reasons.push(`  ${name}: ${reasonOf(error)}`)
    }
  }
  throw new NoBrowserError(
    `No Chromium could be started:\n${reasons.join('\n')}\n` +
      'Install Chrome or Chromium, or set CHROMIUM_PATH to its executable.',
  )
}

/** Starts one browser, headless; other processes connect to its `wsEndpoint()`. The caller closes it. */
export function launch(source: BrowserSource, options: LaunchOptions = {}): Promise<BrowserServer> {
  return chromium.launchServer({
    args: FLAGS,
    host: '127.0.0.1',
    env: { ...process.env, ...source.env },
    ...(source.executablePath && { executablePath: source.executablePath }),
    ...(options.backForwardCache && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
  })
}

// The messages of Playwright and of a child process hold whole command lines and logs: the first line says what
// failed, and the first line of the browser's (`[err]`) or the child's errors says why.
function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n')
  const why = lines.slice(1).find(line => /\[err\]|Error:/.test(line))
  return [lines[0], why?.replace(/^.*\[err\]/, '').trim()].filter(Boolean).join(' ')
}

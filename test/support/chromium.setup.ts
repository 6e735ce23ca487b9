import type { BrowserServer } from 'playwright'
import type { TestProject } from 'vitest/node'
import {
  type BrowserCandidate,
  type BrowserSource,
  browserCandidates,
  launchFirst,
  NoBrowserError,
} from './chromium.ts'
import { staleBuild } from './library.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's one browser, or null where there is none. */
    chromium: { readonly source: BrowserSource; readonly wsEndpoint: string } | null
  }
}

/** Starts one browser for all test files of a project, and stops it after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // One that somebody named, or that CI relies on, must start.
  const required = Boolean(process.env.CI || process.env.CHROMIUM_PATH)
  const launched = await launchOrWarn(project.name, browserCandidates(), required)
  project.provide(
    'chromium',
    launched && { source: launched.source, wsEndpoint: launched.server.wsEndpoint() },
  )
  const stale = staleBuild()
  if (stale) console.warn(`\n!!! ${stale}\n`)
  return async () => {
    await launched?.server.close()
  }
}

/** @throws NoBrowserError when a browser is required and none starts */
export async function launchOrWarn(
  project: string,
  candidates: BrowserCandidate[],
  required: boolean,
): Promise<{ source: BrowserSource; server: BrowserServer } | null> {
  try {
    return await launchFirst(candidates)
  } catch (error) {
    if (required || !(error instanceof NoBrowserError)) throw error
    console.warn(`\n!!! The tests of project "${project}" are left out. ${error.message}\n`)
    return null
  }
}

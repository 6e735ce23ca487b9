import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import { patient } from '../support/patient.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const manifest = `${ROOT}test/peers/oldest/package.json`

/** The versions of test/peers/oldest, by name. */
export const { dependencies: oldest } = JSON.parse(readFileSync(manifest, 'utf8')) as {
  dependencies: Record<string, string>
}

/** The tests of the adapters, and the contract, with the oldest peers that package.json claims. */
export function oldestPeers(
  environment: 'node' | 'jsdom',
  include: string[],
): TestProjectInlineConfiguration {
  return {
    plugins: [resolveOldest()],
    test: {
      name: `oldest-peers-${environment}`,
      environment,
      environmentOptions: { jsdom: { url: 'https://app.example.com/' } },
      include,
      ...patient,
      setupFiles: 'test/peers/left-out.setup.ts',
      // Only so does it get the oldest React too.
      server: { deps: { inline: ['@testing-library/react'] } },
    },
  }
}

/** Lets whatever imports a peer get the release of test/peers/oldest. */
function resolveOldest(): Plugin {
  const peers = new RegExp(`^(?:${Object.keys(oldest).join('|')})(?:/|$)`)
  const replaced: Record<string, string> = {
    // Its CommonJS build could not be inlined.
    '@testing-library/react': `${ROOT}node_modules/@testing-library/react/dist/@testing-library/react.esm.js`,
  }
  return {
    name: 'oldest-peers',
    enforce: 'pre',
    resolveId(source, _importer, options) {
      if (source === 'virtual:resolved-peers') return source
      if (peers.test(source)) return this.resolve(source, manifest, { ...options, skipSelf: true })
      return replaced[source] ?? null
    },
    // For the tests to see that it works: the file that each peer's name leads to.
    async load(id) {
      if (id !== 'virtual:resolved-peers') return null
      const files = Object.keys(oldest).map(async name => [name, (await this.resolve(name))?.id])
      return `export default ${JSON.stringify(Object.fromEntries(await Promise.all(files)))}`
    },
  }
}

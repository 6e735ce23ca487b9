import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** A file each for `import` and `require`, or one that is for both. */
interface Conditions {
  [condition: string]: { default: string } | string
}

const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  exports: Record<string, Conditions | string>
}

/**
 * What each entry imports, and a word that is in its bundle and in no other's, but for those that it makes use of
 * (`within`), or shares a chunk with: an application that has the one has the other.
 */
const entries: Record<string, { imports: string[]; word: string; within?: string[]; shares?: string[] }> = {
  '.': { imports: [], word: 'lingerAfterAbort' },
  './mock': { imports: [], word: 'maxNumberOfDevices' },
  './mock/node': { imports: ['http'], word: 'createServer' },
  './msw': { imports: ['msw'], word: 'HttpResponse.error' },
  './axios': { imports: ['axios'], word: 'getUri', shares: ['.'] },
  './ky': { imports: [], word: 'withSession' },
  './angular': {
    imports: ['@angular/common/http', '@angular/core', 'rxjs'],
    word: 'InjectionToken',
  },
  './react': { imports: ['react'], word: 'useSyncExternalStore' },
  './account': { imports: [], word: 'popup-blocked' },
  './storage': { imports: [], word: 'passing' },
  './migration': { imports: [], word: 'auth_headers' },
  './server': { imports: [], word: 'finishWithin', within: ['.'] },
  './timeline': { imports: [], word: 'token-handoff-log' },
  './timeline/element': { imports: [], word: 'aria-pressed' },
  './devtools': { imports: [], word: 'expired-by-devtools', within: ['./timeline', './timeline/element'] },
}

const bundles = Object.entries(exports).flatMap(([entry, conditions]) =>
  typeof conditions === 'string'
    ? []
    : Object.entries(conditions)
        .filter(([condition]) => condition !== 'types')
        .map(([condition, target]) => {
          const file = typeof target === 'string' ? target : target.default
          return { entry, condition, ...withoutComments(bundleOf(join(ROOT, file))) }
        }),
)

test('every entry has its row here', () => {
  expect([...new Set(bundles.map(({ entry }) => entry))].sort()).toEqual(Object.keys(entries).sort())
})

describe.each(bundles)('$entry by $condition', ({ entry, imports, text }) => {
  test('imports its peers, and nobody else’s', () => {
    expect([...imports].sort()).toEqual(entries[entry]!.imports)
  })

  test('has its own words, and nobody else’s', () => {
    const { within = [], shares = [] } = entries[entry]!
    const found = Object.keys(entries).filter(
      other => text.includes(entries[other]!.word) && !shares.includes(other),
    )
    expect(found.sort()).toEqual([entry, ...within].sort())
  })

  test('does not know React', () => {
    expect(/\breact\b/i.test(text)).toBe(entry === './react')
  })
})

/** A file with all that it imports of the library's own, and the names of the packages that it imports. */
function bundleOf(file: string, seen = new Set<string>()): { text: string; imports: Set<string> } {
  if (!existsSync(file)) throw new Error(`${file} is not built: npm run build`)
  seen.add(file)
  let text = readFileSync(file, 'utf8')
  const imports = new Set<string>()
  for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
    const path = join(dirname(file), fileName)
    if (!fileName.startsWith('.')) imports.add(fileName.replace(/^node:/, ''))
    else if (!seen.has(path)) {
      const part = bundleOf(path, seen)
      text += part.text
      for (const name of part.imports) imports.add(name)
    }
  }
  return { text, imports }
}

function withoutComments({ text, ...rest }: ReturnType<typeof bundleOf>): ReturnType<typeof bundleOf> {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    removeComments: true,
  }
  return { ...rest, text: ts.transpileModule(text, { compilerOptions }).outputText }
}

import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** An empty project with the packed library in it, and nothing else. */
export interface Project {
  readonly folder: string
  /** What the library offers: '.', './axios', ... with a CommonJS build or without. */
  readonly entries: Record<string, { require?: object }>
  /** Puts packages of this repository beside the library, from the first folder that has them. */
  link(names: readonly string[], modules: readonly string[]): void
  remove(): void
}

export function createProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'token-handoff-'))
  const npm = (...args: string[]) =>
    execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  // As it was built: the types are part of what is checked.
  npm('pack', ROOT, '--ignore-scripts', '--silent')
  const tarball = readdirSync(folder).find(file => file.endsWith('.tgz'))!
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  npm('install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--silent', tarball)
  const installed = join(folder, 'node_modules/token-handoff/package.json')
  const { exports } = JSON.parse(readFileSync(installed, 'utf8')) as { exports: Record<string, object> }
  const entries = Object.entries(exports).filter(([, target]) => typeof target === 'object')

  return {
    folder,
    entries: Object.fromEntries(entries),
    link(names, modules) {
      for (const name of names) {
        const path = join(folder, 'node_modules', name)
        mkdirSync(dirname(path), { recursive: true })
        rmSync(path, { recursive: true, force: true })
        symlinkSync(modules.map(one => join(one, name)).find(isFolder)!, path)
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function isFolder(path: string): boolean {
  try {
    return readdirSync(path).length > 0
  } catch {
    return false
  }
}

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createProject, ROOT } from './project.ts'
import { compile, complaintsAbout, type Resolution } from './types.ts'

/**
 * `npm run check:tarball`: packs the library as it was built, installs it into an empty project, and uses each of
 * its entries there: from ES modules, from CommonJS where that is offered, and with each of TypeScript's
 * resolutions. The exit status is 1 when something fails.
 */

const newest = `${ROOT}node_modules`
const oldest = `${ROOT}test/peers/oldest/node_modules`
const peers = ['@angular/common', '@angular/compiler', '@angular/core', 'axios', 'ky', 'msw', 'react', 'rxjs']
const beside = ['@types/node', '@types/react', '@types/react-dom', 'react-dom']
const withoutPeers = [
  'index',
  'mock',
  'mock-node',
  'storage',
  'migration',
  'server',
  'account',
  'timeline',
  'timeline-element',
  'devtools',
]
/** Those whose newest peers run on every Node that the library runs on. */
const onEveryNode = [...withoutPeers, 'axios', 'react']

/** ES modules, and CommonJS. */
const kinds = ['m', 'c'] as const

const { folder, entries, link, remove } = createProject()
process.on('exit', remove)
let failures = 0

const users = Object.entries(entries).map(([entry, { require }]) => {
  const name = entry === '.' ? 'index' : entry.slice('./'.length).replaceAll('/', '-')
  const file = new URL(`consumer/${name}.ts`, import.meta.url)
  if (!existsSync(file)) throw new Error(`Nothing uses ${entry}: write test/package/consumer/${name}.ts.`)
  const code = readFileSync(file, 'utf8')
  for (const kind of kinds) {
    writeFileSync(join(folder, `${name}.${kind}ts`), code)
    writeFileSync(join(folder, `${name}.${kind}js`), compile(code, kind))
  }
  return { entry, name, esmOnly: require === undefined }
})

const [own, ...others] = nodes()
runAll(own!, users, withoutPeers, 'without peers')
link([...peers, ...beside], [newest])
runAll(own!, users, undefined, 'with its peer')
for (const node of others) runAll(node, users, onEveryNode, 'with its peer')

check('an error of the CommonJS build is one to the ES modules too', () =>
  run(
    own!,
    'module',
    `import { createRequire } from 'node:module'
    import { isTokenHandoffError } from 'token-handoff'
    const { createSession } = createRequire(process.cwd() + '/')('token-handoff')
    try { createSession({}) } catch (error) { if (isTokenHandoffError(error)) process.exit(0) }
    throw new Error('not recognized')`,
  ),
)

checkTypes('the newest peers', users)
link(peers, [oldest, newest])
// To CommonJS, msw 2 has types of its own, that do not fit those of its ES modules.
checkTypes(
  'the oldest peers',
  users.filter(({ name }) => name !== 'msw'),
)

console.log(failures === 0 ? 'The tarball works.' : `${failures} checks failed.`)
process.exitCode = failures === 0 ? 0 : 1

function runAll(node: string, all: typeof users, names: string[] | undefined, how: string): void {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  for (const { entry, name } of all) {
    if (names && !names.includes(name)) continue
    for (const kind of kinds)
      check(`${entry} ${how}, ${kind === 'm' ? 'ESM' : 'CommonJS'}, Node ${version}`, () =>
        run(node, 'module', `await (await import('./${name}.${kind}js')).run()`),
      )
  }
}

function checkTypes(what: string, requiring: typeof users): void {
  const files = (kind: 'm' | 'c', names = users) => names.map(({ name }) => join(folder, `${name}.${kind}ts`))
  // Only newer ones know that CommonJS can require ES modules.
  const withBuild = users.filter(({ esmOnly }) => !esmOnly)
  const consumers = {
    node16: [...files('m'), ...files('c', withBuild)],
    nodenext: [...files('m'), ...files('c', requiring)],
    bundler: files('m'),
  }
  for (const resolution of Object.keys(consumers) as Resolution[])
    check(`types with ${what}, ${resolution}`, () =>
      complaintsAbout(consumers[resolution], folder, resolution),
    )
}

function check(what: string, act: () => string[]): void {
  const start = performance.now()
  const complaints = act()
  const seconds = ((performance.now() - start) / 1_000).toFixed(1)
  console.log(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${what} (${seconds} s)`)
  for (const complaint of complaints) console.log(`     ${complaint}`)
  if (complaints.length > 0) failures++
}

/** What a program complains of when it fails. */
function run(node: string, type: 'module' | 'commonjs', code: string): string[] {
  try {
    const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe', timeout: 30_000 } as const
    execFileSync(node, [`--input-type=${type}`, '--eval', code], options)
    return []
  } catch (error) {
    return [(error as { stderr?: string }).stderr?.trim() || String(error)]
  }
}

/** The one that runs this, and the system's own where there is another one. */
function nodes(): string[] {
  const [system] = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(path => !path.includes('node_modules'))
    .map(path => join(path, process.platform === 'win32' ? 'node.exe' : 'node'))
    .filter(path => existsSync(path))
  return system && system !== process.execPath ? [process.execPath, system] : [process.execPath]
}

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
const withoutPeers = ['index', 'mock', 'mock-node']
/** Those whose newest peers run on every Node that the library runs on. */
const onEveryNode = [...withoutPeers, 'axios', 'react']

const { folder, entries, link, remove } = createProject()
let failures = 0

const users = Object.entries(entries).map(([entry, { require }]) => {
  const name = entry === '.' ? 'index' : entry.slice('./'.length).replaceAll('/', '-')
  const file = new URL(`consumer/${name}.ts`, import.meta.url)
  if (!existsSync(file)) throw new Error(`Nothing uses ${entry}: write test/package/consumer/${name}.ts.`)
  const code = readFileSync(file, 'utf8')
  const kinds: ('m' | 'c')[] = require === undefined ? ['m'] : ['m', 'c']
  for (const kind of kinds) {
    writeFileSync(join(folder, `${name}.${kind}ts`), code)
    writeFileSync(join(folder, `${name}.${kind}js`), compile(code, kind))
  }
  return { entry, name, kinds }
})

const [own, ...others] = nodes()
runAll(own!, users, withoutPeers, 'without peers')
link([...peers, ...beside], [newest])
runAll(own!, users, undefined, 'with its peer')
for (const node of others) runAll(node, users, onEveryNode, 'with its peer')

for (const { entry } of users.filter(({ kinds }) => !kinds.includes('c')))
  check(`${entry} tells CommonJS that it is not for it`, () => {
    const code = `require('token-handoff${entry.slice(1)}')`
    const refused = run(own!, 'commonjs', code).filter(line => line.includes('ERR_PACKAGE_PATH_NOT_EXPORTED'))
    return refused.length > 0 ? [] : ['It can be required.']
  })
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

checkTypes('the newest peers')
link(peers, [oldest, newest])
checkTypes('the oldest peers')

remove()
console.log(failures === 0 ? 'The tarball works.' : `${failures} checks failed.`)
process.exitCode = failures === 0 ? 0 : 1

function runAll(node: string, all: typeof users, names: string[] | undefined, how: string): void {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  for (const { entry, name, kinds } of all) {
    if (names && !names.includes(name)) continue
    for (const kind of kinds)
      check(`${entry} ${how}, ${kind === 'm' ? 'ESM' : 'CommonJS'}, Node ${version}`, () =>
        run(node, 'module', `await (await import('./${name}.${kind}js')).run()`),
      )
  }
}

function checkTypes(what: string): void {
  const files = (kinds: string) =>
    users.flatMap(user =>
      user.kinds.filter(kind => kinds.includes(kind)).map(kind => join(folder, `${user.name}.${kind}ts`)),
    )
  for (const resolution of ['node16', 'nodenext', 'bundler'] satisfies Resolution[])
    check(`types with ${what}, ${resolution}`, () =>
      complaintsAbout(files(resolution === 'bundler' ? 'm' : 'mc'), folder, resolution),
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

import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { build, type Rolldown } from 'vite'
import { expect } from 'vitest'
import type { Session } from '../../src/index.ts'
import { BLANK_PAGE } from '../support/pages.ts'
import { ANN, PASSWORD } from '../tabs/api.ts'
import { test as worldTest } from '../tabs/world.ts'

declare global {
  interface Window {
    app: {
      session: Session
      /** The recipe's: what is known when the storage has been read. */
      started: ReturnType<Session['ready']>
      atFirst: string
      /** Two calls that were made at once, before the storage had been read. */
      first: Promise<number[]>
    }
    /** How often IndexedDB was read, and the writes that are under way. */
    reads: number
    writing: number
  }
}

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** What is asked of IndexedDB is counted below the package, which stays as it is. */
const COUNTING = `
window.reads = 0
window.writing = 0
const { get, put, delete: remove } = IDBObjectStore.prototype
IDBObjectStore.prototype.get = function (...args) {
  window.reads++
  return get.apply(this, args)
}
for (const [name, write] of Object.entries({ put, delete: remove }))
  IDBObjectStore.prototype[name] = function (...args) {
    window.writing++
    this.transaction.addEventListener('complete', () => window.writing--)
    return write.apply(this, args)
  }
`

/** The recipe as an application's bundler makes a script of it: with the package's build for browsers. */
async function bundled(api: string, change: (recipe: string) => string): Promise<string> {
  const recipe = file('examples/recipes/react-native.ts')
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { 'token-handoff': file('dist/index.js') } },
    plugins: [
      {
        name: 'the API of this test',
        enforce: 'pre',
        transform: (code, id) =>
          id === recipe ? change(code).replace('https://api.example.com', api) : undefined,
      },
    ],
    build: { write: false, minify: false, lib: { entry: recipe, formats: ['es'] } },
  })
  const [{ output }] = built as [Rolldown.RolldownOutput]
  if (output.length !== 1) throw new Error(`The recipe makes ${output.length} files instead of one.`)
  return output[0].code
}

/** The app with that recipe, as it is when it has just been started, and its API. */
const test = worldTest.extend('start', async ({ api: startApi, serve, openTab }) => {
  return async (change = (recipe: string) => recipe) => {
    const api = await startApi({ rules: '1.2.0' })
    const script = await bundled(api.url, change)
    const site = await serve({
      '/': `${BLANK_PAGE}<script>${COUNTING}</script><script type="module">
import { session, started } from './recipe.js'
const atFirst = session.getSnapshot().status
const call = async () => (await session.fetch('/items')).status
window.app = { session, started, atFirst, first: Promise.all([call(), call()]) }
</script>`,
      '/recipe.js': () => new Response(script, { headers: { 'content-type': 'text/javascript' } }),
    })
    return { api, page: await openTab(site.origin) }
  }
})

const first = (page: Page) => page.evaluate(() => window.app.first)
const signIn = (page: Page) =>
  page.evaluate(credentials => window.app.session.signIn(credentials), { email: ANN, password: PASSWORD })
const call = (page: Page) => page.evaluate(async () => (await window.app.session.fetch('/items')).status)
const known = (page: Page) =>
  page.evaluate(async () => [window.app.atFirst, (await window.app.started).status])

/** Starts the app again, when all that it has stored is on the disk. */
async function again(page: Page) {
  await page.waitForFunction(() => window.writing === 0)
  await page.reload()
}

test('does not know who is signed in until the storage has been read', async ({ start }) => {
  const { page } = await start()
  expect(await known(page)).toEqual(['unknown', 'signed-out'])
  expect(await first(page)).toEqual([401, 401])
  await signIn(page)
  await again(page)
  expect(await known(page)).toEqual(['unknown', 'signed-in'])
  expect(await first(page)).toEqual([200, 200])
})

test('goes on with the token that came last, and reads the storage once', async ({ start }) => {
  const { page, api } = await start()
  await first(page)
  await signIn(page)
  for (let round = 1; round <= 3; round++) {
    api.closeBuffer()
    expect(await call(page)).toBe(200)
  }
  const { rotate, reject } = api.counted
  api.closeBuffer()
  const before = api.requests.length
  await again(page)
  expect(await first(page)).toEqual([200, 200])
  // Under the rules of 1.2.0 no older token than the last one is accepted.
  const tokens = api.requests.slice(before).map(({ token }) => token)
  expect(tokens).toEqual([tokens[0], tokens[0]])
  expect(tokens[0]).toBeTruthy()
  expect(api.counted).toMatchObject({ rotate: rotate + 1, reject })

  api.closeBuffer()
  expect(await call(page)).toBe(200)
  expect(await page.evaluate(() => window.reads)).toBe(1)
})

test('is signed out after a sign-out', async ({ start }) => {
  const { page, api } = await start()
  await signIn(page)
  await page.evaluate(() => window.app.session.signOut())
  const before = api.requests.length
  await again(page)
  expect(await known(page)).toEqual(['unknown', 'signed-out'])
  expect(await first(page)).toEqual([401, 401])
  expect(api.requests.slice(before).map(({ token }) => token)).toEqual([null, null])
})

test('goes on with the storage of version 2, which is still the default export', async ({ start }) => {
  const { page } = await start(recipe =>
    recipe
      .replace('import { createAsyncStorage } from', 'import AsyncStorage from')
      .replace("createAsyncStorage('session')", 'AsyncStorage'),
  )
  await signIn(page)
  expect(await page.evaluate(() => Object.keys(localStorage).length)).toBeGreaterThan(0)
  await again(page)
  expect(await known(page)).toEqual(['unknown', 'signed-in'])
  expect(await first(page)).toEqual([200, 200])
})

import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect } from 'vitest'
import type { indexedDbStorage } from '../../examples/recipes/indexed-db.ts'
import { libraryPage } from '../support/library.ts'
import { ANN, PASSWORD } from '../tabs/api.ts'
import { test } from '../tabs/world.ts'

declare global {
  interface Window {
    reads: number
    made: ReturnType<typeof indexedDbStorage>
  }
}

const recipe = readFileSync(new URL('../../examples/recipes/indexed-db.ts', import.meta.url), 'utf8')
const script = ts.transpile(recipe, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 })

test('a session in IndexedDB outlives the page, is that of all tabs, and is read once', async ({
  api,
  serve,
  openTab,
}) => {
  const { url, closeBuffer } = await api()
  const page = `${libraryPage()}<script type="module">
import { indexedDbStorage } from './recipe.js'
const storage = indexedDbStorage()
window.reads = 0
window.made = { ...storage, getItem: key => (window.reads++, storage.getItem(key)) }
window.session = window.tokenHandoff.createSession({ baseUrl: ${JSON.stringify(url)}, storage: window.made })
window.first = window.session.fetch('/items').then(({ status }) => status)
</script>`
  const site = await serve({
    '/': page,
    '/recipe.js': () => new Response(script, { headers: { 'content-type': 'text/javascript' } }),
  })
  const [one, two] = [await openTab(site.origin), await openTab(site.origin)]
  await one.evaluate(credentials => window.session.signIn(credentials), { email: ANN, password: PASSWORD })
  await two.waitForFunction(() => window.session.getSnapshot().status === 'signed-in')
  for (const tab of [two, one, two]) {
    closeBuffer()
    expect(await tab.evaluate(async () => (await window.session.fetch('/items')).status)).toBe(200)
    expect(await tab.evaluate(() => window.reads)).toBe(1)
  }
  // The write is under way when a call returns: a reading that is asked for now comes after it.
  await two.evaluate(() => window.made.getItem(''))
  closeBuffer()
  await two.reload()
  expect(await two.evaluate(() => (window as unknown as { first: Promise<number> }).first)).toBe(200)
  expect(await two.evaluate(() => window.session.getSnapshot().status)).toBe('signed-in')
})

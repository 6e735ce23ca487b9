import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import { bob, holdTime, later, letTimeGo, pause, signedIn, silence } from './given.ts'

/** Between a refusal and its replay somebody else may have signed in, in a tab that this one has not heard of yet. */

beforeEach(() => {
  holdTime()
  silence()
})
afterEach(letTimeGo)

test('a refused request of Ada’s is never sent again as Bob’s, whatever happens while its replay is announced', async () => {
  const storage = Object.assign(memoryStorage(), { shared: true })
  const made = await signedIn({ session: { storage, storageKey: 'k1' } })
  await made.session.fetch('/others')
  await later(pause)
  // ada's POST is slow on its way, and overtaken.
  made.server.delay('POST /echo', { request: 14_000 })
  const post = made.session.fetch('/echo', { method: 'POST', body: 'ada' })
  post.catch(() => {})
  await later(100)
  await made.session.fetch('/others')
  await later(pause)
  await made.session.fetch('/others')
  // Another world's tab, whose storage is looked at again in the midst.
  const elsewhere = memoryStorage()
  elsewhere.setItem('k1', storage.getItem('k1') as string)
  const other = made.another({ storage: elsewhere, storageKey: 'k1' })
  await other.signOut()
  await other.signIn(bob)
  const bobs = elsewhere.getItem('k1') as string
  made.session.on('rejected', ({ verdict }) => {
    if (verdict !== 'replay') return
    storage.setItem('k1', bobs)
    void made.session.fetch('/public')
  })
  await later(20_000)
  const echoes = made.seen.filter(({ path }) => path === '/echo')
  expect(echoes.map(({ headers }) => headers.get('uid'))).not.toContain(bob.email)
})

test('nor sent again for a session that is over', async () => {
  const storage = memoryStorage()
  const made = await signedIn({ session: { storage, storageKey: 'k2' } })
  await made.session.fetch('/others')
  await later(pause)
  made.server.delay('POST /echo', { request: 14_000 })
  const post = made.session.fetch('/echo', { method: 'POST', body: 'ada' })
  const outcome = post.then(
    r => r.status,
    e => String(e),
  )
  await later(100)
  await made.session.fetch('/others')
  await later(pause)
  await made.session.fetch('/others')
  const elsewhere = memoryStorage()
  elsewhere.setItem('k2', storage.getItem('k2') as string)
  const other = made.another({ storage: elsewhere, storageKey: 'k2' })
  await other.signOut()
  const out = elsewhere.getItem('k2') as string
  made.session.on('rejected', ({ verdict }) => {
    if (verdict !== 'replay') return
    storage.setItem('k2', out)
    void made.session.fetch('/public')
  })
  await later(20_000)
  expect(await outcome).toBe(401)
})

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Session } from '../../src/index.ts'
import {
  cookieStorage,
  memoryStorage,
  type RememberStorage,
  rememberStorage,
} from '../../src/storage/index.ts'
import { ada, bob, failureOf, record, silence, type World, world } from '../session/given.ts'

const key = 'session'
const open: Session[] = []
beforeEach(silence)
afterEach(() => {
  for (const session of open.splice(0)) session.dispose()
  localStorage.clear()
  closeBrowser()
  vi.restoreAllMocks()
})

/** What a browser forgets when it is closed: here all cookies are of that kind. */
function closeBrowser() {
  for (const part of document.cookie.split('; ')) {
    // biome-ignore lint/suspicious/noDocumentCookie: cookies are what is tested
    document.cookie = `${part.split('=')[0]}=; Path=/; Max-Age=0; Secure`
  }
}

interface Page {
  session: Session
  storage: RememberStorage
  events: World['events']
}

function pages() {
  const made = world({ batchRequestBufferThrottle: 0 })
  made.session.dispose()
  return (): Page => {
    const storage = rememberStorage()
    const session = made.another({ storage, storageKey: key, batchRequestBufferThrottle: 0 })
    open.push(session)
    return { session, storage, events: record(session) }
  }
}

const inLocalStorage = () => /"expiry":/.test(localStorage.getItem(key) ?? '')
const inCookie = () => document.cookie.includes('expiry')

describe('"remember me"', () => {
  test('that was not chosen is forgotten with the browser, and no token is left on the disk', async () => {
    const page = pages()
    const { session } = page()
    await session.signIn(ada)
    await session.fetch('/items')
    expect([inLocalStorage(), inCookie()]).toEqual([false, true])
    expect(page().session.getSnapshot().status).toBe('signed-in')
    closeBrowser()
    expect(page().session.getSnapshot().status).toBe('signed-out')
  })

  test('that was chosen outlives it', async () => {
    const page = pages()
    const { session, storage } = page()
    storage.remember = true
    await session.signIn(ada)
    await session.fetch('/items')
    expect([inLocalStorage(), inCookie()]).toEqual([true, false])
    closeBrowser()
    const next = page()
    expect(next.session.getSnapshot().status).toBe('signed-in')
    expect((await next.session.fetch('/items')).status).toBe(200)
    expect([inLocalStorage(), inCookie()]).toEqual([true, false])
  })

  test('is chosen for each sign-in anew, and what the last one left is gone', async () => {
    const { session, storage } = pages()()
    storage.remember = true
    await session.signIn(ada)
    await session.signIn(bob)
    expect([inLocalStorage(), inCookie()]).toEqual([false, true])
    storage.remember = true
    await session.signIn(ada)
    expect([inLocalStorage(), inCookie()]).toEqual([true, false])
  })

  test('stays chosen while an earlier session still rotates, and after a sign-in that failed', async () => {
    const { session, storage } = pages()()
    await session.signIn(ada)
    storage.remember = true
    await session.fetch('/items')
    await failureOf(session.signIn({ ...bob, password: 'wrong' }))
    await session.fetch('/items')
    expect([inLocalStorage(), inCookie()]).toEqual([false, true])
    await session.signIn(bob)
    expect([inLocalStorage(), inCookie()]).toEqual([true, false])
  })

  test('leaves nothing after a sign-out, in either place', async () => {
    for (const remember of [false, true]) {
      const { session, storage } = pages()()
      storage.remember = remember
      await session.signIn(ada)
      await session.signOut()
      expect([inLocalStorage(), inCookie()]).toEqual([false, false])
    }
  })
})

test('other places: a lasting cookie, and the tab’s own sessionStorage', async () => {
  const made = world({ batchRequestBufferThrottle: 0 })
  const storage = rememberStorage({ lasting: cookieStorage(), passing: sessionStorage })
  const session = made.another({ storage, storageKey: key, batchRequestBufferThrottle: 0 })
  open.push(session)
  await session.signIn(ada)
  expect([sessionStorage.getItem(key)?.includes('expiry'), inCookie()]).toEqual([true, false])
  storage.remember = true
  await session.signIn(bob)
  expect([sessionStorage.getItem(key), inCookie()]).toEqual([null, true])
  expect((await session.fetch('/items')).status).toBe(200)
})

describe('the other tabs', () => {
  test.each([false, true])('keep to the choice (%s), whichever tab writes', async remember => {
    const page = pages()
    const [one, two] = [page(), page()]
    one.storage.remember = remember
    await one.session.signIn(ada)
    await vi.waitFor(() => expect(two.session.getSnapshot().status).toBe('signed-in'))
    for (let turn = 0; turn < 3; turn++) {
      expect((await two.session.fetch('/items')).status).toBe(200)
      expect((await one.session.fetch('/items')).status).toBe(200)
      expect([inLocalStorage(), inCookie()]).toEqual([remember, !remember])
    }
    await two.session.signOut()
    await vi.waitFor(() => expect(one.session.getSnapshot().status).toBe('signed-out'))
    expect([inLocalStorage(), inCookie()]).toEqual([false, false])
  })

  test('that hear of a sign-in before they can read it put its token where it is forgotten', () => {
    const [lasting, passing] = [memoryStorage(), memoryStorage()]
    const places = { lasting, passing }
    const value = signedInRecord()
    const hearing = rememberStorage(places)
    hearing.setItem(key, value)
    expect([lasting.getItem(key), passing.getItem(key)]).toEqual([null, value])
    lasting.setItem(key, value)
    hearing.setItem(key, value)
    expect([lasting.getItem(key), passing.getItem(key)]).toEqual([value, null])
  })
})

describe('a place that does not work', () => {
  const broken = () => {
    throw new DOMException('denied', 'SecurityError')
  }

  test('does not hide what the other holds', () => {
    const value = signedInRecord()
    const working = memoryStorage()
    working.setItem(key, value)
    const failing = { getItem: broken, setItem: broken, removeItem: broken }
    expect(rememberStorage({ lasting: working, passing: failing }).getItem(key)).toBe(value)
    expect(rememberStorage({ lasting: failing, passing: working }).getItem(key)).toBe(value)
  })

  test('costs persistence and a warning, and a sign-out forgets the token all the same', async () => {
    const made = world({ batchRequestBufferThrottle: 0 })
    const passing = memoryStorage()
    const storage = rememberStorage({
      lasting: { getItem: broken, setItem: broken, removeItem: broken },
      passing,
    })
    const session = made.another({ storage, storageKey: key, batchRequestBufferThrottle: 0 })
    open.push(session)
    await session.signIn(ada)
    expect(passing.getItem(key)).toContain('"expiry":')
    await session.signOut()
    expect(passing.getItem(key) ?? '').not.toContain('"expiry":')
    storage.remember = true
    await session.signIn(ada)
    expect((await session.fetch('/items')).status).toBe(200)
  })
})

function signedInRecord(): string {
  return JSON.stringify({
    version: 1,
    epoch: 3,
    opened: 1,
    client: 'c',
    uid: { value: 'ada@example.com', sequence: 1 },
    uids: [],
    expectedAt: 0,
    era: 0,
    tokens: [{ value: 't', expiry: 1, sequence: 1, at: 1 }],
    doubt: { lost: 0, settled: 0, since: 0 },
    grace: true,
  })
}

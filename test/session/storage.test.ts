import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage, type SessionStorage } from '../../src/index.ts'
import {
  ada,
  bob,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  pause,
  settled,
  silence,
  stillSignedIn,
  world,
} from './given.ts'

let said: ReturnType<typeof silence>
beforeEach(() => {
  holdTime()
  said = silence()
})
afterEach(letTimeGo)

const answering = <Result>(milliseconds: number, act: () => Result) =>
  new Promise<Result>(resolve => setTimeout(() => resolve(act()), milliseconds))

const failing = () => {
  throw new DOMException('no room', 'QuotaExceededError')
}

describe('a storage that does not work costs persistence and one warning, never a request', () => {
  const storages: Record<string, Partial<SessionStorage>> = {
    'throws when it is read': { getItem: failing },
    'is full': { setItem: failing },
    'throws whatever is asked': { getItem: failing, setItem: failing, removeItem: failing },
    'refuses to write later': { setItem: () => Promise.reject(new Error('no room')) },
    'refuses to be read later': { getItem: () => Promise.reject(new Error('locked')) },
    'can only be read later, and throws when it is written': { getItem: async () => null, setItem: failing },
    'can only be read later, and refuses to write': {
      getItem: async () => null,
      setItem: async () => failing(),
    },
  }

  test.each(Object.entries(storages))('that %s', async (_, part) => {
    const made = world({ session: { storage: { ...memoryStorage(), ...part } } })
    const codes: string[] = []
    made.session.on('warning', ({ code }) => codes.push(code))
    await made.session.signIn(ada)
    await settled()
    expect(await stillSignedIn(made)).toBe(true)
    await settled()
    expect(said.warnings).toHaveLength(1)
    expect(said.warnings[0]).toContain('storage')
    // What goes wrong while the session is made is said before anybody can listen.
    expect(['storage-failed', undefined]).toContain(codes[0])
    await made.session.signOut()
    expect(made.session.getSnapshot().status).toBe('signed-out')
  })

  test.each([undefined, null, 7, true, {}])('that answers with %j', async nothing => {
    const storage = { ...memoryStorage(), getItem: () => nothing as never }
    const made = world({ session: { storage } })
    await made.session.signIn(ada)
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('where there is no storage at all', () => {
  beforeEach(() => vi.stubGlobal('localStorage', undefined))
  afterEach(() => vi.unstubAllGlobals())

  test('a session lasts as long as its page, and nothing is warned of', async () => {
    const made = world({ session: { storage: undefined as never } })
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    await made.session.signIn(ada)
    expect(made.session.getSnapshot()).toMatchObject({ status: 'signed-in', user: { email: ada.email } })
    expect(await stillSignedIn(made)).toBe(true)
    await made.session.signOut()
    expect(made.session.getSnapshot().status).toBe('signed-out')
    expect(said).toEqual({ warnings: [], errors: [] })
  })
})

describe('a storage that holds something else', () => {
  test.each([
    ['garbage', '{"access-token":'],
    ['another program’s data', '{"access-token":"a","client":"b","uid":"c"}'],
    ['a later version’s record', '{"version":2,"epoch":1}'],
    ['a token that no header can carry', undefined],
  ])('%s: nobody is signed in, and it is overwritten', async (_, content) => {
    const storage = memoryStorage()
    const first = world({ session: { storage, storageKey: 'session' } })
    await first.session.signIn(ada)
    const good = String(storage.getItem('session'))
    storage.setItem('session', content ?? good.replace(/"value":"/, '"value":"\\n'))

    const made = world({ session: { storage, storageKey: 'session' } })
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    expect((await made.session.fetch('/public')).status).toBe(200)
    expect(said.warnings).toHaveLength(1)
    expect(said.warnings[0]).toContain('"session"')
    await made.session.signIn(ada)
    expect(JSON.parse(String(storage.getItem('session')))).toMatchObject({ version: 1 })
  })

  test('from a program that writes while we run', async () => {
    const storage = memoryStorage()
    const made = world({ session: { storage, storageKey: 'session' } })
    await made.session.signIn(ada)
    storage.setItem('session', 'garbage')
    made.events.length = 0
    await made.session.fetch('/public')
    expect(made.events).toContainEqual({
      type: 'warning',
      event: { code: 'storage-unreadable', message: expect.stringContaining('"session"') },
    })
    expect(await stillSignedIn(made)).toBe(true)
    expect(JSON.parse(String(storage.getItem('session')))).toMatchObject({ version: 1 })
  })

  test('nothing any more: what is known here goes on, and is written again', async () => {
    const storage = memoryStorage()
    const made = world({ session: { storage, storageKey: 'session' } })
    await made.session.signIn(ada)
    storage.removeItem('session')
    expect(await stillSignedIn(made)).toBe(true)
    expect(storage.getItem('session')).not.toBeNull()
    expect(said.warnings).toEqual([])
  })
})

describe('a storage that somebody else writes to, too', () => {
  test('brings what another process has learned into the next request', async () => {
    const storage = memoryStorage()
    const made = world({ session: { storage } })
    const other = made.another({ storage })
    await made.session.signIn(ada)
    expect((await other.fetch('/items')).status).toBe(200)
    await later(pause)
    await other.fetch('/items')
    await later(pause)
    await made.session.fetch('/items')
    const [second, third] = made.seen.slice(-2)
    expect(third!.token).not.toBe(second!.token)
    expect(made.seen.filter(({ path }) => path === '/items')).toHaveLength(3)
  })

  test('never brings an old record back', async () => {
    const storage = memoryStorage()
    const made = world({ session: { storage, storageKey: 'session' } })
    await made.session.signIn(ada)
    const old = String(storage.getItem('session'))
    await later(pause)
    await made.session.fetch('/items')
    storage.setItem('session', old)
    expect(await stillSignedIn(made)).toBe(true)
    await made.session.signOut()
    storage.setItem('session', old)
    await made.session.fetch('/public')
    expect(made.session.getSnapshot().status).toBe('signed-out')
  })
})

describe('an asynchronous storage', () => {
  /** Answers when the test says so. */
  function slowStorage() {
    const inner = memoryStorage()
    const waiting: (() => void)[] = []
    const turn = () => new Promise<void>(resolve => waiting.push(resolve))
    const written: string[] = []
    return {
      inner,
      written,
      go() {
        for (const resume of waiting.splice(0)) resume()
        return settled()
      },
      async getItem(key: string) {
        await turn()
        return inner.getItem(key) as string | null
      },
      async setItem(key: string, value: string) {
        written.push(value)
        await turn()
        inner.setItem(key, value)
      },
      async removeItem() {},
    }
  }

  test('is "unknown" until it has been read', async () => {
    const storage = slowStorage()
    const { session, events } = world({ session: { storage } })
    expect(session.getSnapshot()).toEqual({ status: 'unknown', user: null })
    await storage.go()
    expect(session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    expect(events.map(({ type }) => type)).toEqual(['snapshot'])
  })

  test('keeps the session for the next page, whose first request waits for it', async () => {
    const storage = slowStorage()
    const made = world({ session: { storage } })
    await storage.go()
    await made.session.signIn(ada)
    await storage.go()
    const next = made.another({ storage })
    const items = next.fetch('/items')
    await settled()
    expect(made.calls()).toEqual(['POST /auth/sign_in'])
    await storage.go()
    expect((await items).status).toBe(200)
    expect(next.getSnapshot().status).toBe('signed-in')
  })

  test('makes every call wait for it, and each keeps its arguments', async () => {
    const storage = slowStorage()
    const made = world({ session: { storage } })
    const signingIn = made.session.signIn(ada)
    const validating = made.session.validateToken()
    const signingOut = made.another({ storage }).signOut()
    await settled()
    expect(made.seen).toEqual([])
    await storage.go()
    await Promise.all([signingIn, validating, signingOut])
    expect(made.calls()).toEqual(['POST /auth/sign_in'])
  })

  test('is written one at a time, and of those that wait only the last', async () => {
    const storage = slowStorage()
    const made = world({ session: { storage, storageKey: 'session' } })
    await storage.go()
    await made.session.signIn(ada)
    for (let turn = 0; turn < 4; turn++) {
      await later(pause)
      await made.session.fetch('/items')
    }
    expect(storage.written).toHaveLength(1)
    await storage.go()
    expect(storage.written).toHaveLength(2)
    await storage.go()
    expect(storage.written).toHaveLength(2)
    expect(storage.inner.getItem('session')).toBe(storage.written[1])
    await later(pause)
    await made.session.fetch('/items')
    expect(storage.written).toHaveLength(3)
    await storage.go()
    const next = made.another({ storage })
    await storage.go()
    await later(pause)
    expect((await next.fetch('/items')).status).toBe(200)
  })

  test('that refuses to be read leaves the session signed out, and usable', async () => {
    const storage = { ...memoryStorage(), getItem: () => Promise.reject(new Error('locked')) }
    const made = world({ session: { storage } })
    await settled()
    expect(made.session.getSnapshot().status).toBe('signed-out')
    await made.session.signIn(ada)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('that never answers holds nobody up for more than five seconds', async () => {
    const storage = { ...memoryStorage(), getItem: () => new Promise<string>(() => {}) }
    const made = world({ session: { storage } })
    const calls = Promise.all([made.session.fetch('/public'), made.session.ready()])
    await later(4_900)
    expect(made.seen).toEqual([])
    await later(200)
    expect((await calls)[0].status).toBe(200)
    expect(made.session.getSnapshot().status).toBe('signed-out')
    await made.session.signIn(ada)
    expect(await stillSignedIn(made)).toBe(true)
    expect(said.warnings).toHaveLength(1)
    expect(said.warnings[0]).toContain('storage')
  })

  test('that never answers leaves no call waiting after the session was disposed', async () => {
    const storage = { ...memoryStorage(), getItem: () => new Promise<string>(() => {}) }
    const made = world({ session: { storage } })
    const items = failureOf(made.session.fetch('/items'))
    made.session.dispose()
    await later(5_100)
    expect(await items).toMatchObject({ code: 'disposed' })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that answers late still signs in, unless somebody else has signed in meanwhile', async () => {
    const inner = memoryStorage()
    const first = world({ session: { storage: inner, storageKey: 'session' } })
    // More sign-ins than the page that reads it late will have had.
    for (let turn = 0; turn < 3; turn++) await first.session.signIn(ada)
    const late = {
      ...inner,
      getItem(key: string) {
        const value = inner.getItem(key)
        return answering(6_000, () => value)
      },
    }

    const waiting = first.another({ storage: late, storageKey: 'session' })
    await later(6_100)
    expect((await waiting.fetch('/items')).status).toBe(200)
    expect(waiting.getSnapshot().status).toBe('signed-in')

    const another = first.another({ storage: late, storageKey: 'session' })
    await later(5_100)
    await another.signIn(bob)
    await later(1_000)
    const response = await another.fetch('/items')
    expect(await response.json()).toEqual({ owner: bob.email })
  })

  test('makes the first request wait, once, and later ones never', async () => {
    const inner = memoryStorage()
    const getItem = vi.fn((key: string) => answering(100, () => inner.getItem(key) as string | null))
    const made = world({ session: { storage: { ...inner, getItem } } })
    const first = made.session.fetch('/public')
    await settled()
    expect(made.seen).toEqual([])
    await later(100)
    await first
    for (const path of ['/public', '/others', '/public']) {
      const sent = made.seen.length
      void made.session.fetch(path)
      expect(made.seen).toHaveLength(sent + 1)
    }
    await settled()
    expect(getItem).toHaveBeenCalledTimes(1)
  })

  test('that is still being read when the session is disposed does nothing any more', async () => {
    const storage = slowStorage()
    const made = world({ session: { storage } })
    const items = failureOf(made.session.fetch('/items'))
    made.session.dispose()
    await storage.go()
    expect(await items).toMatchObject({ code: 'disposed' })
    expect(made.events).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('what is stored', () => {
  test('is stored when the call that brought it returns, and as often', async () => {
    const inner = memoryStorage()
    const stored: string[] = []
    const storage = {
      ...inner,
      setItem(key: string, value: string) {
        stored.push(value)
        inner.setItem(key, value)
      },
    }
    const { session } = world({ session: { storage, storageKey: 'session' } })
    const seen: unknown[] = []
    session.on('snapshot', () => seen.push(inner.getItem('session') === stored.at(-1)))
    await session.signIn(ada)
    const signingOut = session.signOut()
    await signingOut
    expect(seen).toEqual([true, true])
    expect(stored).toHaveLength(2)
  })

  test('is parsed only when it is not what was read or written last', async () => {
    const { session } = world()
    await session.signIn(ada)
    const parse = vi.spyOn(JSON, 'parse')
    await session.fetch('/public')
    await session.fetch('/public')
    const parsed = parse.mock.calls.filter(([text]) => String(text).includes('"epoch"'))
    expect(parsed).toEqual([])
  })

  test('stands under a name made of baseUrl and authPath', async () => {
    const storage = memoryStorage()
    const { session } = world({ session: { storage } })
    await session.signIn(ada)
    expect(storage.getItem('token-handoff:https://api.example.com/auth')).toContain('"version":1')
  })

  test('is written when something new is known, and at no other time', async () => {
    const storage = memoryStorage()
    const setItem = vi.spyOn(storage, 'setItem')
    const { session } = world({ session: { storage } })
    await session.signIn(ada)
    expect(setItem).toHaveBeenCalledTimes(1)
    await session.fetch('/items')
    await session.fetch('/items')
    expect(setItem).toHaveBeenCalledTimes(1)
    await later(pause)
    await session.fetch('/items')
    expect(setItem).toHaveBeenCalledTimes(2)
  })
})

test('an asynchronous storage that answers too late is heard all the same, and announced', async () => {
  const inner = memoryStorage()
  const first = world({ session: { storage: inner, storageKey: 'session' } })
  await first.session.signIn(ada)
  const late = {
    ...inner,
    getItem: (key: string) => answering(6_000, () => inner.getItem(key)),
  }
  const session = first.another({ storage: late, storageKey: 'session' })
  const listener = vi.fn()
  session.subscribe(listener)
  await later(5_000)
  expect(session.getSnapshot().status).toBe('signed-out')
  await later(1_000)
  expect(listener).toHaveBeenCalledTimes(2)
  expect(session.getSnapshot().status).toBe('signed-in')
})

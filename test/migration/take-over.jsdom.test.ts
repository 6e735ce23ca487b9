import { describe, expect, test, vi } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import { angularToken, ngTokenAuth, reduxTokenAuth, takeOver } from '../../src/migration/index.ts'
import { cookieStorage, rememberStorage } from '../../src/storage/index.ts'
import { silence } from '../session/given.ts'
import { clearAll, givenApi, key, type OldHeaders, withEmptyStorages } from './given.ts'

const open = withEmptyStorages()

const leave = (headers: object) => localStorage.setItem('auth_headers', JSON.stringify(headers))
const left = () => JSON.parse(localStorage.getItem('auth_headers') ?? 'null') as OldHeaders | null
const taking = (keep = false) => takeOver(localStorage, ngTokenAuth(), { keep })

describe('two tabs', () => {
  test('that take over at once are one session', async () => {
    const api = givenApi(open)
    leave(await api.signIn())
    const [one, two] = [taking(), taking()]
    // The second reads before the first has removed anything.
    const before = localStorage.getItem('auth_headers')!
    void one.getItem(key)
    localStorage.setItem('auth_headers', before)
    localStorage.removeItem(key)
    void two.getItem(key)

    const [first, second] = [api.session(one), api.session(two)]
    for (let turn = 0; turn < 3; turn++) {
      expect((await first.fetch('/items')).status).toBe(200)
      await api.clock.advance(6_000)
      expect((await second.fetch('/items')).status).toBe(200)
      await api.clock.advance(6_000)
    }
    expect([first, second].map(session => session.getSnapshot().status)).toEqual(['signed-in', 'signed-in'])
    expect(left()).toBeNull()
  })

  test('of which one is signed out are both', async () => {
    const api = givenApi(open)
    leave(await api.signIn())
    const [first, second] = [api.session(taking()), api.session(taking())]
    await first.signOut()
    await vi.waitFor(() => expect(second.getSnapshot().status).toBe('signed-out'))
  })
})

describe('a tab in which the old client is still open', () => {
  test('and has received a newer token meanwhile hands it on', async () => {
    const api = givenApi(open)
    const headers = await api.signIn()
    leave(headers)
    const session = api.session(taking())
    const rotated = await api.call(headers)
    leave(rotated.headers)
    await api.clock.advance(6_000)

    expect((await session.fetch('/items')).status).toBe(200)
    expect(api.carried).toEqual([rotated.headers['access-token']])
    expect(left()).toBeNull()
  })

  test('and has changed the email hands on the new uid', async () => {
    const api = givenApi(open)
    const headers = await api.signIn()
    leave(headers)
    const session = api.session(taking())
    const response = await api.server.fetch(
      new Request('https://api.example.com/auth', {
        method: 'PUT',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'countess@example.com' }),
      }),
    )
    const names = ['access-token', 'client', 'expiry', 'uid', 'token-type']
    leave(Object.fromEntries(names.map(name => [name, response.headers.get(name)])))
    await api.clock.advance(6_000)
    expect(await (await session.fetch('/items')).json()).toEqual({ owner: 'countess@example.com' })
  })

  test('and has written an older token, a blank, or nothing at all changes nothing', async () => {
    const api = givenApi(open)
    const headers = await api.signIn()
    leave(headers)
    const session = api.session(taking())
    await session.fetch('/items')
    for (const written of [headers, { ...headers, 'access-token': '' }, {}, null]) {
      await api.clock.advance(6_000)
      leave(written as object)
      expect((await session.fetch('/items')).status).toBe(200)
    }
    expect(new Set(api.carried).size).toBe(5)
  })

  test('and signs out there is believed when the server says so', async () => {
    const api = givenApi(open)
    const headers = await api.signIn()
    leave(headers)
    const session = api.session(taking())
    await api.server.fetch(
      new Request('https://api.example.com/auth/sign_out', { method: 'DELETE', headers: { ...headers } }),
    )
    expect((await session.fetch('/items')).status).toBe(401)
    expect(session.getSnapshot().status).toBe('signed-out')
  })
})

test('of two tokens of one second both are kept: the second is tried when the first is refused', async () => {
  const headers = await givenApi(open).signIn()
  leave(headers)
  const storage = taking(true)
  void storage.getItem(key)
  leave({ ...headers, 'access-token': 'sibling' })
  const { tokens } = JSON.parse(storage.getItem(key) as string) as { tokens: { value: string }[] }
  expect(tokens.map(({ value }) => value).sort()).toEqual([headers['access-token'], 'sibling'].sort())
  // Read again, it is no news.
  expect(storage.getItem(key)).toBe(localStorage.getItem(key))
})

describe('keep: true', () => {
  test('shares one session with the old client, in both directions', async () => {
    const api = givenApi(open)
    leave(await api.signIn())
    const session = api.session(taking(true))
    for (let turn = 0; turn < 3; turn++) {
      expect((await session.fetch('/items')).status).toBe(200)
      await api.clock.advance(6_000)
      const answer = await api.call(left()!)
      expect(answer.status).toBe(200)
      leave(answer.headers)
      await api.clock.advance(6_000)
    }
    expect(left()).toMatchObject({ 'token-type': 'Bearer', uid: 'ada@example.com' })
  })

  test('lets a release be rolled back: who has signed in here is signed in there', async () => {
    const api = givenApi(open)
    const storage = takeOver(localStorage, angularToken(), { keep: true })
    const session = api.session(storage)
    await session.signIn({ email: 'ada@example.com', password: 'password123' })
    await api.clock.advance(6_000)
    await session.fetch('/items')
    await api.clock.advance(6_000)
    const { status } = await api.call({
      'access-token': localStorage.getItem('accessToken')!,
      'token-type': localStorage.getItem('tokenType')!,
      client: localStorage.getItem('client')!,
      expiry: localStorage.getItem('expiry')!,
      uid: localStorage.getItem('uid')!,
    })
    expect(status).toBe(200)
  })

  test('signs out there, too', async () => {
    const api = givenApi(open)
    leave(await api.signIn())
    await api.session(taking(true)).signOut()
    expect(left()).toBeNull()
  })
})

test.each(['{"half": ', 'null', '{"version":0}'])(
  'what cannot be read under the session’s own key keeps nobody from being taken over: %s',
  async garbage => {
    const api = givenApi(open)
    leave(await api.signIn())
    localStorage.setItem(key, garbage)
    const session = api.session(taking())
    expect((await session.fetch('/items')).status).toBe(200)
    expect(left()).toBeNull()
  },
)

describe('an expired session', () => {
  test('by the local clock is taken over, for the server may think otherwise', async () => {
    const api = givenApi(open)
    leave({ ...(await api.signIn()), expiry: '1' })
    expect((await api.session(taking()).fetch('/items')).status).toBe(200)
  })

  test('by the server’s is signed out as usual, and gone from both', async () => {
    const api = givenApi(open)
    leave(await api.signIn())
    await api.clock.advance(15 * 86_400_000)
    const session = api.session(taking())
    const reasons: string[] = []
    session.on('signed-out', ({ reason }) => reasons.push(reason))
    expect((await session.fetch('/items')).status).toBe(401)
    expect(session.getSnapshot().status).toBe('signed-out')
    expect(reasons).toHaveLength(1)
    expect(left()).toBeNull()
    expect(localStorage.getItem(key)).not.toContain('"expiry"')
  })

  test('without an expiry is taken over', async () => {
    const api = givenApi(open)
    const { expiry, ...headers } = await api.signIn()
    leave(headers)
    const session = api.session(taking())
    expect((await session.fetch('/items')).status).toBe(200)
    await api.clock.advance(6_000)
    expect((await session.fetch('/items')).status).toBe(200)
  })
})

describe('into another kind of storage', () => {
  test('a cookie, where a server renders the pages', async () => {
    const api = givenApi(open)
    leave(await api.signIn())
    const session = api.session(takeOver(cookieStorage(), ngTokenAuth()))
    expect((await session.fetch('/items')).status).toBe(200)
    expect(localStorage).toHaveLength(0)
    expect(document.cookie).toContain('expiry')
  })

  test('"remember me", where it says what becomes of who comes from there', async () => {
    for (const remember of [true, false]) {
      const api = givenApi(open)
      leave(await api.signIn())
      const storage = rememberStorage()
      storage.remember = remember
      const session = api.session(takeOver(storage, ngTokenAuth()))
      expect((await session.fetch('/items')).status).toBe(200)
      expect((localStorage.getItem(key) ?? '').includes('expiry')).toBe(remember)
      session.dispose()
      clearAll()
    }
  })

  test('memory, which no other tab sees', async () => {
    const api = givenApi(open)
    leave(await api.signIn())
    const session = api.session(takeOver(memoryStorage(), ngTokenAuth()))
    expect((await session.fetch('/items')).status).toBe(200)
    expect(left()).toBeNull()
  })
})

describe('a storage that does not work', () => {
  test('is warned of also when there is nobody to take over', async () => {
    const { warnings } = silence()
    const failing = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    const storage = { getItem: failing, setItem: failing, removeItem: failing }
    givenApi(open).session(takeOver(storage, ngTokenAuth()))
    expect(warnings).toHaveLength(1)
  })

  test('makes no news of what is read again', async () => {
    leave(await givenApi(open).signIn())
    const storage = takeOver({ ...memoryStorage(), setItem: () => {} }, ngTokenAuth())
    const first = storage.getItem(key)
    await new Promise(resolve => setTimeout(resolve, 5))
    expect(storage.getItem(key)).toBe(first)
  })
})

test('the words that web storage makes of what is missing are no credentials', async () => {
  const { 'access-token': token, client } = await givenApi(open).signIn()
  for (const uid of ['undefined', 'null']) {
    leave({ 'access-token': token, client, uid })
    expect(taking().getItem(key)).toBeNull()
  }
})

describe('the sign-out', () => {
  test('removes the old session even where the new storage does not work', async () => {
    const api = givenApi(open)
    leave(await api.signIn())
    const full = memoryStorage()
    const storage = { ...full, setItem: () => Promise.reject(new Error('no room')) }
    const session = api.session(takeOver(storage, ngTokenAuth()))
    await session.signOut()
    expect(left()).toBeNull()
  })
})

describe('React Native', () => {
  /** AsyncStorage as it is documented. */
  function asyncStorage(items: Record<string, string>) {
    const later = <Result>(act: () => Result) =>
      new Promise<Result>(resolve => setTimeout(() => resolve(act()), 1))
    return {
      items,
      getItem: (name: string) => later(() => items[name] ?? null),
      setItem: (name: string, value: string) =>
        later(() => {
          items[name] = value
        }),
      removeItem: (name: string) =>
        later(() => {
          delete items[name]
        }),
    }
  }

  test('takes over what redux-token-auth has stored there', async () => {
    const api = givenApi(open)
    const headers = await api.signIn()
    const storage = asyncStorage({ ...headers })
    const session = api.session(takeOver(storage, reduxTokenAuth({ from: storage })))
    expect(session.getSnapshot().status).toBe('unknown')
    expect((await session.fetch('/items')).status).toBe(200)
    await vi.waitFor(() => expect(Object.keys(storage.items)).toEqual([key]))
    expect(api.carried).toEqual([headers['access-token']])

    session.dispose()
    await api.clock.advance(6_000)
    await vi.waitFor(() => expect(storage.items[key]).not.toContain(headers['access-token']))
    const next = api.session(takeOver(storage, reduxTokenAuth({ from: storage })))
    expect((await next.fetch('/items')).status).toBe(200)
  })

  test('takes over what an older AsyncStorage has wrapped', async () => {
    const api = givenApi(open)
    const wrapped = Object.entries(await api.signIn()).map(([name, rawData]) => [
      name,
      JSON.stringify({ rawData }),
    ])
    const storage = asyncStorage(Object.fromEntries(wrapped))
    const session = api.session(takeOver(storage, reduxTokenAuth({ from: storage })))
    expect((await session.fetch('/items')).status).toBe(200)
  })

  test('keeps both where that is asked for', async () => {
    const api = givenApi(open)
    const storage = asyncStorage({ ...(await api.signIn()) })
    const session = api.session(takeOver(storage, reduxTokenAuth({ from: storage }), { keep: true }))
    await session.fetch('/items')
    await api.clock.advance(6_000)
    await vi.waitFor(async () => {
      expect((await api.call(storage.items as unknown as OldHeaders)).status).toBe(200)
    })
  })

  test('loses nothing when the storage refuses', async () => {
    const api = givenApi(open)
    const headers = await api.signIn()
    const working = asyncStorage({ ...headers })
    const storage = {
      ...working,
      setItem: () => Promise.reject(new Error('no room')),
      removeItem: () => Promise.reject(new Error('locked')),
    }
    const session = api.session(takeOver(storage, reduxTokenAuth({ from: storage })))
    expect((await session.fetch('/items')).status).toBe(200)
    expect(working.items).toEqual(headers)
    await session.signOut()

    const denied = { ...working, getItem: () => Promise.reject(new Error('locked')) }
    const other = api.session(takeOver(denied, reduxTokenAuth({ from: denied })))
    expect((await other.ready()).status).toBe('signed-out')
  })
})

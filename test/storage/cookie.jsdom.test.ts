import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseRecord } from '../../src/core/record.ts'
import type { Session } from '../../src/index.ts'
import { cookieStorage } from '../../src/storage/index.ts'
import { signedIn as recordOf, token } from '../core/given.ts'
import {
  ada,
  holdTime,
  later,
  letTimeGo,
  pause,
  silence,
  stillSignedIn,
  type World,
  type WorldOptions,
  world,
} from '../session/given.ts'

/** The sessions of earlier tests would be further tabs. */
const open: Session[] = []
let said: ReturnType<typeof silence>
beforeEach(() => {
  holdTime()
  said = silence()
})
afterEach(() => {
  for (const session of open.splice(0)) session.dispose()
  vi.unstubAllGlobals()
  letTimeGo()
  for (const part of document.cookie.split('; ')) {
    for (const path of ['/', '/deep']) {
      // biome-ignore lint/suspicious/noDocumentCookie: cookies are what is tested
      document.cookie = `${part.split('=')[0]}=; Path=${path}; Max-Age=0; Secure`
    }
  }
})

const key = 'session'
function cookieSession(options: WorldOptions = {}): World {
  const made = world({ ...options, session: { storage: cookieStorage(), storageKey: key } })
  open.push(made.session)
  return {
    ...made,
    another(more) {
      const session = made.another({ storage: cookieStorage(), ...more })
      open.push(session)
      return session
    },
  }
}
const stored = () => parseRecord(cookieStorage().getItem(key))

test('a session in a cookie is there after a reload, and goes on', async () => {
  const made = cookieSession()
  await made.session.signIn(ada)
  expect(await stillSignedIn(made)).toBe(true)
  const next = made.another()
  expect(next.getSnapshot().status).toBe('signed-in')
  expect((await next.fetch('/items')).status).toBe(200)
  expect(said.warnings).toEqual([])
})

test('a uid that is not ASCII stays what it is', async () => {
  const email = 'jürgen@exämple.com'
  const made = cookieSession({ users: [{ email, password: 'password123' }] })
  await made.session.signIn({ email, password: 'password123' })
  const next = made.another()
  await later(pause)
  expect((await next.fetch('/items')).status).toBe(200)
})

test('a sign-out leaves no token in it', async () => {
  const made = cookieSession()
  await made.session.signIn(ada)
  const { value } = stored()!.tokens[0]!
  expect(document.cookie).toContain(value)
  await made.session.signOut()
  expect(document.cookie).not.toContain(value)
  expect(stored()).toMatchObject({ client: null })
})

test('two tabs that share the cookie hand the token on', async () => {
  const one = cookieSession()
  const two = one.another()
  await one.session.signIn(ada)
  for (let turn = 0; turn < 3; turn++) {
    await later(pause)
    expect((await one.session.fetch('/items')).status).toBe(200)
    await later(pause)
    expect((await two.fetch('/items')).status).toBe(200)
  }
  expect(one.calls().filter(call => call !== 'GET /items')).toEqual(['POST /auth/sign_in'])
})

test('a tab hears of a sign-out in another without asking', async () => {
  const one = cookieSession()
  const two = one.another()
  await one.session.signIn(ada)
  vi.useRealTimers()
  await vi.waitFor(() => expect(two.getSnapshot().status).toBe('signed-in'))
  await one.session.signOut()
  await vi.waitFor(() => expect(two.getSnapshot().status).toBe('signed-out'))
})

describe('a cookie that cannot be stored costs persistence and a warning, never a request', () => {
  test('because it is larger than 4 kB', async () => {
    const email = `${'x'.repeat(4_000)}@example.com`
    const made = cookieSession({ users: [{ email, password: 'password123' }] })
    await made.session.signIn({ email, password: 'password123' })
    expect(await stillSignedIn(made)).toBe(true)
    expect(said.warnings[0]).toContain('4 kB')
    expect(said.warnings).toHaveLength(2)
    expect(document.cookie).toBe('')
  })

  test('because cookies are turned off', async () => {
    vi.stubGlobal('document', {
      get cookie() {
        return ''
      },
      set cookie(_) {},
    })
    const made = cookieSession()
    await made.session.signIn(ada)
    expect(await stillSignedIn(made)).toBe(true)
    expect(said.warnings[0]).toContain('did not take the cookie')
  })

  test('because reading them is forbidden', async () => {
    vi.stubGlobal('document', {
      get cookie() {
        throw new DOMException('sandboxed', 'SecurityError')
      },
    })
    const made = cookieSession()
    await made.session.signIn(ada)
    expect(await stillSignedIn(made)).toBe(true)
    expect(said.warnings).toHaveLength(1)
  })

  test('because there is no document', async () => {
    vi.stubGlobal('document', undefined)
    const made = cookieSession()
    await made.session.signIn(ada)
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('somebody else’s cookie of the same name', () => {
  test.each(['', '%', 'null', '{}', '[1]', '%7B%22version%22%3A2%7D'])('may hold %j', async garbage => {
    // biome-ignore lint/suspicious/noDocumentCookie: cookies are what is tested
    document.cookie = `__Host-${key}=${garbage}; Path=/; Secure`
    const made = cookieSession()
    expect(made.session.getSnapshot().status).toBe('signed-out')
    await made.session.signIn(ada)
    expect(await stillSignedIn(made)).toBe(true)
    expect(stored()).toMatchObject({ version: 1 })
  })

  test('on another path does not hide ours: the newest token of both counts', () => {
    const older = recordOf({ tokens: [token('older', { expiry: 1_000 })] })
    const newer = recordOf({ tokens: [token('newer', { expiry: 2_000 })] })
    const deep = (value: string) => `__Host-${key}=${encodeURIComponent(value)}`
    for (const header of [
      `${deep(JSON.stringify(older))}; ${deep(JSON.stringify(newer))}`,
      `${deep(JSON.stringify(newer))}; ${deep(JSON.stringify(older))}`,
      `${deep('garbage')}; ${deep(JSON.stringify(newer))}`,
    ]) {
      vi.stubGlobal('document', { cookie: header })
      expect(stored()!.tokens[0]!.value).toBe('newer')
    }
  })
})

test('is removed with the attributes that it was stored with', () => {
  const storage = cookieStorage({ path: '/' })
  storage.setItem(key, 'value')
  expect(storage.getItem(key)).toBe('value')
  storage.removeItem(key)
  expect(storage.getItem(key)).toBeNull()
  expect(document.cookie).toBe('')
})

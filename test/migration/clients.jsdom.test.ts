import { describe, expect, test } from 'vitest'
import {
  angularToken,
  jToker,
  ngTokenAuth,
  type OldClient,
  reduxAuth,
  reduxTokenAuth,
  takeOver,
  vanillaTokenAuth,
  vueAuth,
} from '../../src/migration/index.ts'
import {
  asJsCookie,
  clearAll,
  encoded,
  givenApi,
  key,
  type OldHeaders,
  setCookie,
  withEmptyStorages,
} from './given.ts'

const open = withEmptyStorages()

/** Literally what each client leaves behind. */
const storages: [string, () => OldClient, (headers: OldHeaders) => void][] = [
  [
    'ng-token-auth, in its cookie',
    ngTokenAuth,
    headers => {
      setCookie(`auth_headers=${encoded(JSON.stringify(headers))}; path=/`)
      setCookie('currentConfigName=default; path=/')
    },
  ],
  [
    'ng-token-auth, in localStorage',
    ngTokenAuth,
    headers => {
      localStorage.setItem('auth_headers', JSON.stringify(headers))
      localStorage.setItem('currentConfigName', '"default"')
    },
  ],
  [
    'vanilla-token-auth, in its cookie',
    vanillaTokenAuth,
    headers => setCookie(`auth_headers=${asJsCookie(JSON.stringify(headers))}; path=/`),
  ],
  [
    'vanilla-token-auth, in sessionStorage',
    vanillaTokenAuth,
    headers => {
      sessionStorage.setItem('auth_headers', JSON.stringify(headers))
      sessionStorage.setItem('currentConfigName', '"default"')
    },
  ],
  [
    'jToker, in its cookie',
    jToker,
    headers => {
      setCookie(`authHeaders=${encoded(JSON.stringify(headers))}; path=/`)
      setCookie(`currentConfigName=${encoded('"default"')}; path=/`)
    },
  ],
  [
    'jToker, in localStorage',
    jToker,
    headers => localStorage.setItem('authHeaders', JSON.stringify(headers)),
  ],
  [
    'redux-auth, in its cookie',
    reduxAuth,
    headers => setCookie(`authHeaders=${encoded(JSON.stringify(headers))}; path=/`),
  ],
  [
    'angular-token',
    angularToken,
    headers => {
      localStorage.setItem('accessToken', headers['access-token'])
      localStorage.setItem('client', headers.client)
      localStorage.setItem('expiry', headers.expiry)
      localStorage.setItem('tokenType', headers['token-type'])
      localStorage.setItem('uid', headers.uid)
      localStorage.setItem('userType', 'ADMIN')
    },
  ],
  [
    'redux-token-auth',
    reduxTokenAuth,
    headers => {
      for (const [name, value] of Object.entries(headers)) localStorage.setItem(name, value)
    },
  ],
  [
    'vue-auth, in localStorage',
    vueAuth,
    ({ 'token-type': type, 'access-token': token, client, uid, expiry }) =>
      localStorage.setItem('auth_token_default', [type, token, client, uid, expiry].join('|')),
  ],
]

describe.each(storages)('a user of %s', (_, oldClient, leave) => {
  test('is signed in at once, with a token that the server accepts, and stays so', async () => {
    const api = givenApi(open)
    const headers = await api.signIn()
    leave(headers)

    const session = api.session(takeOver(localStorage, oldClient()))
    expect(session.getSnapshot().status).toBe('signed-in')
    expect(await (await session.fetch('/items')).json()).toEqual({ owner: 'ada@example.com' })
    expect(api.carried).toEqual([headers['access-token']])

    session.dispose()
    await api.clock.advance(6_000)
    const next = api.session(takeOver(localStorage, oldClient()))
    expect((await next.fetch('/items')).status).toBe(200)
    expect(api.carried[1]).not.toBe(headers['access-token'])
    expect(await next.validateToken()).toMatchObject({ email: 'ada@example.com' })
  })

  test('leaves nothing where the session was', async () => {
    const api = givenApi(open)
    leave(await api.signIn())
    api.session(takeOver(localStorage, oldClient()))
    expect(Object.keys(localStorage)).toEqual([key])
    expect(sessionStorage).toHaveLength(0)
    expect(document.cookie).toBe('')
  })

  test('loses nothing when the new storage does not work', async () => {
    const api = givenApi(open)
    leave(await api.signIn())
    const before = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie]
    const failing = () => {
      throw new DOMException('no room', 'QuotaExceededError')
    }
    const full = { getItem: () => null, setItem: failing, removeItem: failing }
    const session = api.session(takeOver(full, oldClient()))
    expect((await session.fetch('/items')).status).toBe(200)
    expect([JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie]).toEqual(before)

    const denied = { getItem: failing, setItem: failing, removeItem: failing }
    expect(api.session(takeOver(denied, oldClient())).getSnapshot().status).toBe('signed-in')
    await session.signOut()
    expect(api.session(takeOver(localStorage, oldClient())).getSnapshot().status).toBe('signed-out')
  })

  test('with a session that is not whole is signed out, and nothing is touched', async () => {
    const api = givenApi(open)
    const headers = await api.signIn()
    for (const missing of ['access-token', 'client', 'uid'] as const) {
      clearAll()
      leave({ ...headers, [missing]: '' })
      const before = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie]
      const session = api.session(takeOver(localStorage, oldClient()))
      expect(session.getSnapshot().status).toBe('signed-out')
      expect([JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie]).toEqual(before)
    }
  })

  test('who has signed in here is not replaced by who was signed in there', async () => {
    const api = givenApi(open, '1.2.0', ['ada@example.com', 'bob@example.com'])
    const first = api.session(localStorage)
    await first.signIn({ email: 'bob@example.com', password: 'password123' })
    first.dispose()
    leave(await api.signIn())
    const session = api.session(takeOver(localStorage, oldClient()))
    expect(await (await session.fetch('/items')).json()).toEqual({ owner: 'bob@example.com' })
    await session.signOut()
    leave(await api.signIn())
    expect(api.session(takeOver(localStorage, oldClient())).getSnapshot().status).toBe('signed-out')
  })
})

describe('of two places that hold a session', () => {
  const leave = (cookie: OldHeaders, local: OldHeaders) => {
    setCookie(`auth_headers=${encoded(JSON.stringify(cookie))}; path=/`)
    localStorage.setItem('auth_headers', JSON.stringify(local))
  }

  test('the one counts that expires last, and not what was left behind long ago', async () => {
    for (const stale of ['1', '', 'never']) {
      clearAll()
      const api = givenApi(open)
      const [old, live] = [await api.signIn(), await api.signIn()]
      leave({ ...old, 'access-token': 'forgotten', expiry: stale }, live)
      const session = api.session(takeOver(localStorage, ngTokenAuth()))
      expect((await session.fetch('/items')).status).toBe(200)
      expect([session.getSnapshot().status, document.cookie]).toEqual(['signed-in', ''])
      session.dispose()
    }
  })

  test('of equal ones the first that the old client looks into', async () => {
    const api = givenApi(open)
    const headers = await api.signIn()
    leave(headers, { ...headers, 'access-token': 'other' })
    expect((await api.session(takeOver(localStorage, ngTokenAuth())).fetch('/items')).status).toBe(200)
  })

  test('while both clients are in use the old one finds new tokens where it looks for them', async () => {
    const api = givenApi(open)
    const [old, live] = [await api.signIn(), await api.signIn()]
    leave({ ...old, expiry: '1' }, live)
    await api.session(takeOver(localStorage, ngTokenAuth(), { keep: true })).fetch('/items')
    const kept = JSON.parse(localStorage.getItem('auth_headers')!) as OldHeaders
    expect(kept.client).toBe(live.client)
    expect(kept['access-token']).not.toBe(live['access-token'])
  })
})

test('vue-auth’s users with "stay signed in" turned off, in sessionStorage', async () => {
  const api = givenApi(open)
  const { 'access-token': token, client, uid, expiry } = await api.signIn()
  sessionStorage.setItem('auth_token_default', `Bearer|${token}|${client}|${uid}|${expiry}`)
  expect((await api.session(takeOver(localStorage, vueAuth())).fetch('/items')).status).toBe(200)
})

test('a cookie of another path or domain is found, and removed where that is given', async () => {
  history.pushState(null, '', '/app/start')
  const api = givenApi(open)
  setCookie(`authHeaders=${encoded(JSON.stringify(await api.signIn()))}; path=/app`)
  const session = api.session(takeOver(localStorage, jToker({ cookie: { path: '/app' } })))
  expect((await session.fetch('/items')).status).toBe(200)
  expect(document.cookie).toBe('')
  history.pushState(null, '', '/')
})

describe('users of several types', () => {
  test.each([
    [
      'ng-token-auth',
      ngTokenAuth,
      (headers: OldHeaders) => {
        setCookie(`auth_headers=${encoded(JSON.stringify(headers))}; path=/`)
        setCookie('currentConfigName=admin; path=/')
      },
    ],
    [
      'jToker',
      jToker,
      (headers: OldHeaders) => {
        localStorage.setItem('authHeaders', JSON.stringify(headers))
        localStorage.setItem('currentConfigName', '"admin"')
      },
    ],
    [
      'angular-token',
      angularToken,
      (headers: OldHeaders) => {
        storages.find(([name]) => name === 'angular-token')![2](headers)
        localStorage.setItem('userType', 'admin')
      },
    ],
  ] as const)('of %s go to the session that is meant', async (_, oldClient, leave) => {
    const api = givenApi(open)
    leave(await api.signIn())
    const other = api.session(takeOver(localStorage, oldClient({ userType: 'user' })))
    expect(other.getSnapshot().status).toBe('signed-out')
    const meant = api.session(takeOver(localStorage, oldClient({ userType: 'admin' })))
    expect((await meant.fetch('/items')).status).toBe(200)
  })
})

describe('a uid that is not ASCII', () => {
  test.each([
    ['as a header brought it', (uid: string) => uid],
    [
      'as an address brought it, after an OAuth sign-in',
      (uid: string) => new TextDecoder().decode(Uint8Array.from(uid, byte => byte.charCodeAt(0))),
    ],
  ])('is accepted %s', async (_, stored) => {
    for (const email of ['jürgen@example.com', '山田@example.com']) {
      clearAll()
      const api = givenApi(open, '1.2.0', [email])
      const headers = await api.signIn(email)
      localStorage.setItem('auth_headers', JSON.stringify({ ...headers, uid: stored(headers.uid) }))
      const session = api.session(takeOver(localStorage, ngTokenAuth()))
      expect((await session.fetch('/items')).status).toBe(200)
      session.dispose()
    }
  })
})

test('what others may have written under the same names harms nobody', async () => {
  const garbage = [
    '',
    '%',
    '{',
    'null',
    '"text"',
    '7',
    '[]',
    '{"access-token":7}',
    '{"access-token":"a\\n","client":"c","uid":"u"}',
    '{"access-token":"\\ud800","client":"c","uid":"u"}',
  ]
  const api = givenApi(open)
  for (const value of garbage) {
    for (const name of ['auth_headers', 'authHeaders', 'accessToken', 'access-token', 'auth_token_default']) {
      localStorage.setItem(name, value)
      setCookie(`${name}=${value}; path=/`)
    }
    for (const oldClient of [ngTokenAuth, vanillaTokenAuth, jToker, angularToken, reduxTokenAuth, vueAuth]) {
      expect(api.session(takeOver(localStorage, oldClient())).getSnapshot().status).toBe('signed-out')
    }
  }
})

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  deleteAccount,
  type InAppBrowser,
  linkTo,
  requestPasswordReset,
  signInWithOAuth,
  signUp,
  takeCredentials,
  updateAccount,
} from '../../src/account/index.ts'

import { createSession, memoryStorage, type Session } from '../../src/index.ts'
import { ada, api, failureOf, holdTime, later, letTimeGo, pause, settled, silence } from '../session/given.ts'
import { accountWorld, cyd, signedIn } from './given.ts'

beforeEach(holdTime)
afterEach(() => {
  vi.unstubAllGlobals()
  letTimeGo()
})

describe('a path that leads elsewhere', () => {
  test.each(['@evil.test/steal', '.evil.test/steal', ':443@evil.test'])('%s gets nothing', async path => {
    const sent: string[] = []
    const session = createSession({
      baseUrl: api,
      authPath: '/',
      storage: memoryStorage(),
      fetch: async input => {
        sent.push(String(input))
        return Response.json(
          { data: {} },
          { headers: { 'access-token': 't', client: 'c', uid: 'u', expiry: '9999999999' } },
        )
      },
    })
    await session.signIn(ada)
    for (const call of [
      session.signIn(ada, { path }),
      signUp(session, cyd, { path }),
      requestPasswordReset(session, { email: ada.email }, { path }),
      updateAccount(session, { name: 'x' }, { path }),
      deleteAccount(session, { path }),
    ]) {
      expect(await failureOf(call)).toMatchObject({ code: 'option-invalid' })
    }
    expect(sent.filter(url => new URL(url).origin !== api)).toEqual([])
    session.dispose()
  })
})

test('parameters named __proto__ are parameters', async () => {
  const { another } = accountWorld()
  let body = ''
  const session = another({
    fetch: async (_, init) => {
      body = String(init?.body)
      return new Response(
        '{"errors":{"__proto__":["is odd"],"constructor":["is odd too"],"full_messages":["Odd"]}}',
        { status: 422 },
      )
    },
  })
  const error = await failureOf(
    signUp(session, JSON.parse('{"__proto__":{"admin":true},"email":"a@b.example"}')),
  )
  expect(JSON.parse(body).admin).toBeUndefined()
  expect(Object.keys(error.fieldErrors)).toEqual(['__proto__', 'constructor'])
  expect(({} as Record<string, unknown>).admin).toBeUndefined()
  expect(linkTo(session, 'unlock', JSON.parse('{"__proto__":"x"}'))).toBe(`${api}/auth/unlock?__proto__=x`)
})

test.each([
  ['a list', { errors: ['One.', 'Two.'] }, ['One.', 'Two.'], {}],
  ['one sentence', { errors: 'One.' }, ['One.'], {}],
  [
    'by field alone',
    { errors: { first_name: ['is odd'] } },
    ['First name is odd'],
    { first_name: ['is odd'] },
  ],
  ['by field, one each', { errors: { email: 'is odd' } }, ['Email is odd'], { email: ['is odd'] }],
  ['nothing', {}, [], {}],
  ['null', null, [], {}],
  ['no JSON', undefined, [], {}],
])('errors in the shape of %s', async (_, body, errors, fieldErrors) => {
  const { another } = accountWorld()
  const answer = () =>
    body === undefined ? new Response('<html>', { status: 502 }) : Response.json(body, { status: 422 })
  const session = another({ fetch: async () => answer() })
  expect(await failureOf(signUp(session, cyd))).toMatchObject({ code: 'sign-up-failed', errors, fieldErrors })
})

test('a server that answers about another sign-in opens none', async () => {
  const { another } = accountWorld()
  const answer = { 'access-token': 't', client: 'another', uid: 'u', expiry: '9999999999' }
  const session = another({ fetch: async () => Response.json({ data: {} }, { headers: answer }) })
  const message = { message: 'deliverCredentials', auth_token: 't', client_id: 'c', uid: 'u' }
  expect(await failureOf(takeCredentials(session, message))).toMatchObject({ code: 'return-invalid' })
  expect(session.getSnapshot().status).toBe('signed-out')
})

describe('the uid that an email change may bring', () => {
  const uidsOf = (session: Session) => session.account().handoff.record.uids

  test('costs no request, also when the change is asked for twice', async () => {
    const { session, calls, server } = await signedIn()
    server.delay('PUT /auth', 1_000, { times: 2 })
    const updates = [1, 2].map(() => updateAccount(session, { email: 'new@example.com' }))
    await later(5_000)
    await Promise.all(updates)
    expect(calls()).not.toContain('GET /auth/validate_token')
    expect(session.account().handoff.record.uid.value).toBe('new@example.com')
    expect(uidsOf(session)).toEqual(['ada@example.com', 'new@example.com'])
  })

  test('is remembered as headers carry it', async () => {
    const { session, server } = await signedIn()
    server.loseAnswer('PUT /auth')
    await failureOf(updateAccount(session, { email: 'Ада@example.com' }))
    expect(uidsOf(session)).toEqual(['ada@example.com', 'Ð°Ð´Ð°@example.com'])
    await later(pause)
    expect((await session.fetch('/items')).status).toBe(200)
  })

  test('is not remembered where no header can carry it, or the uid is no email', async () => {
    const { session, server } = await signedIn({ omniauthProviders: { github: { uid: '17' } } })
    await failureOf(updateAccount(session, { email: 'ad\ud800@example.com' }))
    expect(uidsOf(session)).toEqual([])

    const page = await server.fetch(`${api}/auth/github/callback?omniauth_window_type=newWindow`)
    const [, encoded] = /decodeURIComponent\('([^']*)'\)/.exec(await page.text())!
    await takeCredentials(session, JSON.parse(decodeURIComponent(encoded!)))
    server.loseRequest('PUT /auth')
    await failureOf(updateAccount(session, { email: 'new@example.com' }))
    expect(uidsOf(session)).toEqual([])
  })
})

describe('an application’s own browser', () => {
  function browser(results: unknown) {
    const listeners: Record<string, (event: { url?: string }) => void> = {}
    const asked: string[] = []
    let closed = false
    const inApp: InAppBrowser = {
      addEventListener: (type, listener) => {
        listeners[type] = listener
      },
      executeScript: ({ code }, done) => {
        asked.push(code)
        done([results])
      },
      close: () => {
        closed = true
      },
    }
    return { inApp, listeners, asked, isClosed: () => closed }
  }

  test('is not asked at another origin', async () => {
    const { session } = accountWorld()
    const { inApp, listeners, asked } = browser({ message: 'deliverCredentials' })
    const failing = failureOf(
      signInWithOAuth(session, 'github', { window: 'inAppBrowser', open: () => inApp }),
    )
    for (const url of [
      'https://api.example.com.evil.test/',
      'https://evil.test/?https://api.example.com',
      '',
      'x',
    ]) {
      listeners.loadstop!({ url })
    }
    listeners.loadstop!({})
    expect(asked).toEqual([])
    listeners.exit!({})
    expect(await failing).toMatchObject({ code: 'popup-closed' })
  })

  test('whose page has nothing to deliver yet is asked again', async () => {
    const { session } = accountWorld()
    const { inApp, listeners, asked, isClosed } = browser(false)
    const failing = failureOf(
      signInWithOAuth(session, 'github', { window: 'inAppBrowser', open: () => inApp }),
    )
    listeners.loadstop!({ url: `${api}/omniauth/github` })
    listeners.loadstop!({ url: `${api}/omniauth/github` })
    expect(asked).toHaveLength(2)
    expect(isClosed()).toBe(false)
    listeners.exit!({})
    await failing
  })
})

test('a new window that the browser does not open', async () => {
  const { session, events } = accountWorld()
  const failing = signInWithOAuth(session, 'github', { window: 'newWindow', open: () => null })
  expect(await failureOf(failing)).toMatchObject({ code: 'popup-blocked' })
  expect(events.map(({ type }) => type)).toEqual(['sign-in-failed'])
})

test('a tab’s storage that is full, or refused, does not keep anybody from the provider', async () => {
  const { session } = accountWorld()
  const refuse = () => {
    throw new Error('no')
  }
  const opened: string[] = []
  const storages = [{ value: { setItem: refuse } }, { get: refuse, configurable: true }]
  for (const storage of storages) {
    Object.defineProperty(globalThis, 'sessionStorage', { configurable: true, ...storage })
    void signInWithOAuth(session, 'github', { open: url => void opened.push(url) })
    await settled()
    delete (globalThis as { sessionStorage?: unknown }).sessionStorage
  }
  expect(opened).toHaveLength(2)
})

test('every function of a disposed session says so', async () => {
  const made = await signedIn()
  made.session.dispose()
  made.seen.length = 0
  for (const call of [
    () => signUp(made.session, cyd),
    () => updateAccount(made.session, {}),
    () => deleteAccount(made.session),
    () => requestPasswordReset(made.session, {}),
    () => signInWithOAuth(made.session, 'github', { open: () => {} }),
  ]) {
    expect(await failureOf(call())).toMatchObject({ code: 'disposed' })
  }
  await later(1_000)
  expect(made.seen).toEqual([])
})

test('what a session prints has no token in it', async () => {
  const { inspect } = await import('node:util')
  const made = await signedIn()
  const { record } = made.session.account().handoff
  expect(inspect(made.session, { depth: 9, showHidden: true })).not.toContain(record.tokens[0]!.value)
})

test('account calls go on whatever the storage does', async () => {
  silence()
  const broken = () => {
    throw new Error('no storage')
  }
  const { another } = accountWorld()
  const session = another({ storage: { getItem: broken, setItem: broken, removeItem: broken } })
  expect(await signUp(session, cyd)).toMatchObject({ signedIn: true })
  expect(await updateAccount(session, { email: 'new@example.com' })).toMatchObject({ uid: 'new@example.com' })
  expect((await session.fetch('/items')).status).toBe(200)
  await deleteAccount(session)
  expect(session.getSnapshot().status).toBe('signed-out')
})

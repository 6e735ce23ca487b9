import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type OAuthOptions,
  requestPasswordReset,
  signInWithOAuth,
  signUp,
  takeCredentials,
  takeReturn,
  updatePassword,
} from '../../src/account/index.ts'
import { nextSequence } from '../../src/core/handoff.ts'
import { memoryStorage, type Session, type SessionStorage } from '../../src/index.ts'
import {
  ada,
  api,
  bob,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  pause,
  settled,
  type World,
} from '../session/given.ts'
import { accountWorld, clientsOf, eve, followMail, memberPath, redirectOf, signedIn } from './given.ts'

const home = 'https://app.example.com/'

/** A page's address bar and its tab's storage. */
class FakePage {
  readonly bar: string[] = []
  readonly kept = new Map<string, string>()
}
let page: FakePage

/** Opens the application at an address. */
function at(address: string): void {
  vi.stubGlobal('location', { href: address, origin: new URL(address).origin })
  vi.stubGlobal('history', {
    state: { router: 1 },
    replaceState(state: unknown, _: string, url: string) {
      expect(state).toEqual({ router: 1 })
      page.bar.push(url)
      Object.assign(globalThis.location, { href: url })
    },
  })
  const store = {
    getItem: (key: string) => page.kept.get(key) ?? null,
    setItem: (key: string, value: string) => void page.kept.set(key, value),
    removeItem: (key: string) => void page.kept.delete(key),
    key: (index: number) => [...page.kept.keys()][index] ?? null,
    get length() {
      return page.kept.size
    },
  }
  vi.stubGlobal('sessionStorage', store)
}

beforeEach(() => {
  holdTime()
  page = new FakePage()
})
afterEach(() => {
  vi.unstubAllGlobals()
  letTimeGo()
})

async function resetLink(made: World, target = `${home}reset`, email = ada.email): Promise<string> {
  await requestPasswordReset(made.session, { email, redirect_url: target })
  return followMail(made)
}

describe('the return of a password mail', () => {
  test('signs in, and takes the credentials out of the address before anything else', async () => {
    const made = accountWorld()
    const link = await resetLink(made, `${home}reset?tab=2`)
    at(link)
    const taking = takeReturn(made.session)
    expect(page.bar).toEqual([`${home}reset?tab=2`])
    const returned = await taking
    expect(returned).toMatchObject({
      kind: 'password-reset',
      user: { email: ada.email },
      resetPasswordToken: null,
    })
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-in', user: returned!.user })
    expect(made.events.map(({ type }) => type)).toEqual(['snapshot', 'signed-in', 'password-reset-return'])
    await updatePassword(made.session, { password: 'a-new-one' })
    await later(pause)
    expect((await made.session.fetch('/items')).status).toBe(200)
    expect(made.seen.some(({ url }) => url.includes('token='))).toBe(false)
    // The one that stood in the address was used once, to ask whose it is.
    expect(made.seen.filter(({ token }) => token && link.includes(token))).toHaveLength(1)
  })

  test('works with a router behind the #', async () => {
    const made = accountWorld()
    const link = await resetLink(made, `${home}#/reset?step=1`)
    expect(link.match(/access-token=/g)).toHaveLength(2)
    at(link)
    expect(await takeReturn(made.session)).toMatchObject({ kind: 'password-reset' })
    expect(location.href).toBe(`${home}#/reset?step=1`)
  })

  test('is taken once, also when it is asked for twice at the same time', async () => {
    const made = accountWorld()
    at(await resetLink(made))
    const both = await Promise.all([takeReturn(made.session), takeReturn(made.session)])
    expect(both.map(returned => returned?.kind)).toEqual(['password-reset', undefined])
    expect(await takeReturn(made.session)).toBeNull()
    expect(made.events.filter(({ type }) => type === 'signed-in')).toHaveLength(1)
  })

  test('without credentials hands the mail’s token over, where the server signs in with the new password', async () => {
    const made = accountWorld({ requireClientPasswordResetToken: true })
    at(await resetLink(made))
    const returned = await takeReturn(made.session)
    expect(returned).toMatchObject({ kind: 'password-reset', user: null })
    expect(location.href).toBe(`${home}reset`)
    expect(made.session.getSnapshot().status).toBe('signed-out')
    const { resetPasswordToken } = returned as { resetPasswordToken: string }
    await updatePassword(made.session, { password: 'a-new-one', reset_password_token: resetPasswordToken })
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })

  test('on a page that was rendered with somebody else signed in asks first', async () => {
    const made = await signedIn()
    at(await resetLink(made, undefined, bob.email))
    expect(await failureOf(takeReturn(made.session))).toMatchObject({ code: 'signed-in-as-another' })
    expect(location.href).toBe(`${home}reset`)
    expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: ada.email })
    expect(await takeReturn(made.session, { replace: true })).toMatchObject({ user: { email: bob.email } })
    expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
  })

  test('of the same user takes the place of the sign-in that is there', async () => {
    const made = await signedIn()
    at(await resetLink(made))
    await takeReturn(made.session)
    await later(pause)
    expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: ada.email })
  })

  test('leaves whoever has signed in in another tab while the server was asked', async () => {
    const made = accountWorld()
    const link = await resetLink(made)
    const storage = { ...memoryStorage(), shared: true }
    const [here, there] = [made.another({ storage }), made.another({ storage })]
    // This tab has called more often than the other one.
    for (let call = 0; call < 5; call++) nextSequence(here.account().handoff)
    const held = made.server.hold('GET /auth/validate_token')
    const taking = failureOf(takeReturn(here, { url: link }))
    await held.begun
    await there.signIn(bob)
    held.release()
    expect(await taking).toMatchObject({ code: 'signed-in-as-another' })
    for (const session of [here, there])
      expect(await (await session.fetch('/items')).json()).toEqual({ owner: bob.email })
    expect(await takeReturn(here, { replace: true })).toMatchObject({ user: { email: ada.email } })
  })

  describe('where the storage answers later', () => {
    const later = (items = new Map<string, string>()): SessionStorage => ({
      getItem: async key => items.get(key) ?? null,
      setItem: async (key, value) => void items.set(key, value),
      removeItem: async key => void items.delete(key),
    })

    test.each(['signed in', 'signed out'])('signs in who is %s, from a clean address', async before => {
      const storage = later()
      const made = accountWorld({ session: { storage } })
      await made.session.signIn(ada)
      for (let call = 0; call < 3; call++) await made.session.fetch('/items')
      if (before === 'signed out') await made.session.signOut()
      await settled()
      made.session.dispose()
      at(await resetLink({ ...made, session: made.another() }))
      const next = made.another()
      const taking = takeReturn(next)
      expect(page.bar).toEqual([`${home}reset`])
      expect(await taking).toMatchObject({ kind: 'password-reset', user: { email: ada.email } })
      expect(next.getSnapshot().status).toBe('signed-in')
    })

    test('leaves who signs in right afterwards', async () => {
      const made = accountWorld({ session: { storage: later() } })
      at(await resetLink(made))
      const next = made.another({ storage: later() })
      await Promise.allSettled([takeReturn(next, { replace: true }), next.signIn(bob)])
      expect(await (await next.fetch('/items')).json()).toEqual({ owner: bob.email })
    })
  })

  test.each([502, 503])('that a gateway keeps from the server (%i) can be taken again', async status => {
    const made = accountWorld()
    at(await resetLink(made))
    let down = true
    const session = made.another({
      fetch: async (input, init) =>
        down ? new Response('<h1>Bad gateway</h1>', { status }) : made.server.fetch(input, init),
    })
    expect(await failureOf(takeReturn(session))).toMatchObject({ code: 'validation-failed', status })
    down = false
    expect(await takeReturn(session)).toMatchObject({ kind: 'password-reset' })
  })

  test('that could not be taken is forgotten when another one is, and is not what another address says', async () => {
    const made = accountWorld()
    at(await resetLink(made))
    made.server.loseRequest('GET /auth/validate_token', { times: 2 })
    expect(await failureOf(takeReturn(made.session))).toMatchObject({ code: 'network' })
    expect(await takeReturn(made.session, { url: 'myapp://settings' })).toBeNull()
    expect(await failureOf(takeReturn(made.session))).toMatchObject({ code: 'network' })
    at(await resetLink(made))
    expect(await takeReturn(made.session)).toMatchObject({ kind: 'password-reset' })
    expect(await takeReturn(made.session)).toBeNull()
  })

  test('without a network can be taken again, until somebody signs in or out', async () => {
    const made = accountWorld()
    at(await resetLink(made))
    made.server.loseAnswer('GET /auth/validate_token')
    expect(await failureOf(takeReturn(made.session))).toMatchObject({ code: 'network' })
    expect(made.session.getSnapshot().status).toBe('signed-out')
    expect(await takeReturn(made.session)).toMatchObject({ kind: 'password-reset' })

    at(await resetLink(made))
    made.server.loseRequest('GET /auth/validate_token')
    expect(await failureOf(takeReturn(made.session))).toMatchObject({ code: 'network' })
    await made.session.signOut()
    expect(await failureOf(takeReturn(made.session))).toMatchObject({ code: 'superseded' })
    expect(await takeReturn(made.session)).toBeNull()
  })

  test('overtaken by a sign-in changes nothing', async () => {
    const made = accountWorld()
    at(await resetLink(made))
    const held = made.server.hold('GET /auth/validate_token')
    const taking = failureOf(takeReturn(made.session))
    await held.begun
    await made.session.signIn(bob)
    held.release()
    expect(await taking).toMatchObject({ code: 'superseded' })
    expect(made.session.getSnapshot().user).toMatchObject({ email: bob.email })
  })

  test('overtaken by dispose stores nothing, but the address is clean', async () => {
    const made = accountWorld()
    at(await resetLink(made))
    const held = made.server.hold('GET /auth/validate_token')
    const taking = failureOf(takeReturn(made.session))
    await held.begun
    made.session.dispose()
    held.release()
    expect(await taking).toMatchObject({ code: 'disposed' })
    expect(made.session.getSnapshot().status).toBe('signed-out')
    expect(location.href).toBe(`${home}reset`)
  })

  test('can be read from a deep link, which stays as it is', async () => {
    const made = accountWorld()
    const url = await resetLink(made, 'myapp://reset')
    expect(await takeReturn(made.session, { url })).toMatchObject({ kind: 'password-reset' })
    expect(await takeReturn(made.session)).toBeNull()
  })

  test('in cookie mode makes the server set its cookie', async () => {
    const made = accountWorld({ cookieEnabled: true, session: { transport: 'cookie' } })
    at(await resetLink(made))
    await takeReturn(made.session)
    expect(made.seen.at(-1)!.url).toBe(`${api}/auth/validate_token?unbatch=true`)
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })

  test('as a bearer', async () => {
    const made = accountWorld({ session: { transport: 'bearer' } })
    at(await resetLink(made))
    await takeReturn(made.session)
    await later(pause)
    expect((await made.session.fetch('/items')).status).toBe(200)
  })
})

describe('a return that is forged or incomplete changes nothing', () => {
  const forged = 'access-token=forged&client=forged&uid=ada@example.com&expiry=9999999999'
  test.each([
    ['forged', `${home}?${forged}`],
    ['a blank token', `${home}?access-token=%20&client=c&uid=u`],
    ['no client', `${home}?access-token=t&uid=u`],
    ['no uid', `${home}?access-token=t&client=c`],
    ['a token that no header can carry', `${home}?access-token=%0At%0A1%E2%82%AC&client=c&uid=u`],
    ['two tokens', `${home}?${forged}#/x?${forged}2&access-token=other`],
    ['a reset without a token', `${home}?reset_password_token=`],
    ['an OAuth return that nobody asked for', `${home}?auth_token=t&client_id=c&uid=u&blank=true`],
    ['an OAuth failure that nobody asked for', `${home}?error=phishing&blank=true`],
  ])('%s', async (_, address) => {
    for (const made of [accountWorld(), await signedIn()]) {
      const before = made.session.getSnapshot()
      at(address)
      expect(await failureOf(takeReturn(made.session, { replace: true }))).toMatchObject({
        code: 'return-invalid',
        message: expect.not.stringMatching(/forged|phishing|other/),
      })
      expect(location.href).toMatch(/^https:\/\/app\.example\.com\/(#\/x)?$/)
      expect(made.session.getSnapshot()).toBe(before)
      expect(made.events.map(({ type }) => type)).toEqual(['sign-in-failed'])
      if (before.status === 'signed-in') expect((await made.session.fetch('/items')).status).toBe(200)
    }
  })

  test('nor does an address that has none', async () => {
    const made = accountWorld()
    at(`${home}?client=acme&token=x`)
    expect(await takeReturn(made.session)).toBeNull()
    expect(page.bar).toEqual([])
    expect(made.seen).toEqual([])
  })

  test('nor does one where there is no page', async () => {
    expect(await takeReturn(accountWorld().session)).toBeNull()
  })
})

describe('the return of a confirmation', () => {
  test.each([true, false])('that has succeeded: %j', async confirmed => {
    const made = accountWorld()
    at(`${home}?account_confirmation_success=${confirmed}`)
    expect(await takeReturn(made.session)).toEqual({ kind: 'confirmation', user: null, confirmed })
    expect(location.href).toBe(home)
  })
})

describe('the return of another mail that signs in', () => {
  test.each([
    ['unlock=true', { kind: 'unlock' }],
    ['account_confirmation_success=true', { kind: 'confirmation', confirmed: true }],
  ])('%s', async (mark, expected) => {
    const made = accountWorld()
    const link = await resetLink(made)
    // As the server writes it: the same credentials, under another word.
    at(link.replace('reset_password=true', mark).replace(/reset_password_token=[^&]*&?/, ''))
    expect(await takeReturn(made.session)).toMatchObject({ ...expected, user: { email: ada.email } })
    expect(location.href).toBe(`${home}reset`)
    expect(made.session.getSnapshot().status).toBe('signed-in')
    expect(made.events.map(({ type }) => type)).not.toContain('password-reset-return')
  })
})

describe('several user types on one page', () => {
  function two() {
    const made = accountWorld({
      omniauthProviders: { github: { uid: '17', info: { email: 'gh@example.com' } } },
    })
    return { ...made, users: made.session, members: made.another({ authPath: memberPath }) }
  }

  test('have keys and paths of their own', async () => {
    const { users, members, calls } = two()
    await users.signIn(ada)
    await members.signIn({ email: eve.email, password: eve.password })
    await later(pause)
    expect(await (await users.fetch('/items')).json()).toEqual({ owner: ada.email })
    expect(await (await members.fetch('/members')).json()).toEqual({ owner: eve.email })
    await users.signOut()
    expect(members.getSnapshot().status).toBe('signed-in')
    expect(calls()).toContain('POST /member_auth/sign_in')
  })

  test('take the mail’s return that bears their name, and leave the others’', async () => {
    const made = two()
    await requestPasswordReset(made.members, { email: eve.email!, redirect_url: home, config_name: 'member' })
    at(await followMail(made))
    expect(await takeReturn(made.users)).toBeNull()
    expect(page.bar).toEqual([])
    expect(await takeReturn(made.members, { config_name: 'member' })).toMatchObject({
      user: { email: eve.email },
    })
    expect(made.users.getSnapshot().status).toBe('signed-out')

    at(await resetLink(made))
    expect(await takeReturn(made.members, { config_name: 'member' })).toBeNull()
    expect(await takeReturn(made.users)).toMatchObject({ user: { email: ada.email } })
  })

  test('never open a session with credentials of the other type', async () => {
    const made = two()
    at(await resetLink(made))
    expect(await failureOf(takeReturn(made.members))).toMatchObject({ code: 'return-invalid' })
    expect(made.members.getSnapshot().status).toBe('signed-out')
  })

  test('take the OAuth return that they asked for', async () => {
    const made = two()
    at(home)
    const link = await sameWindow(made, made.members)
    at(link)
    expect(await takeReturn(made.users)).toBeNull()
    expect(await takeReturn(made.members)).toMatchObject({ kind: 'oauth', user: { email: 'gh@example.com' } })
    expect(made.users.getSnapshot().status).toBe('signed-out')
  })

  test.each([undefined, 'member'])(
    'take it too when the other one’s was begun before, and given up (config_name: %s)',
    async config_name => {
      const named = config_name === undefined ? {} : { config_name }
      const made = two()
      at(home)
      // The wrong button; then back from the provider.
      await sameWindow(made, made.users)
      at(await sameWindow(made, made.members, 'allow', named))
      expect(await takeReturn(made.users)).toBeNull()
      expect(await takeReturn(made.members, named)).toMatchObject({ kind: 'oauth' })
      expect(made.users.getSnapshot().status).toBe('signed-out')
    },
  )

  test('leave a return that bears the other one’s name, whatever they have given up before', async () => {
    const made = two()
    at(home)
    const link = await sameWindow(made, made.members, 'allow', { config_name: 'member' })
    page.kept.clear()
    await sameWindow(made, made.users)
    at(link)
    expect(await takeReturn(made.users)).toBeNull()
    expect(made.calls()).not.toContain('GET /auth/validate_token')
    const taken = takeReturn(made.members, { config_name: 'member', unsolicited: true })
    expect(await taken).toMatchObject({ kind: 'oauth' })
  })

  test('take a return after an hour, though the other one has begun and given up one before', async () => {
    const made = two()
    at(home)
    const link = await sameWindow(made, made.members)
    page.kept.clear()
    await sameWindow(made, made.users)
    await later(3_700_000)
    at(link)
    expect(await takeReturn(made.members, { unsolicited: true })).toMatchObject({ kind: 'oauth' })
  })

  test('tell nobody what the other one’s return has put into the address', async () => {
    const made = two()
    at(`${home}?access-token=secret&client=c&uid=u&config=member&page=2`)
    const bodies: string[] = []
    const users = made.another({
      fetch: async (input, init) => {
        bodies.push(String(init?.body))
        return made.server.fetch(input, init)
      },
    })
    await signUp(users, { email: 'new@example.com', password: 'password123' })
    await requestPasswordReset(users, { email: ada.email })
    let opened = ''
    void signInWithOAuth(users, 'github', {
      open: url => {
        opened = url
      },
    })
    await settled()
    for (const told of [...bodies, opened]) expect(told).not.toContain('secret')
    expect(bodies.map(body => JSON.parse(body))).toMatchObject([
      { confirm_success_url: `${home}?page=2` },
      { redirect_url: `${home}?page=2` },
    ])
    expect(new URL(opened).searchParams.get('auth_origin_url')).toBe(`${home}?page=2`)
  })
})

/** Goes the way through the provider's page, up to where the server leads back to. */
async function follow(
  { server }: World,
  start: string,
  choice: 'allow' | 'deny' = 'allow',
): Promise<Response> {
  let response = await server.fetch(start)
  for (;;) {
    const location = response.headers.get('location')
    if (location?.startsWith('http') && !location.startsWith(api)) return response
    const html = location ? '' : await response.clone().text()
    const link = new RegExp(`id="${choice}" href="([^"]*)"`).exec(html)?.[1]?.replaceAll('&amp;', '&')
    if (!location && !link) return response
    response = await server.fetch(new URL(location ?? link!, api))
  }
}

async function sameWindow(made: World, session: Session, choice?: 'allow' | 'deny', more: OAuthOptions = {}) {
  const opened: string[] = []
  void signInWithOAuth(session, 'github', {
    ...more,
    open: (url: string) => opened.push(url),
  } as OAuthOptions)
  await settled()
  return redirectOf(follow(made, opened[0]!, choice))
}

describe('OAuth in the same window', () => {
  const github = { uid: '17', info: { email: 'gh@example.com', name: 'Gi' } }

  test('goes to the provider, comes back, and signs in', async () => {
    const made = accountWorld({ omniauthProviders: { github } })
    at(`${home}items?page=2#top`)
    const link = await sameWindow(made, made.session)
    expect(link).toContain(`${home}items?page=2&auth_token=`)
    at(link)
    const returned = await takeReturn(made.session)
    expect(returned).toMatchObject({
      kind: 'oauth',
      registered: true,
      user: { email: 'gh@example.com', uid: '17' },
    })
    expect(location.href).toBe(`${home}items?page=2#top`)
    await later(pause)
    expect((await made.session.fetch('/items')).status).toBe(200)

    at(home)
    at(await sameWindow(made, made.session))
    expect(await takeReturn(made.session)).toMatchObject({ kind: 'oauth', registered: false })
  })

  test('is taken by the session that asked for it, whatever name it bears', async () => {
    const made = accountWorld({ omniauthProviders: { github } })
    at(home)
    const link = await sameWindow(made, made.session, 'allow', { config_name: 'web' })
    at(link)
    expect(link).toContain('config=web')
    expect(await takeReturn(made.session)).toMatchObject({ kind: 'oauth' })
  })

  test('that the user declines says so, and leaves a clean address', async () => {
    const made = accountWorld({ omniauthProviders: { github } })
    at(home)
    at(await sameWindow(made, made.session, 'deny'))
    expect(await failureOf(takeReturn(made.session))).toMatchObject({
      code: 'oauth-failed',
      errors: ['access_denied'],
    })
    expect(location.href).toBe(home)
  })

  test('counts once, and not after an hour', async () => {
    const made = accountWorld({ omniauthProviders: { github } })
    at(home)
    const link = await sameWindow(made, made.session)
    at(link)
    await takeReturn(made.session)
    at(link)
    expect(await failureOf(takeReturn(made.session))).toMatchObject({ code: 'return-invalid' })
    at(home)
    const late = await sameWindow(made, made.session)
    await later(3_700_000)
    at(late)
    expect(await failureOf(takeReturn(made.session))).toMatchObject({ code: 'return-invalid' })
  })

  test('that was begun elsewhere is taken when the application says so', async () => {
    const made = accountWorld({ omniauthProviders: { github } })
    at(home)
    const link = await sameWindow(made, made.session)
    page.kept.clear()
    at(link)
    expect(await takeReturn(made.session, { unsolicited: true })).toMatchObject({ kind: 'oauth' })
  })

  test.each(['jürgen', '日本', 'Ã¼'])('of somebody whose uid is %s', async uid => {
    const made = accountWorld({ omniauthProviders: { github: { ...github, uid } } })
    at(home)
    at(await sameWindow(made, made.session))
    expect(await takeReturn(made.session)).toMatchObject({ kind: 'oauth', user: { uid } })
    await later(pause)
    expect((await made.session.fetch('/items')).status).toBe(200)
    // It is nobody else who comes a second time.
    at(await sameWindow(made, made.session))
    expect(await takeReturn(made.session)).toMatchObject({ kind: 'oauth', user: { uid } })
  })

  test('sends a config_name along that is one of the parameters', async () => {
    const made = accountWorld({ omniauthProviders: { github } })
    at(home)
    const link = await sameWindow(made, made.session, 'allow', { parameters: { config_name: 'web' } })
    expect(link).toContain('config=web')
    at(link)
    expect(await takeReturn(made.session)).toMatchObject({ kind: 'oauth' })
  })

  test('sends what it is given along', async () => {
    const made = accountWorld()
    at(home)
    let opened = ''
    void signInWithOAuth(made.session, 'git hub', {
      auth_origin_url: `${home}back`,
      config_name: 'member',
      parameters: { team: '3', omniauth_window_type: 'forged' },
      open: url => {
        opened = url
      },
    })
    await settled()
    const { pathname, searchParams } = new URL(opened)
    expect(pathname).toBe('/auth/git%20hub')
    expect(Object.fromEntries(searchParams)).toEqual({
      team: '3',
      omniauth_window_type: 'sameWindow',
      auth_origin_url: `${home}back`,
      config_name: 'member',
    })
  })
})

describe('takeCredentials', () => {
  test('signs in with what the server’s page delivered, whatever way it came', async () => {
    const made = accountWorld({ omniauthProviders: { github: { uid: '17' } } })
    const response = await follow(made, `${api}/auth/github?omniauth_window_type=inAppBrowser`)
    const [, encoded] = /decodeURIComponent\('([^']*)'\)/.exec(await response.text())!
    const message = JSON.parse(decodeURIComponent(encoded!))
    const user = await takeCredentials(made.session, message)
    expect(user).toMatchObject({ uid: '17', provider: 'github' })
    expect(JSON.stringify(made.session.getSnapshot())).not.toContain(message.auth_token)
    expect(clientsOf(made, '')).toEqual([message.client_id])
  })

  test.each([
    [null],
    ['text'],
    [{ message: 'deliverCredentials' }],
    [{ message: 'hello', auth_token: 't', client_id: 'c', uid: 'u' }],
    [{ message: 'deliverCredentials', auth_token: ' ', client_id: 'c', uid: 'u' }],
    [{ message: 'deliverCredentials', auth_token: { toString: () => 't' }, client_id: 'c', uid: 'u' }],
    [JSON.parse('{"__proto__": {"message": "deliverCredentials", "auth_token": "t"}}')],
  ])('refuses %j', async message => {
    const made = accountWorld()
    expect(await failureOf(takeCredentials(made.session, message))).toMatchObject({ code: 'return-invalid' })
    expect(made.seen).toEqual([])
    expect(made.events.map(({ type }) => type)).toEqual(['sign-in-failed'])
  })

  test.each(['jürgen', '日本'])('of somebody whose uid is %s', async uid => {
    const made = accountWorld({ omniauthProviders: { github: { uid } } })
    const link = await redirectOf(follow(made, `${api}/auth/github?auth_origin_url=${home}`))
    const message = { message: 'deliverCredentials', ...Object.fromEntries(new URL(link).searchParams) }
    expect(await takeCredentials(made.session, message)).toMatchObject({ uid })
    await later(pause)
    expect((await made.session.fetch('/items')).status).toBe(200)
  })

  test('tells why the provider refused', async () => {
    const made = accountWorld()
    const failing = takeCredentials(made.session, { message: 'authFailure', error: 'access_denied' })
    expect(await failureOf(failing)).toMatchObject({ code: 'oauth-failed', errors: ['access_denied'] })
  })
})

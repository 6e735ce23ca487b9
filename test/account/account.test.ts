import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  deleteAccount,
  linkTo,
  requestPasswordReset,
  requestUnlock,
  resendConfirmation,
  signUp,
  updateAccount,
  updatePassword,
} from '../../src/account/index.ts'
import { isTokenHandoffError, memoryStorage, type Session, type TokenHandoffError } from '../../src/index.ts'
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
  silence,
  type World,
} from '../session/given.ts'
import { accountWorld, clientsOf, cyd, eve, followMail, memberPath, signedIn } from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

describe('signUp', () => {
  test('makes an account and signs in', async () => {
    const { session, calls, events } = accountWorld()
    const { user, signedIn } = await signUp(session, { ...cyd, name: 'Cyd' })
    expect(signedIn).toBe(true)
    expect(user).toMatchObject({ email: cyd.email, uid: cyd.email, name: 'Cyd' })
    expect(session.getSnapshot()).toEqual({ status: 'signed-in', user })
    expect(calls()).toEqual(['POST /auth'])
    expect(events.map(({ type }) => type)).toEqual(['snapshot', 'signed-in'])
    await later(pause)
    expect((await session.fetch('/items')).status).toBe(200)
  })

  test('that waits for a confirmation opens no session, until it is confirmed', async () => {
    const made = accountWorld({ session: { authPath: memberPath } })
    const { session } = made
    const result = await signUp(session, cyd)
    expect(result).toMatchObject({ signedIn: false, user: { email: cyd.email } })
    expect(session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    expect(made.events).toEqual([])
    expect(await failureOf(session.signIn(cyd))).toMatchObject({ code: 'sign-in-failed', status: 401 })
    expect(await resendConfirmation(session, { email: cyd.email })).toContain('An email has been sent')
    expect(await followMail(made)).toContain('account_confirmation_success=true')
    await session.signIn(cyd)
    expect(session.getSnapshot().status).toBe('signed-in')
  })

  test('says what is wrong, as sentences and by field', async () => {
    const { session } = accountWorld()
    const error = await failureOf(
      signUp(session, { email: 'nope', password: 'short', password_confirmation: 'other' }),
    )
    expect(isTokenHandoffError(error)).toBe(true)
    expect(error).toMatchObject({
      code: 'sign-up-failed',
      status: 422,
      errors: [
        'Email is invalid',
        "Password confirmation doesn't match Password",
        'Password is too short (minimum is 6 characters)',
        'Email is not an email',
      ],
      fieldErrors: {
        email: ['is invalid', 'is not an email'],
        password: ['is too short (minimum is 6 characters)'],
        password_confirmation: ["doesn't match Password"],
      },
    })
    expect(session.getSnapshot().status).toBe('signed-out')
  })

  test('leaves a session alone that is there already when it fails', async () => {
    const { session } = await signedIn()
    await failureOf(signUp(session, bob))
    expect(await (await session.fetch('/items')).json()).toEqual({ owner: ada.email })
  })

  test('takes the place of who was signed in when it succeeds', async () => {
    const { session } = await signedIn()
    await signUp(session, cyd)
    expect(await (await session.fetch('/items')).json()).toEqual({ owner: cyd.email })
  })

  test('answered after a sign-out signs nobody in', async () => {
    const { session, server } = await signedIn()
    const held = server.hold('POST /auth')
    const failure = failureOf(signUp(session, cyd))
    await held.begun
    await session.signOut()
    held.release()
    expect(await failure).toMatchObject({ code: 'superseded' })
    expect(session.getSnapshot().status).toBe('signed-out')
    expect(server.inspect().users.map(({ email }) => email)).toContain(cyd.email)
  })

  test('answered after a later sign-in leaves that one', async () => {
    const { session, server } = accountWorld()
    const held = server.hold('POST /auth')
    const failure = failureOf(signUp(session, cyd))
    await held.begun
    await session.signIn(bob)
    held.release()
    expect(await failure).toMatchObject({ code: 'superseded' })
    expect(await (await session.fetch('/items')).json()).toEqual({ owner: bob.email })
  })

  test('answered after dispose says so, and stores nothing', async () => {
    const { session, server } = accountWorld()
    const held = server.hold('POST /auth')
    const failure = failureOf(signUp(session, cyd))
    await held.begun
    session.dispose()
    held.release()
    expect(await failure).toMatchObject({ code: 'disposed' })
    expect(session.getSnapshot().status).toBe('signed-out')
  })

  test('takes another path, further parameters and further headers', async () => {
    const { session, seen, another } = accountWorld()
    const bodies: unknown[] = []
    const other = another({
      fetch: async (input, init) => {
        bodies.push(JSON.parse(String(init?.body)), String(input), new Headers(init?.headers).get('x-locale'))
        return Response.json({ errors: ['no'] }, { status: 422 })
      },
    })
    await failureOf(
      signUp(
        other,
        { login: 'cyd', password: 'x', team: 3 },
        { path: '/register', headers: { 'x-locale': 'de' } },
      ),
    )
    expect(bodies).toEqual([{ login: 'cyd', password: 'x', team: 3 }, `${api}/auth/register`, 'de'])
    expect(seen).toEqual([])
    void session
  })
})

/** An API that is the given one until it is told to answer otherwise. */
function answeringOnce(made: World) {
  const next: Response[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => next.shift() ?? made.server.fetch(input, init)
  const page = () => new Response('<p>Log in to the Wi-Fi', { headers: { 'content-type': 'text/html' } })
  return { next, page, session: made.another({ fetch }) }
}

describe('signUp by the server’s cookie, whose answers show no headers', () => {
  const hidden = ['access-token', 'client', 'uid', 'expiry', 'token-type', 'authorization', 'set-cookie']
  function byCookie(authPath = '/auth') {
    const made = accountWorld({ cookieEnabled: true })
    let cookie = ''
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init)
      if (cookie) request.headers.set('cookie', cookie)
      const response = await made.server.fetch(request)
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
      const headers = new Headers(response.headers)
      for (const name of hidden) headers.delete(name)
      return new Response(response.body, { status: response.status, headers })
    }
    return { ...made, session: made.another({ fetch, transport: 'cookie', authPath }) }
  }

  test('signs in', async () => {
    const { session } = byCookie()
    expect(await signUp(session, cyd)).toMatchObject({ signedIn: true, user: { email: cyd.email } })
    expect(session.getSnapshot()).toMatchObject({ status: 'signed-in', user: { email: cyd.email } })
    expect(await (await session.fetch('/items')).json()).toEqual({ owner: cyd.email })
  })

  test('signs nobody in who has to confirm first, also where somebody else’s cookie is there', async () => {
    const { session } = byCookie(memberPath)
    expect(await signUp(session, cyd)).toMatchObject({ signedIn: false })
    await session.signIn({ email: eve.email, password: eve.password })
    expect(await signUp(session, { ...cyd, email: 'dan@example.com' })).toMatchObject({ signedIn: false })
    expect(session.getSnapshot().user).toMatchObject({ email: eve.email })
  })
})

describe('an answer that is none of the server’s', () => {
  test.each([
    ['signUp', 'sign-up-failed', (session: Session) => signUp(session, cyd)],
    ['updateAccount', 'account-update-failed', (session: Session) => updateAccount(session, { name: 'x' })],
    ['deleteAccount', 'account-deletion-failed', (session: Session) => deleteAccount(session)],
    ['requestPasswordReset', 'mail-failed', (session: Session) => requestPasswordReset(session, ada)],
  ] as const)('is no success of %s', async (_, code, call) => {
    silence()
    const made = accountWorld()
    const { session, next, page } = answeringOnce(made)
    await session.signIn(ada)
    const before = session.getSnapshot()
    next.push(page())
    expect(await failureOf(call(session))).toMatchObject({ code, status: 200 })
    expect(session.getSnapshot()).toBe(before)
    expect(made.server.inspect().users.map(({ email }) => email)).toContain(ada.email)
  })

  test('is not what a server without words gives: 204 is a success', async () => {
    const made = accountWorld()
    const { session, next } = answeringOnce(made)
    await session.signIn(ada)
    next.push(new Response(null, { status: 204 }))
    expect(await deleteAccount(session)).toBe('')
    expect(session.getSnapshot().status).toBe('signed-out')
  })
})

describe('an answer without the user', () => {
  test.each<[string, () => Response]>([
    ['no content', () => new Response(null, { status: 204 })],
    ['{ status }', () => Response.json({ status: 'success' })],
    ['{ success, message }', () => Response.json({ success: true, message: 'Done.' })],
    ['a list', () => Response.json({ data: 'done' })],
  ])('leaves the user that is shown: %s', async (_, answer) => {
    silence()
    for (const call of [
      (session: Session) => updateAccount(session, { name: 'x' }),
      (session: Session) => updatePassword(session, { password: 'another-one' }),
    ]) {
      const made = accountWorld()
      const { session, next } = answeringOnce(made)
      await session.signIn(ada)
      next.push(answer())
      expect(await call(session)).toMatchObject({ email: ada.email })
      expect(session.getSnapshot()).toMatchObject({ status: 'signed-in', user: { email: ada.email } })
    }
  })
})

test('parameters that are no JSON fail, and leave nothing under way', async () => {
  const { session, server, calls } = await signedIn()
  await expect(updateAccount(session, { big: 1n })).rejects.toThrow(TypeError)
  expect(calls()).toEqual([])
  // A session that has ended at the server ends here at once: no call that may bring a token is waited for.
  const { tokens, client, uid } = session.exchange.record
  const headers = { 'access-token': tokens[0]!.value, client: client!, uid: uid.value }
  await server.fetch(`${api}/auth/sign_out`, { method: 'DELETE', headers })
  const refused = session.fetch('/items')
  await later(2_000)
  expect(session.getSnapshot().status).toBe('signed-out')
  expect((await refused).status).toBe(401)
})

describe('updateAccount', () => {
  test('twice at once shows the later change, in whichever order they are answered', async () => {
    const { session, server, events } = await signedIn()
    await session.fetch('/items')
    server.delay('PUT /auth', { response: 3_000 })
    const first = updateAccount(session, { nickname: 'first' })
    await settled()
    const second = updateAccount(session, { nickname: 'second' })
    await later(5_000)
    expect(await Promise.all([first, second])).toMatchObject([{ nickname: 'first' }, { nickname: 'second' }])
    expect(session.getSnapshot().user).toMatchObject({ nickname: 'second' })
    expect(events.filter(({ type }) => type === 'account-updated')).toHaveLength(1)
    await updateAccount(session, { nickname: 'third' })
    expect(session.getSnapshot().user).toMatchObject({ nickname: 'third' })
  })

  test('changes the user, and shows it', async () => {
    const { session, calls, events } = await signedIn()
    const user = await updateAccount(session, { nickname: 'Countess' })
    expect(user).toMatchObject({ email: ada.email, nickname: 'Countess' })
    expect(session.getSnapshot().user).toEqual(user)
    expect(calls()).toEqual(['PUT /auth'])
    expect(events.at(-1)).toEqual({ type: 'account-updated', event: { user } })
  })

  test('with another email changes the uid, and the next calls carry it', async () => {
    const { session, seen } = await signedIn()
    await updateAccount(session, { email: cyd.email })
    await later(pause)
    expect(await (await session.fetch('/items')).json()).toEqual({ owner: cyd.email })
    expect(seen.at(-1)!.headers.get('uid')).toBe(cyd.email)
    await later(pause)
    expect(await session.validateToken()).toMatchObject({ uid: cyd.email })
  })

  test('says what is wrong, and the session goes on with the token that the refusal brought', async () => {
    const { session } = await signedIn()
    const error = await failureOf(updateAccount(session, { password: 'x', password_confirmation: 'x' }))
    expect(error).toMatchObject({
      code: 'account-update-failed',
      status: 422,
      errors: ['Password is too short (minimum is 6 characters)'],
      fieldErrors: { password: ['is too short (minimum is 6 characters)'] },
    })
    expect(await failureOf(updateAccount(session, {}))).toMatchObject({
      code: 'account-update-failed',
      errors: ['Please submit proper account update data in request body.'],
      fieldErrors: {},
    })
    await later(pause)
    expect((await session.fetch('/items')).status).toBe(200)
  })

  test('sends the current password where the server wants it', async () => {
    const { session } = await signedIn({ checkCurrentPasswordBeforeUpdate: 'attributes' })
    const refused = await failureOf(updateAccount(session, { nickname: 'C' }))
    expect(refused.fieldErrors).toEqual({ current_password: ["can't be blank"] })
    const user = await updateAccount(session, { nickname: 'C', current_password: ada.password })
    expect(user).toMatchObject({ nickname: 'C' })
  })

  test('when nobody is signed in asks nobody', async () => {
    const { session, seen } = accountWorld()
    for (const call of [
      updateAccount(session, { name: 'x' }),
      updatePassword(session, { password: 'x' }),
      deleteAccount(session),
    ]) {
      expect(await failureOf(call)).toMatchObject({ code: 'not-signed-in' })
    }
    expect(seen).toEqual([])
  })

  test('whose token was refused with a 404 is sent again with the newer one', async () => {
    const made = await signedIn()
    const { session, server, calls } = made
    server.delay('PUT /auth', { request: 14_000 })
    const update = updateAccount(session, { nickname: 'late' })
    await settled()
    await session.fetch('/items')
    await later(pause)
    await session.fetch('/items')
    await later(8_000)
    expect(await update).toMatchObject({ nickname: 'late' })
    expect(calls().filter(call => call === 'PUT /auth')).toHaveLength(2)
    expect(session.getSnapshot().status).toBe('signed-in')
  })

  test('to a route that is not there fails, and signs nobody out', async () => {
    const { session, events } = await signedIn()
    const call = failureOf(updateAccount(session, { name: 'x' }, { path: '/nowhere' }))
    await later(2_000)
    expect(await call).toMatchObject({ code: 'account-update-failed', status: 404 })
    expect(session.getSnapshot().status).toBe('signed-in')
    expect(events.some(({ type }) => type === 'signed-out')).toBe(false)
  })

  test('to a route that is not there, without recovery, signs nobody out either', async () => {
    const { session } = await signedIn({ session: { recovery: { path: false } } })
    const call = failureOf(updateAccount(session, { name: 'x' }, { path: '/nowhere' }))
    await later(2_000)
    expect(await call).toMatchObject({ status: 404 })
    expect(session.getSnapshot().status).toBe('signed-in')
  })

  test('is not overwritten by a validation that was asked for before and answered after', async () => {
    const { session, server } = await signedIn()
    server.delay('GET /auth/validate_token', { response: 3_000 })
    const validation = session.validateToken()
    await settled()
    await updateAccount(session, { nickname: 'new' })
    await later(4_000)
    expect(await validation).toMatchObject({ nickname: 'new' })
    expect(session.getSnapshot().user).toMatchObject({ nickname: 'new' })
    await session.validateToken()
    expect(session.getSnapshot().user).toMatchObject({ nickname: 'new' })
  })

  test('answered after somebody else signed in changes nothing', async () => {
    const { session, server, events } = await signedIn()
    const held = server.hold('PUT /auth')
    const update = updateAccount(session, { nickname: 'x' })
    await held.begun
    await session.signIn(bob)
    held.release()
    expect(await update).toMatchObject({ nickname: 'x' })
    expect(session.getSnapshot().user).toMatchObject({ email: bob.email })
    expect(events.some(({ type }) => type === 'account-updated')).toBe(false)
  })
})

describe('updatePassword', () => {
  test('changes the password of who is signed in; the confirmation need not be typed twice', async () => {
    const { session, calls } = await signedIn()
    const user = await updatePassword(session, { password: 'another-one' })
    expect(user).toMatchObject({ email: ada.email })
    expect(calls()).toEqual(['PUT /auth/password'])
    await session.signOut()
    expect(await failureOf(session.signIn(ada))).toMatchObject({ code: 'sign-in-failed' })
    await session.signIn({ ...ada, password: 'another-one' })
  })

  test('with the current password where the server wants it', async () => {
    const { session } = await signedIn({ checkCurrentPasswordBeforeUpdate: 'password' })
    const password = 'another-one'
    const without = await failureOf(updatePassword(session, { password }))
    expect(without).toMatchObject({
      code: 'password-update-failed',
      errors: ["Current password can't be blank"],
      fieldErrors: { current_password: ["can't be blank"] },
    })
    const wrong = await failureOf(updatePassword(session, { password, current_password: 'wrong' }))
    expect(wrong.errors).toEqual(['Current password is invalid'])
    await updatePassword(session, { password, current_password: ada.password })
  })

  test('with a confirmation that differs says so', async () => {
    const { session } = await signedIn()
    const error = await failureOf(
      updatePassword(session, { password: 'one-two', password_confirmation: 'x' }),
    )
    expect(error.fieldErrors).toEqual({ password_confirmation: ["doesn't match Password"] })
  })

  test('keeps the caller where the server signs the other devices out', async () => {
    const made = await signedIn({ removeTokensAfterPasswordReset: true })
    const other = made.another()
    await other.signIn(ada)
    await later(pause)
    await made.session.fetch('/items')
    await updatePassword(made.session, { password: 'another-one' })
    expect(clientsOf(made)).toHaveLength(1)
    await later(pause)
    expect((await made.session.fetch('/items')).status).toBe(200)
    expect((await other.fetch('/items')).status).toBe(401)
    expect(other.getSnapshot().status).toBe('signed-out')
  })

  test('tells that the caller was signed out by its own success', async () => {
    const made = await signedIn({ removeTokensAfterPasswordReset: true })
    await made.another().signIn(ada)
    const update = updatePassword(made.session, { password: 'another-one' })
    await later(2_000)
    await later(2_000)
    expect(await update).toMatchObject({ email: ada.email })
    expect(made.session.getSnapshot().status).toBe('signed-out')
    expect(made.events.filter(({ type }) => type === 'signed-out')).toEqual([
      { type: 'signed-out', event: { reason: 'rejected' } },
    ])
  })

  test('with the mail’s token signs in, where the server wants it so', async () => {
    const made = accountWorld({ requireClientPasswordResetToken: true })
    await requestPasswordReset(made.session, { email: ada.email })
    const { token } = made.server.inspect().mails.at(-1)!
    await followMail(made)
    const bad = updatePassword(made.session, { password: 'another-one', reset_password_token: 'forged' })
    expect(await failureOf(bad)).toMatchObject({ code: 'password-update-failed', status: 401 })
    const user = await updatePassword(made.session, { password: 'another-one', reset_password_token: token })
    expect(user).toMatchObject({ email: ada.email })
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-in', user })
    await later(pause)
    expect((await made.session.fetch('/items')).status).toBe(200)
  })
})

describe('deleteAccount', () => {
  test('signs out, with the reason, when the server has done it', async () => {
    const { session, server, events, calls } = await signedIn()
    expect(await deleteAccount(session)).toBe(`Account with UID '${ada.email}' has been destroyed.`)
    expect(calls()).toEqual(['DELETE /auth'])
    expect(session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    expect(events.at(-1)).toEqual({ type: 'signed-out', event: { reason: 'deleted' } })
    expect(server.inspect().users.map(({ email }) => email)).not.toContain(ada.email)
  })

  test('that the server refuses signs nobody out', async () => {
    const { session } = await signedIn()
    const refusing = failureOf(deleteAccount(session, { path: '/nowhere' }))
    await later(2_000)
    expect(await refusing).toMatchObject({ code: 'account-deletion-failed', status: 404 })
    expect(session.getSnapshot().status).toBe('signed-in')
  })

  test('whose answer is lost leaves it to the server to say', async () => {
    silence()
    const { session, server, events } = await signedIn()
    server.loseAnswer('DELETE /auth')
    expect(await failureOf(deleteAccount(session))).toMatchObject({ code: 'network' })
    await later(pause)
    expect(session.getSnapshot().status).toBe('signed-out')
    expect(events.filter(({ type }) => type === 'signed-out')).toHaveLength(1)
  })

  test('whose request is lost leaves the account and the session', async () => {
    const { session, server } = await signedIn()
    server.loseRequest('DELETE /auth')
    expect(await failureOf(deleteAccount(session))).toMatchObject({ code: 'network' })
    await later(pause)
    expect(session.getSnapshot().status).toBe('signed-in')
    expect((await session.fetch('/items')).status).toBe(200)
  })

  test('answered after somebody else signed in leaves that one', async () => {
    const { session, server } = await signedIn()
    const held = server.hold('DELETE /auth')
    const deleting = deleteAccount(session)
    await held.begun
    await session.signIn(bob)
    held.release()
    await deleting
    expect(session.getSnapshot()).toMatchObject({ status: 'signed-in', user: { email: bob.email } })
  })

  test.each([
    ['deletion', (session: Session) => deleteAccount(session)],
    ['update', (session: Session) => updateAccount(session, { name: 'Ada' })],
  ])('the %s leaves somebody else who signed in at the same time in another tab', async (_, call) => {
    const storage = memoryStorage()
    const storageKey = 'session'
    const made = await signedIn({ session: { storage, storageKey } })
    const { begun, release } = made.server.hold(({ url }) => new URL(url).pathname === '/auth')
    const asked = call(made.session)
    await begun
    // The other tab's sign-in opened the same epoch, and is the later one of the two.
    const elsewhere = memoryStorage()
    const other = made.another({ storage: elsewhere, storageKey })
    await failureOf(other.signIn({ ...bob, password: 'wrong' }))
    await other.signIn(bob)
    storage.setItem(storageKey, elsewhere.getItem(storageKey)!)
    await made.session.fetch('/items')
    release()
    await asked
    expect(made.session.getSnapshot().status).toBe('signed-in')
    expect(await made.session.validateToken()).toMatchObject({ email: bob.email })
    expect(made.events.filter(({ type }) => type === 'account-updated')).toEqual([])
  })
})

describe('mails', () => {
  test('a reset mail, by its link back here', async () => {
    const made = accountWorld()
    const said = await requestPasswordReset(made.session, {
      email: ada.email,
      redirect_url: 'https://app.example.com/new-password',
    })
    expect(said).toBe(
      `An email has been sent to '${ada.email}' containing instructions for resetting your password.`,
    )
    expect(await followMail(made)).toContain('https://app.example.com/new-password?access-token=')
  })

  test.each([
    ['requestPasswordReset', requestPasswordReset, 404, `Unable to find user with email 'x@example.com'.`],
    ['requestUnlock', requestUnlock, 404, 'Not Found'],
  ] as const)('%s for nobody', async (_, request, status, sentence) => {
    const error = await failureOf(request(accountWorld().session, { email: 'x@example.com' }))
    expect(error).toMatchObject({ code: 'mail-failed', status, errors: [sentence] })
  })

  test('a mail that unlocks an account, from a server that sends them', async () => {
    const asked: unknown[] = []
    const message = 'An email has been sent'
    const session = accountWorld().another({
      fetch: async (input, init) => {
        asked.push(`${init?.method} ${input}`, JSON.parse(String(init?.body)))
        return Response.json({ success: true, message })
      },
    })
    expect(await requestUnlock(session, { email: ada.email })).toBe(message)
    expect(asked).toEqual([`POST ${api}/auth/unlock`, { email: ada.email }])
  })

  test('need an email', async () => {
    const error = await failureOf(requestPasswordReset(accountWorld().session, {}))
    expect(error).toMatchObject({
      code: 'mail-failed',
      status: 401,
      errors: ['You must provide an email address.'],
    })
  })

  test('for another user type', async () => {
    const { another, server } = accountWorld()
    const members = another({ authPath: memberPath })
    await requestPasswordReset(members, { email: eve.email, config_name: 'member' })
    expect(server.inspect().mails.at(-1)!.path).toContain('/member_auth/password/edit?config=member')
  })
})

test('linkTo makes the address of a route that redirects', () => {
  const { session } = accountWorld()
  expect(linkTo(session, 'confirmation', { confirmation_token: 'a b&c', redirect_url: undefined })).toBe(
    `${api}/auth/confirmation?confirmation_token=a+b%26c`,
  )
  expect(linkTo(session, 'a/../b', {})).toBe(`${api}/auth/a/../b?`)
})

test('no error holds a token or a password', async () => {
  const { session, server } = await signedIn({ checkCurrentPasswordBeforeUpdate: 'password' })
  const errors: TokenHandoffError[] = []
  errors.push(
    await failureOf(updatePassword(session, { password: 'secret-secret', current_password: 'wrong-secret' })),
  )
  server.loseRequest('PUT /auth')
  errors.push(await failureOf(updateAccount(session, { password: 'secret-secret' })))
  errors.push(
    await failureOf(updatePassword(session, { password: 'secret-secret', reset_password_token: 'secret' })),
  )
  for (const error of errors) {
    const text = `${error} ${error.message} ${JSON.stringify(error)} ${error.stack}`
    expect(text).not.toContain('secret-secret')
    for (const { clients } of server.inspect().users)
      for (const { token } of Object.values(clients)) expect(text).not.toContain(token)
  }
})

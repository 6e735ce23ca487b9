import { describe, expect, test } from 'vitest'
import { bodyOf, EMAIL, issued, PASSWORD, type Setup, setup } from './support.ts'

const NEW = { email: 'new@example.com', password: 'secret1', password_confirmation: 'secret1' }

async function signedIn(
  options: Parameters<typeof setup>[0] = {},
): Promise<Setup & { headers: HeadersInit }> {
  const made = setup(options)
  return { ...made, headers: { ...(await made.signIn()) } }
}

describe('sign-up', () => {
  test('makes a user and signs in', async () => {
    const { send, server } = setup()
    const response = await send('POST /auth', { body: { ...NEW, email: ' New@Example.com', name: 'Ann' } })
    expect(response.status).toBe(200)
    expect(issued(response)).toBe('token')
    expect(await bodyOf(response)).toEqual({
      status: 'success',
      data: {
        id: 2,
        provider: 'email',
        uid: 'new@example.com',
        email: 'new@example.com',
        name: null,
        nickname: null,
        image: null,
        allow_password_change: false,
        created_at: '2026-01-01T00:00:00.000Z',
        updated_at: '2026-01-01T00:00:00.000Z',
      },
    })
    expect(server.inspect().users[1]).toMatchObject({ id: 2, email: 'new@example.com', confirmed: true })
  })

  test('takes further attributes where the application permits them', async () => {
    const { send } = setup({ permittedParameters: ['name'] })
    const response = await send('POST /auth', { body: { ...NEW, name: 'New', nickname: 'Nick' } })
    expect(await bodyOf(response)).toMatchObject({ data: { name: 'New', nickname: null } })
  })

  test.each([
    [
      'a taken email',
      { ...NEW, email: EMAIL },
      { email: ['has already been taken', 'has already been taken'] },
    ],
    ['a bad email', { ...NEW, email: 'nope' }, { email: ['is invalid', 'is not an email'] }],
    ['no email', { ...NEW, email: undefined }, { email: ["can't be blank"] }],
    ['no password', { email: NEW.email }, { password: ["can't be blank"] }],
    [
      'a short password',
      { ...NEW, password: 'short', password_confirmation: 'short' },
      { password: ['is too short (minimum is 6 characters)'] },
    ],
    [
      'a long password',
      { email: NEW.email, password: 'x'.repeat(129) },
      { password: ['is too long (maximum is 128 characters)'] },
    ],
    [
      'another confirmation',
      { ...NEW, password_confirmation: 'other' },
      { password_confirmation: ["doesn't match Password"] },
    ],
  ])('with %s it is refused with the errors by field', async (_, body, errors) => {
    const response = await setup().send('POST /auth', { body })
    expect(response.status).toBe(422)
    expect(issued(response)).toBe('absent')
    const answer = (await bodyOf(response)) as { data: unknown; errors: Record<string, string[]> }
    expect(answer).toMatchObject({ status: 'error', data: { id: null, uid: '', created_at: null }, errors })
    expect(Object.keys(answer.errors)).toEqual([...Object.keys(errors), 'full_messages'])
  })

  test('1.2.0 leaves the email to the gem, so each error is there once', async () => {
    const { send } = setup({ rules: '1.2.0' })
    const taken = await bodyOf(await send('POST /auth', { body: { ...NEW, email: EMAIL } }))
    expect(taken).toMatchObject({ errors: { full_messages: ['Email has already been taken'] } })
    const bad = await bodyOf(await send('POST /auth', { body: { ...NEW, email: 'nope' } }))
    expect(bad).toMatchObject({ errors: { email: ['is not an email'] } })
  })

  test('the sentences stand in the order of the checks', async () => {
    const body = { email: 'nope', password: 'x', password_confirmation: 'y' }
    expect(await bodyOf(await setup().send('POST /auth', { body }))).toMatchObject({
      errors: {
        full_messages: [
          'Email is invalid',
          "Password confirmation doesn't match Password",
          'Password is too short (minimum is 6 characters)',
          'Email is not an email',
        ],
      },
    })
  })

  test('with nothing to sign up with it says so', async () => {
    const response = await setup().send('POST /auth', { body: { confirm_success_url: 'https://a.example' } })
    expect(response.status).toBe(422)
    expect(await bodyOf(response)).toEqual({
      success: false,
      status: 'error',
      errors: ['Please submit proper sign up data in request body.'],
    })
  })
})

describe('a model whose users confirm their email', () => {
  const TARGET = 'https://app.example.com/welcome'
  const members = (options = {}) =>
    setup({ models: { Member: { authPath: '/member_auth', confirmable: true } }, ...options })

  test('sign-up waits for the mail, then sign-in works', async () => {
    const { send, server } = members()
    const signUp = await send('POST /member_auth', { body: { ...NEW, confirm_success_url: TARGET } })
    expect([signUp.status, issued(signUp)]).toEqual([200, 'absent'])
    expect(await bodyOf(signUp)).toMatchObject({ status: 'success', data: { id: 1, uid: NEW.email } })

    const early = await send('POST /member_auth/sign_in', { body: { ...NEW, password: 'whatever' } })
    expect(early.status).toBe(401)
    expect(await bodyOf(early)).toEqual({
      success: false,
      errors: [
        `A confirmation email was sent to your account at '${NEW.email}'. ` +
          'You must follow the instructions in the email before your account can be activated',
      ],
    })

    const mail = server.inspect().mails[0]!
    expect(mail).toMatchObject({ kind: 'confirmation', to: NEW.email })
    const shown = await send(`GET ${mail.path}`)
    expect([shown.status, issued(shown)]).toEqual([302, 'absent'])
    expect(shown.headers.get('location')).toBe(`${TARGET}?account_confirmation_success=true`)
    expect(issued(await send('POST /member_auth/sign_in', { body: NEW }))).toBe('token')
  })

  test('sign-up needs a place to return to', async () => {
    const { send } = members()
    const response = await send('POST /member_auth', { body: NEW })
    expect(response.status).toBe(422)
    expect(await bodyOf(response)).toMatchObject({
      success: false,
      status: 'error',
      errors: ["Missing 'confirm_success_url' parameter."],
      data: { email: NEW.email, id: null },
    })
    const withDefault = members({ defaultConfirmSuccessUrl: TARGET })
    expect((await withDefault.send('POST /member_auth', { body: NEW })).status).toBe(200)
  })

  test('a used or unknown token redirects with false; 1.2.0 does not find it', async () => {
    for (const rules of ['1.3.0', '1.2.0'] as const) {
      const { send, server } = members({ rules })
      await send('POST /member_auth', { body: { ...NEW, confirm_success_url: TARGET } })
      const { path } = server.inspect().mails[0]!
      await send(`GET ${path}`)
      const again = await send(`GET ${path}`)
      const unknown = await send(`GET /member_auth/confirmation?confirmation_token=x&redirect_url=${TARGET}`)
      const nowhere = await send('GET /member_auth/confirmation?confirmation_token=')
      expect([again.status, unknown.status, nowhere.status]).toEqual(
        rules === '1.2.0' ? [404, 404, 404] : [302, 302, 404],
      )
      if (rules === '1.3.0')
        expect(again.headers.get('location')).toBe(`${TARGET}?account_confirmation_success=false`)
    }
  })

  test('the mail can be sent once more, with the same token', async () => {
    const { send, server } = members()
    await send('POST /member_auth', { body: { ...NEW, confirm_success_url: TARGET } })
    const again = await send('POST /member_auth/confirmation', { body: { email: ' NEW@example.com' } })
    expect(await bodyOf(again)).toEqual({
      success: true,
      message: `An email has been sent to '${NEW.email}' containing instructions for confirming your account.`,
    })
    const [first, second] = server.inspect().mails
    expect(second?.token).toBe(first?.token)

    const unknown = await send('POST /member_auth/confirmation', { body: { email: 'nobody@example.com' } })
    expect(unknown.status).toBe(404)
    expect(await bodyOf(unknown)).toEqual({
      success: false,
      errors: ["Unable to find user with email 'nobody@example.com'."],
    })
    const missing = await send('POST /member_auth/confirmation', { body: { email: ' ' } })
    expect(missing.status).toBe(401)
    expect(await bodyOf(missing)).toEqual({
      success: false,
      errors: ['You must provide an email address.'],
    })
  })

  test('a model without confirmation has no such route', async () => {
    expect((await setup().send('POST /auth/confirmation', { body: { email: EMAIL } })).status).toBe(404)
  })

  test('its users are its own', async () => {
    const { send } = members()
    const body = { email: EMAIL, password: PASSWORD }
    expect((await send('POST /member_auth/sign_in', { body })).status).toBe(401)
  })
})

describe('account update', () => {
  test('a new email is a new uid, at once and for requests in flight', async () => {
    const { server, send, headers, clock } = await signedIn()
    await clock.advance(6000)
    const hold = server.hold('/items')
    const slow = send('GET /items', { headers })
    await hold.begun
    const update = await send('PUT /auth', { headers, body: { email: 'Moved@example.com' } })
    expect([update.status, update.headers.get('uid')]).toEqual([200, 'moved@example.com'])
    expect(await bodyOf(update)).toMatchObject({
      status: 'success',
      data: { uid: 'moved@example.com', updated_at: '2026-01-01T00:00:06.000Z' },
    })
    hold.release()
    const late = await slow
    expect([issued(late), late.headers.get('uid')]).toEqual(['blank', 'moved@example.com'])
    expect((await send('GET /items', { headers })).status).toBe(401)
  })

  test('what is not valid is refused, with credentials', async () => {
    const { send, headers } = await signedIn({
      users: [{ email: EMAIL, password: PASSWORD }, { email: 'bob@example.com' }],
    })
    const taken = await send('PATCH /auth', { headers, body: { email: 'bob@example.com' } })
    expect([taken.status, issued(taken)]).toEqual([422, 'blank'])
    expect(await bodyOf(taken)).toEqual({
      status: 'error',
      errors: { email: ['has already been taken'], full_messages: ['Email has already been taken'] },
    })
    const blank = await send('PATCH /auth', { headers, body: { email: null } })
    expect(await bodyOf(blank)).toMatchObject({ errors: { email: ["can't be blank"] } })
    const lonely = await send('PATCH /auth', { headers, body: { password_confirmation: 'secret1' } })
    expect(await bodyOf(lonely)).toMatchObject({
      errors: { full_messages: ["Password can't be blank", "Password confirmation doesn't match Password"] },
    })
  })

  test('1.2.0 does not look for a taken email: the database does, which is an exception', async () => {
    const { send, headers } = await signedIn({
      rules: '1.2.0',
      users: [{ email: EMAIL, password: PASSWORD }, { email: 'bob@example.com' }],
    })
    const taken = await send('PUT /auth', { headers, body: { email: 'bob@example.com' } })
    expect([taken.status, issued(taken)]).toEqual([500, 'absent'])
    const bad = await send('PUT /auth', { headers, body: { email: 'nope' } })
    expect(await bodyOf(bad)).toMatchObject({ errors: { email: ['is not an email'] } })
  })

  test('without anything to change it is refused before the credentials are looked at', async () => {
    const { send, headers } = await signedIn()
    for (const given of [headers, {}]) {
      const response = await send('PUT /auth', { headers: given, body: { colour: 'red' } })
      expect([response.status, issued(response)]).toEqual([422, 'absent'])
      expect(await bodyOf(response)).toEqual({
        success: false,
        status: 'error',
        errors: ['Please submit proper account update data in request body.'],
      })
    }
  })

  test('without good credentials there is no such user', async () => {
    const response = await setup().send('PUT /auth', { body: { password: 'secret1' } })
    expect(response.status).toBe(404)
    expect(await bodyOf(response)).toEqual({ success: false, status: 'error', errors: ['User not found.'] })
  })

  test('the current password is checked for every update, or for those with a password', async () => {
    const everything = await signedIn({
      checkCurrentPasswordBeforeUpdate: 'attributes',
      permittedParameters: ['name'],
    })
    const name = { name: 'Ann' }
    const without = await everything.send('PUT /auth', { headers: everything.headers, body: name })
    expect(await bodyOf(without)).toEqual({
      status: 'error',
      errors: { current_password: ["can't be blank"], full_messages: ["Current password can't be blank"] },
    })
    const right = { ...name, current_password: PASSWORD }
    expect((await everything.send('PUT /auth', { headers: everything.headers, body: right })).status).toBe(
      200,
    )

    const passwords = await signedIn({
      checkCurrentPasswordBeforeUpdate: 'password',
      permittedParameters: ['name'],
    })
    const put = (body: object) => passwords.send('PUT /auth', { headers: passwords.headers, body })
    expect((await put(name)).status).toBe(200)
    const wrong = await put({
      password: 'secret1',
      password_confirmation: 'other',
      current_password: 'wrong',
    })
    expect(await bodyOf(wrong)).toMatchObject({
      errors: {
        full_messages: ["Password confirmation doesn't match Password", 'Current password is invalid'],
      },
    })
    expect((await put({ ...name, current_password: 'wrong' })).status).toBe(422)
    expect((await put({ password: '', password_confirmation: '', current_password: PASSWORD })).status).toBe(
      200,
    )
    expect(
      (await passwords.send('POST /auth/sign_in', { body: { email: EMAIL, password: PASSWORD } })).status,
    ).toBe(200)
  })
})

describe('account deletion', () => {
  test('the answer, and those of requests in flight, carry no credentials', async () => {
    const { server, send, headers } = await signedIn()
    const hold = server.hold('/items')
    const slow = send('GET /items', { headers })
    await hold.begun
    const response = await send('DELETE /auth', { headers })
    expect([response.status, issued(response)]).toEqual([200, 'absent'])
    expect(await bodyOf(response)).toEqual({
      status: 'success',
      message: `Account with UID '${EMAIL}' has been destroyed.`,
    })
    hold.release()
    const late = await slow
    expect([late.status, issued(late), await bodyOf(late)]).toEqual([
      404,
      'absent',
      { status: 404, error: 'Not Found' },
    ])
    expect(server.inspect().users).toEqual([])
  })

  test('without good credentials there is nothing to delete', async () => {
    const response = await setup().send('DELETE /auth')
    expect(response.status).toBe(404)
    expect(await bodyOf(response)).toEqual({
      success: false,
      status: 'error',
      errors: ['Unable to locate account for destruction.'],
    })
  })
})

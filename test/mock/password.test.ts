import { describe, expect, test } from 'vitest'
import { bodyOf, EMAIL, issued, PASSWORD, type Setup, setup } from './support.ts'

const TARGET = 'https://app.example.com:8443/reset?lang=en'
const NEW = { password: 'secret1', password_confirmation: 'secret1' }

async function mailed(options: Parameters<typeof setup>[0] = {}): Promise<Setup & { path: string }> {
  const made = setup(options)
  await made.send('POST /auth/password', { body: { email: EMAIL, redirect_url: TARGET } })
  return { ...made, path: made.server.inspect().mails[0]!.path }
}

const signInWith = (send: Setup['send'], password: string) =>
  send('POST /auth/sign_in', { body: { email: EMAIL, password } })

describe('asking for the mail', () => {
  test('sends it, without credentials', async () => {
    const { server, send } = setup()
    const body = { email: 'ANN@example.com', redirect_url: TARGET, config_name: 'admin' }
    const response = await send('POST /auth/password', { body })
    expect([response.status, issued(response)]).toEqual([200, 'absent'])
    expect(await bodyOf(response)).toEqual({
      success: true,
      message: `An email has been sent to '${EMAIL}' containing instructions for resetting your password.`,
    })
    const mail = server.inspect().mails[0]!
    expect(mail).toMatchObject({ kind: 'reset_password', to: EMAIL })
    const query = new URL(mail.path, 'https://api.example.com').searchParams
    expect(Object.fromEntries(query)).toEqual({
      config: 'admin',
      redirect_url: TARGET,
      reset_password_token: mail.token,
    })
  })

  test.each([
    ['without a redirect', { email: EMAIL }, 401, 'Missing redirect URL.'],
    ['without an email', { redirect_url: TARGET }, 401, 'You must provide an email address.'],
    ['without both', {}, 401, 'Missing redirect URL.'],
    [
      'for nobody',
      { email: 'Nobody@example.com', redirect_url: TARGET },
      404,
      "Unable to find user with email 'nobody@example.com'.",
    ],
  ])('%s it is refused', async (_, body, status, error) => {
    const response = await setup().send('POST /auth/password', { body })
    expect(response.status).toBe(status)
    expect(await bodyOf(response)).toEqual({ success: false, errors: [error] })
  })

  test('the redirect has a default, and a whitelist', async () => {
    const byDefault = setup({ defaultPasswordResetUrl: TARGET })
    expect((await byDefault.send('POST /auth/password', { body: { email: EMAIL } })).status).toBe(200)
    const { send } = setup({ redirectWhitelist: ['https://*.example.com/*', 'myapp://exact'] })
    const ask = async (redirect_url: string) =>
      send('POST /auth/password', { body: { email: EMAIL, redirect_url } })
    expect((await ask('https://app.example.com/reset')).status).toBe(200)
    expect((await ask('myapp://exact')).status).toBe(200)
    const refused = await ask('https://example.com.evil.test/')
    expect(refused.status).toBe(422)
    expect(await bodyOf(refused)).toEqual({
      success: false,
      status: 'error',
      data: null,
      errors: ["Redirect to 'https://example.com.evil.test/' not allowed."],
    })
  })
})

describe("the mail's link", () => {
  test('redirects with credentials of a new client, whose first use rotates at once', async () => {
    const { send, path } = await mailed()
    const response = await send(`GET ${path}&config=mine`)
    expect([response.status, issued(response)]).toEqual([302, 'absent'])
    const location = new URL(response.headers.get('location')!)
    expect(location.origin + location.pathname).toBe('https://app.example.com:8443/reset')
    const query = Object.fromEntries(location.searchParams)
    expect(query).toMatchObject({ lang: 'en', reset_password: 'true', uid: EMAIL, config: 'mine' })
    expect(query.token).toBe(query['access-token'])
    expect(query.client_id).toBe(query.client)
    expect(await response.text()).toContain(
      '<a href="https://app.example.com:8443/reset?lang=en&amp;access-token=',
    )

    const headers = { 'access-token': query.token!, client: query.client!, uid: EMAIL }
    const validated = await send('GET /auth/validate_token', { headers })
    expect(issued(validated)).toBe('token')
    expect(await bodyOf(validated)).toMatchObject({ data: { allow_password_change: true } })
  })

  test('is good for six hours', async () => {
    const late = await mailed()
    await late.clock.advance(6 * 60 * 60 * 1000)
    expect((await late.send(`GET ${late.path}`)).status).toBe(302)
    await late.clock.advance(1)
    expect((await late.send(`GET ${late.path}`)).status).toBe(404)
  })

  test('with an unknown token is not found, without a redirect is refused', async () => {
    const { send } = setup()
    const unknown = await send(
      'GET /auth/password/edit?reset_password_token=x&redirect_url=https://a.example',
    )
    expect([unknown.status, await bodyOf(unknown)]).toEqual([404, { status: 404, error: 'Not Found' }])
    expect((await send('GET /auth/password/edit?reset_password_token=x')).status).toBe(401)
  })

  test('is void once the password was set', async () => {
    const { send, path } = await mailed()
    const query = new URL((await send(`GET ${path}`)).headers.get('location')!).searchParams
    const headers = { 'access-token': query.get('token')!, client: query.get('client')!, uid: EMAIL }
    expect((await send('PUT /auth/password', { headers, body: NEW })).status).toBe(200)
    expect((await send(`GET ${path}`)).status).toBe(404)
  })

  test('confirms the email as well', async () => {
    const { send, server } = setup({ confirmable: true, users: [{ email: EMAIL, confirmed: false }] })
    await send('POST /auth/password', { body: { email: EMAIL, redirect_url: TARGET } })
    await send(`GET ${server.inspect().mails[0]!.path}`)
    expect(server.inspect().users[0]?.confirmed).toBe(true)
  })
})

describe('setting the password', () => {
  async function signedIn(options: Parameters<typeof setup>[0] = {}) {
    const made = setup(options)
    return { ...made, headers: { ...(await made.signIn()) } }
  }

  test('answers with the user, and the old password is over', async () => {
    const { send, headers } = await signedIn()
    const response = await send('PATCH /auth/password', { headers, body: NEW })
    expect([response.status, issued(response)]).toEqual([200, 'blank'])
    expect(await bodyOf(response)).toMatchObject({
      success: true,
      data: { uid: EMAIL },
      message: 'Your password has been successfully updated.',
    })
    expect((await signInWith(send, PASSWORD)).status).toBe(401)
    expect((await signInWith(send, NEW.password)).status).toBe(200)
  })

  test('without good credentials is refused', async () => {
    const response = await setup().send('PUT /auth/password', { body: NEW })
    expect([response.status, issued(response)]).toEqual([401, 'absent'])
    expect(await bodyOf(response)).toEqual({ success: false, errors: ['Unauthorized'] })
  })

  test('needs both fields', async () => {
    const { send, headers } = await signedIn()
    for (const body of [{ password: 'secret1' }, { password_confirmation: 'secret1' }, {}]) {
      const response = await send('PUT /auth/password', { headers, body })
      expect([response.status, issued(response)]).toEqual([422, 'blank'])
      expect(await bodyOf(response)).toEqual({
        success: false,
        errors: ["You must fill out the fields labeled 'Password' and 'Password confirmation'."],
      })
    }
  })

  test('may sign out every other device, or this one', async () => {
    const { send, signIn, clock, server } = setup({ removeTokensAfterPasswordReset: true })
    const older = { ...(await signIn()) }
    await clock.advance(2000)
    const newer = await signIn()
    const response = await send('PUT /auth/password', { headers: older, body: NEW })
    expect([response.status, issued(response)]).toEqual([200, 'absent'])
    expect(Object.keys(server.inspect().users[0]!.clients)).toEqual([newer.client])
  })

  test('the same password again counts as a change', async () => {
    const { send, signIn, server } = setup({ removeTokensAfterPasswordReset: true })
    const first = await signIn()
    await signIn()
    const same = { password: PASSWORD, password_confirmation: PASSWORD }
    await send('PUT /auth/password', { headers: { ...first }, body: same })
    expect(Object.keys(server.inspect().users[0]!.clients)).toEqual([first.client])
  })

  test('the current password is asked for, except after the mail', async () => {
    const { send, headers } = await signedIn({ checkCurrentPasswordBeforeUpdate: 'attributes' })
    expect((await send('PUT /auth/password', { headers, body: NEW })).status).toBe(422)
    const right = { ...NEW, current_password: PASSWORD }
    expect((await send('PUT /auth/password', { headers, body: right })).status).toBe(200)

    const byMail = await mailed({ checkCurrentPasswordBeforeUpdate: 'attributes' })
    const query = new URL((await byMail.send(`GET ${byMail.path}`)).headers.get('location')!).searchParams
    const fresh = { 'access-token': query.get('token')!, client: query.get('client')!, uid: EMAIL }
    expect((await byMail.send('PUT /auth/password', { headers: fresh, body: NEW })).status).toBe(200)
  })

  test('a current password that is not asked for is an exception on the server', async () => {
    const { send, headers } = await signedIn()
    const response = await send('PUT /auth/password', {
      headers,
      body: { ...NEW, current_password: PASSWORD },
    })
    expect([response.status, issued(response)]).toEqual([500, 'absent'])
  })

  test("with the mail's token instead of credentials it signs in on a new client", async () => {
    const { send, server, path } = await mailed({ requireClientPasswordResetToken: true })
    const shown = await send(`GET ${path}`)
    const location = new URL(shown.headers.get('location')!)
    const { token } = server.inspect().mails[0]!
    expect(Object.fromEntries(location.searchParams)).toEqual({ lang: 'en', reset_password_token: token })

    const bad = { ...NEW, reset_password_token: token, password_confirmation: 'other' }
    const refused = await send('PUT /auth/password', { body: bad })
    expect([refused.status, issued(refused)]).toEqual([422, 'absent'])
    const unknown = await send('PUT /auth/password', { body: { ...NEW, reset_password_token: 'x' } })
    expect(unknown.status).toBe(401)
    const response = await send('PUT /auth/password', { body: { ...NEW, reset_password_token: token } })
    expect([response.status, issued(response)]).toEqual([200, 'token'])
    expect((await signInWith(send, NEW.password)).status).toBe(200)
  })

  test('a user of another provider has none', async () => {
    const { send, server, clock } = setup({
      users: [{ email: EMAIL, provider: 'github', uid: '42' }],
      requireClientPasswordResetToken: true,
    })
    expect((await signInWith(send, PASSWORD)).status).toBe(401)
    expect(server.inspect().users[0]?.uid).toBe('42')
    expect((await send('POST /auth/password', { body: { email: EMAIL, redirect_url: TARGET } })).status).toBe(
      404,
    )
    expect(clock.now()).toBe(server.inspect().now)
  })
})

import { describe, expect, test } from 'vitest'
import { bodyOf, credentialsOf, EMAIL, issued, PASSWORD, setup } from './support.ts'

const ANN = {
  id: 1,
  provider: 'email',
  uid: EMAIL,
  email: EMAIL,
  name: null,
  nickname: null,
  image: null,
  allow_password_change: false,
}

describe('sign-in', () => {
  test('answers with the user and with five headers and a bearer of the same', async () => {
    const { send, clock } = setup()
    const response = await send('POST /auth/sign_in', { body: { email: EMAIL, password: PASSWORD } })
    expect(response.status).toBe(200)
    expect(await bodyOf(response)).toEqual({ data: ANN })
    const shown = Object.fromEntries(
      ['access-token', 'token-type', 'client', 'expiry', 'uid'].map(name => [
        name,
        response.headers.get(name),
      ]),
    )
    expect(shown).toMatchObject({
      'token-type': 'Bearer',
      uid: EMAIL,
      expiry: String(clock.now() / 1000 + 14 * 24 * 60 * 60),
    })
    const bearer = response.headers.get('authorization')!.replace('Bearer ', '')
    expect(JSON.parse(atob(bearer))).toEqual(shown)
  })

  test('1.2.0 sends no bearer', async () => {
    const { send } = setup({ rules: '1.2.0' })
    const response = await send('POST /auth/sign_in', { body: { email: EMAIL, password: PASSWORD } })
    expect(issued(response)).toBe('token')
    expect(response.headers.has('authorization')).toBe(false)
  })

  test('the email is compared without its case and outer spaces', async () => {
    const { send } = setup()
    const body = { email: ' ANN@Example.com ', password: PASSWORD }
    expect(issued(await send('POST /auth/sign_in', { body }))).toBe('token')
  })

  test('parameters come as JSON, form, multipart, query or headers', async () => {
    const { server, send } = setup()
    const url = 'https://api.example.com/auth/sign_in'
    const fields = { email: EMAIL, password: PASSWORD }
    const form = new FormData()
    form.set('email', EMAIL)
    form.set('password', PASSWORD)
    const query = new URLSearchParams(fields)
    const answers = [
      await send('POST /auth/sign_in', { body: fields }),
      await server.fetch(url, { method: 'POST', body: query }),
      await server.fetch(url, { method: 'POST', body: form }),
      await server.fetch(`${url}?${query}`, { method: 'POST' }),
      await send('POST /auth/sign_in', { headers: fields }),
    ]
    expect(answers.map(issued)).toEqual(['token', 'token', 'token', 'token', 'token'])
  })

  test.each([
    ['a wrong password', { email: EMAIL, password: 'wrong' }],
    ['an unknown email', { email: 'nobody@example.com', password: PASSWORD }],
    ['no password', { email: EMAIL }],
    ['nothing', {}],
  ])('with %s it is refused without credentials', async (_, body) => {
    const response = await setup().send('POST /auth/sign_in', { body })
    expect(response.status).toBe(401)
    expect(issued(response)).toBe('absent')
    expect(await bodyOf(response)).toEqual({
      success: false,
      errors: ['Invalid login credentials. Please try again.'],
    })
  })

  test('GET is not supported', async () => {
    const response = await setup().send('GET /auth/sign_in')
    expect(response.status).toBe(405)
    expect(await bodyOf(response)).toEqual({
      success: false,
      errors: ['Use POST /sign_in to sign in. GET is not supported.'],
    })
  })

  test('a body that is no JSON is a bad request', async () => {
    const response = await setup().server.fetch('https://api.example.com/auth/sign_in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"email":',
    })
    expect(response.status).toBe(400)
    expect(await bodyOf(response)).toEqual({ status: 400, error: 'Bad Request' })
  })

  test('each sign-in is a client of its own; one too many evicts the oldest', async () => {
    const { send, signIn, clock } = setup({ maxNumberOfDevices: 2 })
    const first = await signIn()
    await clock.advance(1000)
    const second = await signIn()
    await clock.advance(1000)
    const third = await signIn()
    expect(new Set([first.client, second.client, third.client]).size).toBe(3)
    const statuses = []
    for (const headers of [first, second, third])
      statuses.push((await send('GET /items', { headers: { ...headers } })).status)
    expect(statuses).toEqual([401, 200, 200])
  })
})

describe('token validation', () => {
  test('answers with the user, and rotates like any request', async () => {
    const { send, signIn, clock } = setup()
    const headers = { ...(await signIn()) }
    const inside = await send('GET /auth/validate_token', { headers })
    expect(issued(inside)).toBe('blank')
    expect(await bodyOf(inside)).toEqual({ success: true, data: ANN })
    const unbatch = await send('GET /auth/validate_token?unbatch=true', { headers })
    expect(issued(unbatch)).toBe('token')
    await clock.advance(6000)
    expect(issued(await send('GET /auth/validate_token', { headers }))).toBe('token')
  })

  test('is refused without good credentials', async () => {
    const { send, signIn } = setup()
    const good = await signIn()
    for (const headers of [
      {},
      { ...good, 'access-token': 'wrong' },
      { ...good, uid: 'nobody@example.com' },
    ]) {
      const response = await send('GET /auth/validate_token', { headers })
      expect(response.status).toBe(401)
      expect(issued(response)).toBe('absent')
      expect(await bodyOf(response)).toEqual({ success: false, errors: ['Invalid login credentials'] })
    }
  })
})

describe('sign-out', () => {
  test('closes this sign-in and no other', async () => {
    const { send, signIn } = setup()
    const here = { ...(await signIn()) }
    const there = { ...(await signIn()) }
    const response = await send('DELETE /auth/sign_out', { headers: here })
    expect(response.status).toBe(200)
    expect(issued(response)).toBe('absent')
    expect(await bodyOf(response)).toEqual({ success: true })
    expect((await send('GET /items', { headers: here })).status).toBe(401)
    expect((await send('GET /items', { headers: there })).status).toBe(200)
  })

  test('is refused with 404 where nobody is signed in', async () => {
    const response = await setup().send('DELETE /auth/sign_out')
    expect(response.status).toBe(404)
    expect(await bodyOf(response)).toEqual({
      success: false,
      errors: ['User was not found or was not logged in.'],
    })
  })
})

describe('cookie mode', () => {
  const cookieOf = (response: Response) => response.headers.getSetCookie()[0]!.split(';')[0]!

  test('the credentials come as a cookie too, and a request may carry nothing else', async () => {
    const { send, clock } = setup({ cookieEnabled: true, cookieAttributes: { httpOnly: true, maxAge: 60 } })
    const first = await send('POST /auth/sign_in', { body: { email: EMAIL, password: PASSWORD } })
    expect(first.headers.has('authorization')).toBe(false)
    expect(first.headers.getSetCookie()[0]).toMatch(
      /^auth_cookie=%7B\S+; path=\/; max-age=60; HttpOnly; SameSite=Lax$/,
    )
    const batch = await send('GET /items', { headers: { cookie: cookieOf(first) } })
    expect([batch.status, issued(batch), batch.headers.getSetCookie()]).toEqual([200, 'blank', []])
    await clock.advance(6000)
    const rotated = await send('GET /items', { headers: { cookie: `other=1; ${cookieOf(first)}` } })
    expect(cookieOf(rotated)).toContain(credentialsOf(rotated)['access-token'])
  })

  test('1.2.0 sets a blank cookie on batch answers', async () => {
    const { send } = setup({ cookieEnabled: true, rules: '1.2.0' })
    const first = await send('POST /auth/sign_in', { body: { email: EMAIL, password: PASSWORD } })
    const batch = await send('GET /items', { headers: { cookie: cookieOf(first) } })
    expect(decodeURIComponent(cookieOf(batch))).toContain('"access-token":"+"')
  })

  test('sign-out drops the cookie that was sent', async () => {
    const { send } = setup({ cookieEnabled: true, cookieAttributes: { domain: 'example.com' } })
    const first = await send('POST /auth/sign_in', { body: { email: EMAIL, password: PASSWORD } })
    const out = await send('DELETE /auth/sign_out', { headers: { cookie: cookieOf(first) } })
    expect(out.headers.getSetCookie()).toEqual([
      'auth_cookie=; domain=example.com; path=/; max-age=0; expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax',
    ])
    const { signIn } = setup({ cookieEnabled: true })
    const byHeaders = setup({ cookieEnabled: true })
    const headers = { ...(await byHeaders.signIn()) }
    expect((await byHeaders.send('DELETE /auth/sign_out', { headers })).headers.getSetCookie()).toEqual([])
    expect(await signIn()).toBeDefined()
  })

  test('a cookie that is no JSON is an exception on the server', async () => {
    const { send } = setup({ cookieEnabled: true })
    expect((await send('GET /items', { headers: { cookie: 'auth_cookie=nonsense' } })).status).toBe(500)
    const off = setup()
    expect((await off.send('GET /items', { headers: { cookie: 'auth_cookie=nonsense' } })).status).toBe(401)
  })
})

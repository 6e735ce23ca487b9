/** What the recorded files do not contain, but another recording may. */
import { expect, test } from 'vitest'
import { play } from './play.ts'
import type { Scenario, Step } from './trace.ts'

const GEM = 'devise_token_auth v1.3.0'
const ABSENT = {
  token: 'absent',
  expiry: 'absent',
  client: 'absent',
  uid: 'absent',
  token_type: 'absent',
  authorization: 'absent',
}
const BODY = { password: 'password123', password_confirmation: 'password123' }
const DATA = { provider: 'email', allow_password_change: false, name: null, nickname: null, image: null }
const TIMES = { created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-01-01T00:00:00.000Z' }

const scenario = (steps: Step[], config: Record<string, unknown> = {}, gem = GEM): Scenario => ({
  name: 'made here',
  gem,
  config,
  steps,
})

const fresh = (client: string, token: string, uid: string) => {
  const fields = { token, token_type: 'Bearer', client, expiry: 1209600, uid }
  return { ...fields, authorization: fields }
}

test('a sign-up, whose row id the database chose', async () => {
  const signUp = (at: number, uid: string, id: number, n: number): Step => ({
    at,
    op: 'sign_up',
    body: { ...BODY, email: `${uid}@example.com` },
    expect: {
      status: 200,
      ...fresh(`c${n}`, `t${n}`, uid),
      body: {
        status: 'success',
        data: { ...DATA, ...TIMES, id, email: `${uid}@example.com`, uid: `${uid}@example.com` },
      },
    },
  })
  expect(await play(scenario([signUp(0, 'u3', 17, 0), signUp(0, 'u4', 18, 1)]))).toBeUndefined()
  const same = await play(scenario([signUp(0, 'u3', 17, 0), signUp(0, 'u4', 17, 1)]))
  expect(same?.differences.map(({ path }) => path)).toEqual(['body.data.id'])
})

test('a member, from the sign-up to the confirmation by mail', async () => {
  const email = 'u3@example.com'
  const target = 'http://localhost:3000/welcome'
  const link = { redirect_url: target, confirmation_token: 'mail' }
  const refused = {
    success: false,
    errors: [
      `A confirmation email was sent to your account at '${email}'. ` +
        'You must follow the instructions in the email before your account can be activated',
    ],
  }
  const model = 'Member'
  const steps: Step[] = [
    {
      at: 0,
      op: 'sign_up',
      model,
      body: { ...BODY, email, confirm_success_url: target },
      expect: {
        status: 200,
        ...ABSENT,
        body: { status: 'success', data: { ...DATA, ...TIMES, id: 1, email, uid: email } },
      },
      state: {},
    },
    {
      at: 0,
      op: 'sign_in',
      model,
      body: { email, ...BODY },
      expect: { status: 401, ...ABSENT, body: refused },
    },
    { at: 0, op: 'confirmation_request', model, body: { email }, expect: { status: 200, ...ABSENT } },
    {
      at: 0,
      op: 'confirmation_show',
      model,
      query: link,
      expect: {
        status: 302,
        ...ABSENT,
        location: { url: target, params: { account_confirmation_success: 'true' } },
      },
    },
    {
      at: 0,
      op: 'sign_in',
      model,
      body: { email, ...BODY },
      expect: { status: 200, ...fresh('c0', 't0', 'u3') },
      state: { c0: { token: 't0', previous: '?', last: null, updated_at_s: 0, expiry_s: 1209600 } },
    },
  ]
  expect(await play(scenario(steps))).toBeUndefined()
  const again = { ...steps[3]!, expect: { status: 404, ...ABSENT } }
  expect(await play(scenario([...steps.slice(0, 4), again], {}, 'devise_token_auth v1.2.0'))).toBeUndefined()
})

test('a sign-out in cookie mode drops the cookie, in whatever word', async () => {
  const credentials = { token: 't0', token_type: 'Bearer', client: 'c0', expiry: 1209600, uid: 'u0' }
  const signIn: Step = {
    at: 0,
    op: 'sign_in',
    body: { email: 'u0@example.com', password: 'password123' },
    expect: {
      status: 200,
      ...credentials,
      authorization: 'absent',
      cookie: credentials,
      cookie_attrs: 'path=/; SameSite=Lax',
    },
  }
  const signOut = (cookie: string): Step => ({
    at: 0,
    op: 'sign_out',
    send: { token: 't0', client: 'c0', uid: 'u0', via: 'cookie' },
    expect: {
      status: 200,
      ...ABSENT,
      cookie,
      cookie_attrs: 'path=/; max-age=0; expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax',
      body: { success: true },
    },
    state: {},
  })
  const config = { cookie_enabled: true }
  expect(await play(scenario([signIn, signOut('blank')], config))).toBeUndefined()
  expect(await play(scenario([signIn, signOut('deleted')], config))).toBeUndefined()
  const kept = await play(scenario([signIn, signOut('absent')], config))
  expect(kept?.differences.map(({ path }) => path)).toEqual(['cookie'])
})

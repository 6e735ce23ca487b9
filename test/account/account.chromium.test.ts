import { expect } from 'vitest'
import { test } from '../tabs/world.ts'
import { accountPage, returnedTo, snapshotOf } from './page.ts'

const email = 'new@example.com'
const password = 'password123'

test('every account call, over real CORS', async ({ api: start, serve, openTab }) => {
  const api = await start({ models: { Member: { authPath: '/member_auth', confirmable: true } } })
  const { origin } = await serve({ '/': accountPage(api.url), '/reset': accountPage(api.url) })
  const tab = await openTab(origin)
  await returnedTo(tab)
  const mail = () => `${api.url}${api.server.inspect().mails.at(-1)!.path}`

  const signedUp = await tab.evaluate(
    ([email, password]) => window.attempt(() => window.account.signUp(window.session, { email, password })),
    [email, password] as const,
  )
  expect(signedUp).toMatchObject({ result: { signedIn: true, user: { email } } })
  api.closeBuffer()

  const calls = await tab.evaluate(async () => {
    const { updateAccount, updatePassword } = window.account
    const { session, attempt } = window
    const passwords = { password: 'new-password', password_confirmation: 'other' }
    return [
      await attempt(() => updateAccount(session, { name: 'New', email: 'newer@example.com' })),
      await attempt(() => updatePassword(session, passwords)),
      await attempt(() => updatePassword(session, { password: 'new-password' })),
      await attempt(() => session.validateToken()),
    ]
  })
  expect(calls).toMatchObject([
    { result: { email: 'newer@example.com', name: 'New' } },
    {
      code: 'password-update-failed',
      status: 422,
      fieldErrors: { password_confirmation: ["doesn't match Password"] },
    },
    { result: { email: 'newer@example.com' } },
    { result: { uid: 'newer@example.com' } },
  ])

  const members = await tab.evaluate(async origin => {
    const { signUp, resendConfirmation, requestUnlock } = window.account
    const account = { email: 'm@example.com', password: 'password123' }
    return [
      await window.attempt(() => signUp(window.members, { ...account, confirm_success_url: origin })),
      await window.attempt(() =>
        resendConfirmation(window.members, { email: account.email, redirect_url: origin }),
      ),
      await window.attempt(() => requestUnlock(window.members, { email: account.email })),
    ]
  }, origin)
  expect(members).toMatchObject([
    { result: { signedIn: false } },
    { result: expect.stringContaining('An email has been sent') },
    { code: 'mail-failed', status: 404 },
  ])
  await tab.goto(mail())
  const confirmed = await returnedTo(tab)
  expect(confirmed.results[0]).toEqual({ result: { kind: 'confirmation', user: null, confirmed: true } })
  expect(tab.url()).toBe(`${origin}/`)

  await tab.evaluate(async origin => {
    await window.session.signOut()
    const parameters = { email: 'newer@example.com', redirect_url: `${origin}/reset#/form` }
    await window.account.requestPasswordReset(window.session, parameters)
  }, origin)
  await tab.goto(mail())
  const { results, routerSaw } = await returnedTo(tab)
  expect(results[0]).toMatchObject({
    result: { kind: 'password-reset', user: { email: 'newer@example.com' } },
  })
  expect([routerSaw, tab.url()]).toEqual([`${origin}/reset#/form`, `${origin}/reset#/form`])

  const last = await tab.evaluate(async () => [
    await window.attempt(() => window.account.updatePassword(window.session, { password: 'third-one' })),
    await window.attempt(() => window.account.deleteAccount(window.session)),
    await window.attempt(() => window.account.deleteAccount(window.session)),
  ])
  expect(last).toMatchObject([
    { result: { email: 'newer@example.com' } },
    { result: expect.stringContaining('destroyed') },
    { code: 'not-signed-in' },
  ])
  expect(await snapshotOf(tab)).toEqual({ status: 'signed-out', user: null })
  const sent = api.requests.flatMap(({ token }) => token ?? [])
  for (const { path } of api.requests) expect(sent.some(token => path.includes(token))).toBe(false)
})

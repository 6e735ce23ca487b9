import { afterEach, beforeEach, expect, test } from 'vitest'
import { ada, holdTime, later, letTimeGo, pause, settled, signedIn, silence, type World } from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

const clients = ({ server }: World) => Object.keys(server.inspect().users[0]!.clients)

test('a sign-out whose token was overtaken is sent again with the newer one, so that the server’s side is closed', async () => {
  const made = await signedIn({ rules: '1.2.0', session: { recovery: { path: false } } })
  // The answer with the next token is under way, and the buffer closes before it is there.
  made.server.delay('GET /items', { response: 7_000 })
  const items = made.session.fetch('/items')
  await later(6_000)
  const signingOut = made.session.signOut()
  await settled()
  expect(made.session.getSnapshot().status).toBe('signed-out')
  expect(clients(made)).toHaveLength(1)
  await later(2_000)
  expect((await items).status).toBe(200)
  await signingOut
  expect(clients(made)).toEqual([])
  expect(made.calls()).toEqual(['GET /items', 'DELETE /auth/sign_out', 'DELETE /auth/sign_out'])
  expect(made.session.getSnapshot().status).toBe('signed-out')
  expect(made.events.some(({ type }) => type === 'warning')).toBe(false)
})

test('a sign-out that the server refuses for good is not repeated, and warned of', async () => {
  const { warnings } = silence()
  const made = await signedIn()
  const { clients: before, uid } = made.server.inspect().users[0]!
  const [client, { token }] = Object.entries(before)[0]!
  await made.server.fetch('https://api.example.com/auth/sign_out', {
    method: 'DELETE',
    headers: { 'access-token': token, client, uid },
  })
  await made.session.signOut()
  expect(made.calls()).toEqual(['DELETE /auth/sign_out'])
  expect(warnings).toHaveLength(1)
  expect(made.session.getSnapshot().status).toBe('signed-out')
})

test('a sign-out does not wait for what is in flight', async () => {
  const made = await signedIn()
  const held = made.server.hold('GET /items')
  const items = made.session.fetch('/items')
  await held.begun
  await made.session.signOut()
  expect(clients(made)).toEqual([])
  held.release()
  expect((await items).status).toBe(200)
})

test('a sign-out that is repeated waits no longer than patience says', async () => {
  silence()
  const made = await signedIn({ rules: '1.2.0', session: { patience: 3_000, recovery: { path: false } } })
  made.server.delay('GET /items', { response: 60_000 })
  const items = made.session.fetch('/items')
  await later(6_000)
  const signingOut = made.session.signOut()
  await later(3_000)
  await signingOut
  expect(made.calls()).toEqual(['GET /items', 'DELETE /auth/sign_out'])
  await later(60_000)
  await items
})

test('after a sign-out the same user can sign in again at once', async () => {
  const made = await signedIn()
  const held = made.server.hold('DELETE /auth/sign_out')
  const signingOut = made.session.signOut()
  await made.session.signIn(ada)
  held.release()
  await signingOut
  await later(pause)
  expect((await made.session.fetch('/items')).status).toBe(200)
  expect(clients(made)).toHaveLength(1)
})

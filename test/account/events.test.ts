import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deleteAccount, signUp, takeCredentials, updateAccount } from '../../src/account/index.ts'
import type { SessionEvents } from '../../src/index.ts'
import { ada, bob, failureOf, holdTime, later, letTimeGo, pause, silence } from '../session/given.ts'
import { accountWorld, cyd, signedIn } from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

function reasons({ session }: ReturnType<typeof accountWorld>) {
  const seen: string[] = []
  session.on('signed-out', ({ reason }) => seen.push(reason))
  return seen
}

describe('signed-out says why', () => {
  test('expired: the server refused, and the token had outlived its time', async () => {
    const made = await signedIn({ tokenLifespan: 60, session: { recovery: { path: false } } })
    const seen = reasons(made)
    await later(120_000)
    const call = made.session.fetch('/items')
    await later(2_000)
    expect((await call).status).toBe(401)
    expect(seen).toEqual(['expired'])
  })

  test('expired, after the machine slept', async () => {
    const made = await signedIn({ tokenLifespan: 60 })
    const seen = reasons(made)
    vi.setSystemTime(Date.now() + 120_000)
    const call = made.session.fetch('/items')
    await later(5_000)
    expect((await call).status).toBe(401)
    expect(seen).toEqual(['expired'])
  })

  test('rejected: the token was not past its time', async () => {
    const made = await signedIn()
    const seen = reasons(made)
    const { record } = made.session.account().handoff
    // Signed out at the server by somebody else.
    await made.server.fetch('https://api.example.com/auth/sign_out', {
      method: 'DELETE',
      headers: {
        'access-token': record.tokens[0]!.value,
        client: record.client!,
        uid: record.uid.value,
      },
    })
    const call = made.session.fetch('/items')
    await later(2_000)
    expect((await call).status).toBe(401)
    expect(seen).toEqual(['rejected'])
  })

  test('asked, and deleted', async () => {
    const made = await signedIn()
    const seen = reasons(made)
    await made.session.signOut()
    await made.session.signIn(ada)
    await deleteAccount(made.session)
    expect(seen).toEqual(['asked', 'deleted'])
  })
})

test('validated, account-updated', async () => {
  const { session, events } = await signedIn()
  const user = await session.validateToken()
  expect(events.filter(({ type }) => type === 'validated')).toEqual([{ type: 'validated', event: { user } }])
  const changed = await updateAccount(session, { name: 'Ada' })
  expect(events.filter(({ type }) => type === 'account-updated')).toEqual([
    { type: 'account-updated', event: { user: changed } },
  ])
})

test('sign-in-failed, with the error that the caller gets; a sign-up’s form is none', async () => {
  const { session, events } = accountWorld()
  const errors = [
    await failureOf(session.signIn({ ...ada, password: 'wrong' })),
    await failureOf(takeCredentials(session, {})),
  ]
  await failureOf(signUp(session, bob))
  expect(events.map(({ type, event }) => [type, event.error])).toEqual(
    errors.map(error => ['sign-in-failed', error]),
  )
})

test('recovering, before recovered, with the attempt', async () => {
  const { session, server } = await signedIn()
  const seen: unknown[] = []
  session.on('recovering', ({ attempt }) => seen.push(`recovering ${attempt}`))
  session.on('recovered', ({ status }) => seen.push(`recovered ${status}`))
  server.loseAnswer('GET /items')
  server.loseRequest('GET /auth/validate_token')
  await session.fetch('/items').catch(() => {})
  await later(60_000)
  expect(seen.slice(0, 4)).toEqual(['recovering 1', 'recovered 0', 'recovering 2', 'recovered 200'])
})

test('a listener that throws, or never ends, harms nobody', async () => {
  const { errors } = silence()
  const { session } = accountWorld()
  const types: (keyof SessionEvents)[] = [
    'snapshot',
    'signed-in',
    'signed-out',
    'sign-in-failed',
    'validated',
    'account-updated',
    'password-reset-return',
    'sent',
    'rotated',
    'kept',
    'recovering',
  ]
  let heard = 0
  const neverEnding = () => {
    heard++
    return new Promise(() => {})
  }
  for (const type of types) {
    session.on(type, () => {
      throw new Error(`thrown at ${type}`)
    })
    session.on(type, neverEnding as () => void)
  }
  await failureOf(session.signIn({ ...ada, password: 'wrong' }))
  await signUp(session, cyd)
  await later(pause)
  await updateAccount(session, { name: 'Cyd' })
  await session.validateToken()
  await deleteAccount(session)
  expect(session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
  expect(heard).toBeGreaterThan(10)
  expect(errors).toHaveLength(heard)
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  bob,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  pause,
  settled,
  signedIn,
  stillSignedIn,
  type World,
} from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

type Late = { name: string; before?: (made: World) => Promise<unknown>; path: string; init?: RequestInit }

/** Calls that are answered only when the session that they belong to is over. */
const lateAnswers: Late[] = [
  { name: 'with a new token', path: '/items' },
  { name: 'with a blank', path: '/items', before: made => made.session.fetch('/others') },
  { name: 'of the application’s own 401', path: '/forbidden' },
  { name: 'of an exception', path: '/broken' },
  {
    name: 'with another uid',
    path: '/auth',
    init: {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"email":"ada@new.example"}',
    },
  },
]

async function inFlight(late: Late, options = {}) {
  const storage = memoryStorage()
  const made = await signedIn({ session: { storage, storageKey: 'session' }, ...options })
  await late.before?.(made)
  const held = made.server.hold(late.path)
  const answer = made.session.fetch(late.path, late.init)
  await held.begun
  return { made, held, answer, stored: () => String(storage.getItem('session')) }
}

describe('after a sign-out, a late answer', () => {
  test.each(lateAnswers)('$name revives nothing', async late => {
    const { made, held, answer, stored } = await inFlight(late)
    await made.session.signOut()
    const before = stored()
    made.events.length = 0
    held.release()
    await answer
    await settled()
    expect(stored()).toBe(before)
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    expect(made.events.map(({ type }) => type)).toEqual(['kept'])
    await made.session.fetch('/public')
    expect(made.seen.at(-1)!.token).toBeNull()
  })

  test('that is lost asks for no recovery', async () => {
    const { made, held, answer } = await inFlight(lateAnswers[0]!)
    const failed = failureOf(answer)
    await made.session.signOut()
    made.seen.length = 0
    held.releaseAndLoseAnswer()
    await failed
    await later(60_000)
    expect(made.seen).toEqual([])
  })

  test('is delivered to the application all the same', async () => {
    const { made, held, answer } = await inFlight(lateAnswers[0]!)
    await made.session.signOut()
    held.release()
    expect(await (await answer).json()).toEqual({ owner: ada.email })
  })
})

describe('after somebody else has signed in, a late answer to the first user', () => {
  test.each(lateAnswers)('$name changes nothing', async late => {
    const { made, held, answer, stored } = await inFlight(late)
    await made.session.signIn(bob)
    const before = stored()
    held.release()
    await answer
    await settled()
    expect(stored()).toBe(before)
    expect(made.session.getSnapshot().user).toMatchObject({ email: bob.email })
    await later(pause)
    expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })

  test('that is a refusal signs nobody out, and is not sent again as the other user', async () => {
    const made = await signedIn()
    made.server.delay('POST /echo', { request: 2_000 })
    const answer = made.session.fetch('/echo', { method: 'POST', body: 'ada’s' })
    await made.session.signOut()
    await made.session.signIn(bob)
    await later(2_000)
    expect((await answer).status).toBe(401)
    expect(made.ran['POST /echo']).toBeUndefined()
    expect(made.calls().filter(call => call === 'POST /echo')).toHaveLength(1)
    expect(made.session.getSnapshot().user).toMatchObject({ email: bob.email })
  })

  test('that is lost asks for no recovery', async () => {
    const { made, held, answer } = await inFlight(lateAnswers[0]!)
    const failed = failureOf(answer)
    await made.session.signIn(bob)
    held.releaseAndLoseAnswer()
    await failed
    await later(60_000)
    expect(made.calls()).not.toContain('GET /auth/validate_token')
  })

  test('changes nothing when it is the same user who signed in again', async () => {
    const { made, held, answer, stored } = await inFlight(lateAnswers[0]!)
    await made.session.signIn(ada)
    const before = stored()
    held.release()
    await answer
    expect(stored()).toBe(before)
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('a sign-in that is under way', () => {
  test('is not disturbed by a late answer of the session before', async () => {
    const { made, held, answer } = await inFlight(lateAnswers[0]!)
    await made.session.signOut()
    const signIn = made.server.hold('POST /auth/sign_in')
    const signingIn = made.session.signIn(bob)
    await signIn.begun
    held.release()
    await answer
    signIn.release()
    await signingIn
    await later(pause)
    expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
  })
})

describe('a recovery of the session before', () => {
  test('is not joined by a validation of the next', async () => {
    const made = await signedIn()
    const held = made.server.hold('/auth/validate_token')
    made.server.loseAnswer('/items')
    await failureOf(made.session.fetch('/items'))
    await later(2_000)
    expect(await held.begun).toBe(true)
    await made.session.signIn(bob)
    const validating = made.session.validateToken()
    await settled()
    held.release()
    expect(await validating).toMatchObject({ email: bob.email })
    expect(made.session.getSnapshot().user).toMatchObject({ email: bob.email })
  })
})

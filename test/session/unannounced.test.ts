import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import { ada, bob, holdTime, letTimeGo, signedIn, type World, world } from './given.ts'

/** Two holders of one storage that tell each other nothing: what one stored the other finds when it looks. */

beforeEach(holdTime)
afterEach(letTimeGo)

function two(made = world({ session: { storage: memoryStorage() } })): World & { other: World['session'] } {
  return { ...made, other: made.another() }
}

describe('what was stored elsewhere meanwhile, though nobody told,', () => {
  test('is no later than a sign-in that is asked for now', async () => {
    const { session, other } = two()
    for (let turn = 0; turn < 3; turn++) await other.signIn(ada)
    expect(await session.signIn(bob)).toMatchObject({ email: bob.email })
    expect(await (await session.fetch('/items')).json()).toEqual({ owner: bob.email })
  })

  test('takes the place of a sign-in that was asked for before', async () => {
    const made = two()
    const held = made.server.hold('/auth/sign_in')
    const late = made.session.signIn(ada).catch(error => error)
    await held.begun
    for (let turn = 0; turn < 3; turn++) await made.other.signIn(bob)
    held.release()
    expect(await late).toMatchObject({ code: 'superseded' })
    expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
  })

  test('is what a sign-out ends, here and at the server', async () => {
    const made = two()
    await made.other.signIn(ada)
    await made.session.signOut()
    expect(made.calls()).toEqual(['POST /auth/sign_in', 'DELETE /auth/sign_out'])
    expect(made.server.inspect().users[0]!.clients).toEqual({})
    await made.other.fetch('/public')
    expect(made.other.getSnapshot().status).toBe('signed-out')
  })

  test('is whom a validation tells of', async () => {
    const made = two()
    await made.other.signIn(ada)
    expect(await made.session.validateToken()).toMatchObject({ email: ada.email })
    expect(made.calls()).toEqual(['POST /auth/sign_in', 'GET /auth/validate_token'])
  })

  test('shows with the next call, as somebody else’s doing', async () => {
    const made = two()
    await made.other.signIn(ada)
    await made.session.fetch('/items')
    expect(made.events.filter(({ type }) => type === 'signed-in')).toEqual([
      { type: 'signed-in', event: { elsewhere: true } },
    ])
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-in', user: null })
    await made.other.signOut()
    await made.session.fetch('/public')
    expect(made.events.filter(({ type }) => type === 'signed-out')).toEqual([
      { type: 'signed-out', event: { reason: 'other-tab' } },
    ])
  })
})

describe('those who follow the session hear of its own calls', () => {
  const sent = ({ events }: World) => events.filter(({ type }) => type === 'sent').map(({ event }) => event)

  test('that a sign-out goes out, and where', async () => {
    const made = await signedIn()
    await made.session.signOut()
    expect(sent(made)).toMatchObject([
      { purpose: 'sign-out', method: 'DELETE', url: 'https://api.example.com/auth/sign_out' },
    ])
    expect(made.seen[0]!.headers.get('access-token')).toBeTruthy()
  })

  test('that a validation goes out, and where', async () => {
    const made = await signedIn()
    await made.session.validateToken()
    expect(sent(made)).toMatchObject([
      { purpose: 'validation', method: 'GET', url: 'https://api.example.com/auth/validate_token' },
    ])
  })
})

describe('a sign-out', () => {
  test('is sent so that it outlives the page', async () => {
    const made = await signedIn()
    const inits: RequestInit[] = []
    const session = made.another({
      storage: memoryStorage(),
      fetch: (input, init) => {
        inits.push(init!)
        return made.server.fetch(input, init)
      },
    })
    await session.signIn(ada)
    await session.signOut()
    expect(inits[1]).toMatchObject({ method: 'DELETE', keepalive: true })
  })

  test('lets go of the body that nobody reads', async () => {
    const made = await signedIn()
    let body: ReadableStream | null = null
    const session = made.another({
      storage: memoryStorage(),
      fetch: async (input, init) => {
        const response = await made.server.fetch(input, init)
        if (init?.method === 'DELETE') body = response.body
        return response
      },
    })
    await session.signIn(ada)
    await session.signOut()
    const { done } = await body!.getReader().read()
    expect(done).toBe(true)
  })
})

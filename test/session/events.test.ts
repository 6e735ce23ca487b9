import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deleteAccount } from '../../src/account/index.ts'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  pause,
  signedIn,
  silence,
  stillSignedIn,
  updateUser,
  type World,
  world,
} from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

describe('listeners', () => {
  test('hear what happens, until they are taken away', async () => {
    const { session } = await signedIn()
    const listener = vi.fn()
    const stop = session.on('sent', listener)
    await session.fetch('/items')
    expect(listener).toHaveBeenCalledWith({
      sequence: expect.any(Number),
      purpose: 'call',
      method: 'GET',
      url: 'https://api.example.com/items',
      former: undefined,
      stamped: true,
    })
    stop()
    stop()
    await session.fetch('/items')
    expect(listener).toHaveBeenCalledTimes(1)
  })

  test('that are given twice hear twice, and are taken away one by one', async () => {
    const { session } = await signedIn()
    const listener = vi.fn()
    const stopFirst = session.on('sent', listener)
    session.on('sent', listener)
    await session.fetch('/items')
    expect(listener).toHaveBeenCalledTimes(2)
    stopFirst()
    stopFirst()
    await session.fetch('/items')
    expect(listener).toHaveBeenCalledTimes(3)
  })

  test('that throw harm nobody: not the call, not the session, not other listeners', async () => {
    const { errors } = silence()
    const made = await signedIn()
    const heard: string[] = []
    const types = [
      'sent',
      'rotated',
      'kept',
      'lost',
      'rejected',
      'recovered',
      'snapshot',
      'signed-out',
    ] as const
    for (const type of types) {
      made.session.on(type, () => {
        throw new Error(`a listener of ${type}`)
      })
      made.session.on(type, () => heard.push(type))
    }
    made.session.subscribe(() => {
      throw new Error('a subscriber')
    })
    const subscriber = vi.fn()
    made.session.subscribe(subscriber)
    expect((await made.session.fetch('/items')).status).toBe(200)
    await made.session.fetch('/items')
    expect(heard).toEqual(['sent', 'rotated', 'sent', 'kept'])
    await made.session.signOut()
    expect(subscriber).toHaveBeenCalledOnce()
    expect(heard).toContain('signed-out')
    expect(String(errors[0])).toContain('a listener of sent')
  })

  test('may be taken away, and added, while they are called', async () => {
    const { session } = await signedIn()
    const heard: string[] = []
    const stop = session.on('sent', () => {
      heard.push('first')
      stop()
      session.on('sent', () => heard.push('added'))
    })
    session.on('sent', () => heard.push('second'))
    await session.fetch('/items')
    expect(heard).toEqual(['first', 'second'])
    await session.fetch('/items')
    expect(heard).toEqual(['first', 'second', 'second', 'added'])
  })

  test('may use the session: what is stored and told is the same', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ session: { storage, storageKey: 'session' } })
    const inner: Promise<Response>[] = []
    made.session.on('rotated', () => inner.push(made.session.fetch('/others')))
    const response = await made.session.fetch('/items')
    expect((await inner[0])!.status).toBe(200)
    const token = response.headers.get('access-token')
    expect(made.seen.at(-1)).toMatchObject({ path: '/others', token })
    expect(storage.getItem('session')).toContain(String(token))
    expect(await stillSignedIn(made)).toBe(true)
  })

  test.each([1, 2])('that use the session in the midst of its end leave its reason right (%d)', async nth => {
    const made = await signedIn()
    const { clients, uid } = made.server.inspect().users[0]!
    const [client, { token }] = Object.entries(clients)[0]!
    await made.server.fetch('https://api.example.com/auth/sign_out', {
      method: 'DELETE',
      headers: { 'access-token': token, client, uid },
    })
    const calls: Promise<Response>[] = []
    const recoveries: number[] = []
    made.session.on('sent', ({ purpose, sequence }) => {
      if (purpose === 'recovery') recoveries.push(sequence)
    })
    made.session.on('kept', ({ sequence }) => {
      if (sequence === recoveries[nth - 1]) calls.push(made.session.fetch('/public'))
    })
    expect((await made.session.fetch('/items')).status).toBe(401)
    expect(made.events.filter(({ type }) => type === 'signed-out')).toEqual([
      { type: 'signed-out', event: { reason: 'rejected' } },
    ])
    for (const call of calls) expect((await call).status).toBe(200)
  })

  test('hear what becomes of each request, by its number', async () => {
    const made = await signedIn()
    made.server.loseRequest('/items')
    await failureOf(made.session.fetch('/items'))
    await made.session.fetch('/others')
    const numbers = made.events.map(({ type, event }) => `${type} ${event.sequence}`)
    const [first, second] = made.events
      .filter(({ type }) => type === 'sent')
      .map(({ event }) => event.sequence)
    expect(numbers).toEqual([`sent ${first}`, `lost ${first}`, `sent ${second}`, `rotated ${second}`])
    expect(Number(second)).toBeGreaterThan(Number(first))
  })

  test('hear why a token was kept or taken', async () => {
    const made = await signedIn()
    await made.session.fetch('/items')
    await made.session.fetch('/items')
    await made.session.fetch('/public')
    expect(made.events.filter(({ type }) => type !== 'sent')).toMatchObject([
      { type: 'rotated', event: { reason: 'successor' } },
      { type: 'kept', event: { reason: 'blank' } },
      { type: 'kept', event: { reason: 'blank' } },
    ])
  })

  test('hear what a request is for', async () => {
    const made = await signedIn()
    await made.session.validateToken()
    await later(pause)
    made.server.loseAnswer('/items')
    await failureOf(made.session.fetch('/items'))
    await later(pause)
    await made.session.signOut()
    expect(made.events.filter(({ type }) => type === 'sent').map(({ event }) => event.purpose)).toEqual([
      'validation',
      'call',
      'recovery',
      'sign-out',
    ])
  })
})

describe('why a session ended is', () => {
  const reasons = ({ events }: World) =>
    events.filter(({ type }) => type === 'signed-out').map(({ event }) => event.reason)

  /** Signed in for so long that the token's time is over. */
  async function outlived(storage = memoryStorage()) {
    const made = await signedIn({ tokenLifespan: 120, session: { storage, storageKey: 'session' } })
    await later(3_600_000)
    return made
  }

  test('that it has expired, when the server refuses a token whose time is over', async () => {
    const made = await outlived()
    expect((await made.session.fetch('/items')).status).toBe(401)
    expect(reasons(made)).toEqual(['expired'])
  })

  test('that it was rejected, when the server does so while the token’s time lasts', async () => {
    const made = await signedIn({ tokenLifespan: 3_600 })
    await later(3_500_000)
    const { clients, uid } = made.server.inspect().users[0]!
    const [client, { token }] = Object.entries(clients)[0]!
    await made.server.fetch('https://api.example.com/auth/sign_out', {
      method: 'DELETE',
      headers: { 'access-token': token, client, uid },
    })
    expect((await made.session.fetch('/items')).status).toBe(401)
    expect(reasons(made)).toEqual(['rejected'])
  })

  test('that it was asked for, though the token’s time was over', async () => {
    silence()
    const made = await outlived()
    await made.session.signOut()
    expect(reasons(made)).toEqual(['asked'])
  })

  test('that another tab ended it, though the token’s time was over', async () => {
    silence()
    const storage = memoryStorage()
    const made = await outlived(storage)
    await made.another({ storage, storageKey: 'session' }).signOut()
    await made.session.fetch('/public')
    expect(reasons(made)).toEqual(['other-tab'])
  })

  test('that the account was deleted, when that was asked for', async () => {
    const made = await signedIn()
    await deleteAccount(made.session)
    expect(reasons(made)).toEqual(['deleted'])
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
  })
})

describe('the snapshot', () => {
  test('is the same object until it changes', async () => {
    const { session } = world()
    const before = session.getSnapshot()
    await session.fetch('/public')
    expect(session.getSnapshot()).toBe(before)
    await session.signIn(ada)
    const signedIn = session.getSnapshot()
    expect(signedIn).not.toBe(before)
    await later(pause)
    await session.fetch('/items')
    await session.validateToken()
    expect(session.getSnapshot()).toBe(signedIn)
    await session.signOut()
    expect(session.getSnapshot()).not.toBe(signedIn)
  })

  test('changes with the user’s data, and tells each subscriber once', async () => {
    const made = await signedIn({ permittedParameters: ['name'] })
    const before = made.session.getSnapshot()
    const subscriber = vi.fn()
    const stop = made.session.subscribe(subscriber)
    await updateUser(made.session, { name: 'Ada Lovelace' })
    expect(subscriber).not.toHaveBeenCalled()
    await made.session.validateToken()
    expect(subscriber).toHaveBeenCalledOnce()
    expect(made.session.getSnapshot()).not.toBe(before)
    expect(made.session.getSnapshot().user).toMatchObject({ name: 'Ada Lovelace' })
    stop()
    await made.session.signOut()
    expect(subscriber).toHaveBeenCalledOnce()
  })

  test('has changed already when subscribers hear of it', async () => {
    const { session } = world()
    const seen: string[] = []
    session.subscribe(() => seen.push(session.getSnapshot().status))
    await session.signIn(ada)
    await session.signOut()
    expect(seen).toEqual(['signed-in', 'signed-out'])
  })

  test('is handed to listeners, too', async () => {
    const { session, events } = world()
    await session.signIn(ada)
    const event = events.find(({ type }) => type === 'snapshot')?.event
    expect(event).toBe(session.getSnapshot())
  })
})

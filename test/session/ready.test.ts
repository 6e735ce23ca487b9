import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import { failureOf, holdTime, later, letTimeGo, settled, signedIn, silence, world } from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

/** A storage like that of a phone: each answer takes a while. */
function slowly(storage = memoryStorage()) {
  const after = <T>(act: () => T) => new Promise<T>(resolve => setTimeout(() => resolve(act()), 100))
  return {
    getItem: (key: string) => after(() => storage.getItem(key) as string | null),
    setItem: (key: string, value: string) => after(() => storage.setItem(key, value) as undefined),
    removeItem: (key: string) => after(() => storage.removeItem(key) as undefined),
  }
}

test('ready() has its answer at once where the storage has', async () => {
  const { session } = world()
  const snapshot = session.getSnapshot()
  expect(snapshot.status).toBe('signed-out')
  expect(await session.ready()).toBe(snapshot)
  const made = await signedIn()
  expect(await made.session.ready()).toBe(made.session.getSnapshot())
  expect(made.session.getSnapshot().status).toBe('signed-in')
})

test('ready() waits for an asynchronous storage, and never says that it does not know', async () => {
  const stored = memoryStorage()
  const made = await signedIn({ session: { storage: stored } })
  const next = made.another({ storage: slowly(stored) })
  expect(next.getSnapshot().status).toBe('unknown')
  let answer: unknown
  void next.ready().then(snapshot => {
    answer = snapshot
  })
  await settled()
  expect(answer).toBeUndefined()
  await later(100)
  expect(answer).toMatchObject({ status: 'signed-in' })
  expect(answer).toBe(next.getSnapshot())
})

test('ready() answers signed-out when the storage fails', async () => {
  silence()
  const failing = { ...slowly(), getItem: () => Promise.reject(new Error('no storage today')) }
  const { session } = world({ session: { storage: failing } })
  expect((await session.ready()).status).toBe('signed-out')
})

test('ready() of a disposed session says so', async () => {
  const { session } = world()
  session.dispose()
  expect((await failureOf(session.ready())).code).toBe('disposed')
})

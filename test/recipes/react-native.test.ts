import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Session } from '../../src/index.ts'
import { bySignal, keepsItsUsersSignedIn } from './suite.ts'
import { ada, signedIn, world } from './world.ts'

// The package itself needs React Native: this has the signature that it documents.
const stored = vi.hoisted(() => new Map<string, string>())
vi.mock('@react-native-async-storage/async-storage', () => ({
  default: {
    async getItem(key: string): Promise<string | null> {
      await new Promise(resolve => setTimeout(resolve, 10))
      return stored.get(key) ?? null
    },
    async setItem(key: string, value: string): Promise<void> {
      await new Promise(resolve => setTimeout(resolve, 10))
      stored.set(key, value)
    },
    async removeItem(key: string): Promise<void> {
      stored.delete(key)
    },
  },
}))

/** The app, as it is when it has just been started. */
async function start() {
  vi.resetModules()
  return (await import('../../examples/recipes/react-native.ts')) as {
    session: Session
    started: ReturnType<Session['ready']>
  }
}

const written = () => new Promise(resolve => setTimeout(resolve, 50))

beforeEach(async () => {
  await written()
  stored.clear()
})

describe('with the session in AsyncStorage', async () => {
  const { session } = await start()
  const load = async (id: number, signal: AbortSignal | null = null) =>
    (await session.fetch(`/items/${id}`, { signal })).json()

  keepsItsUsersSignedIn({ session, load: id => load(id), begin: bySignal(load) })
})

describe('an app that is started again', () => {
  test('does not know who is signed in until the storage has been read', async () => {
    const first = await start()
    expect(first.session.getSnapshot().status).toBe('unknown')
    expect((await first.started).status).toBe('signed-out')
    await signedIn(first.session)
    await written()

    const second = await start()
    expect(second.session.getSnapshot().status).toBe('unknown')
    expect((await second.started).status).toBe('signed-in')
  })

  test('goes on with the token that came last, also with calls before the storage has been read', async () => {
    const first = await start()
    const { seen, calm } = await signedIn(first.session)
    for (let id = 1; id <= 3; id++) {
      await calm()
      await first.session.fetch(`/items/${id}`)
    }
    await written()
    await calm()

    const second = await start()
    expect(second.session.getSnapshot().status).toBe('unknown')
    const responses = await Promise.all([4, 5].map(id => second.session.fetch(`/items/${id}`)))
    expect(responses.map(({ status }) => status)).toEqual([200, 200])
    expect(seen.slice(3).map(({ token }) => token)).toEqual([seen[2]!.issued, seen[2]!.issued])
  })

  test('is signed out after a sign-out', async () => {
    const first = await start()
    world()
    await first.session.signIn(ada)
    await first.session.signOut()
    await written()
    expect((await (await start()).started).status).toBe('signed-out')
  })
})

import { expect, test, vi } from 'vitest'
import { session, started } from '../../examples/recipes/react-native.ts'
import { bySignal, keepsItsUsersSignedIn } from './suite.ts'

// What the package itself offers for tests: Node has no IndexedDB. async-storage.chromium.test.ts has the real one.
vi.mock(
  '@react-native-async-storage/async-storage',
  () => import('@react-native-async-storage/async-storage/jest'),
)

const load = async (id: number, signal: AbortSignal | null = null) =>
  (await session.fetch(`/items/${id}`, { signal })).json()

test('an app that is started for the first time knows that nobody is signed in', async () => {
  expect((await started).status).toBe('signed-out')
})

keepsItsUsersSignedIn({ session, load: id => load(id), begin: bySignal(load) })

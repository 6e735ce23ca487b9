import { expect, test, vi } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import { createPersistence } from '../../src/session/persistence.ts'
import { signedIn, token } from '../core/given.ts'

const port = () => ({ warn: vi.fn(), refresh: vi.fn() })

test('a storage that answers at once is written at once, however many writes there are', () => {
  const storage = memoryStorage()
  const persistence = createPersistence(storage, 'key', vi.fn(), port())
  for (const value of ['one', 'two', 'three']) {
    persistence.write(signedIn({ tokens: [token(value)] }))
    expect(storage.getItem('key')).toContain(`"${value}"`)
  }
  expect(persistence.loading).toBeNull()
})

test('what this holder wrote itself is no news to it; what another wrote is, once', () => {
  const storage = memoryStorage()
  const found = vi.fn()
  const persistence = createPersistence(storage, 'key', found, port())
  persistence.write(signedIn())
  persistence.refresh()
  expect(found).not.toHaveBeenCalled()
  storage.setItem('key', JSON.stringify(signedIn({ epoch: 2 })))
  persistence.refresh()
  persistence.refresh()
  expect(found).toHaveBeenCalledTimes(1)
  expect(found).toHaveBeenCalledWith(signedIn({ epoch: 2 }))
})

test('what an asynchronous storage answers in time is heard, though something was written before', async () => {
  const found = vi.fn()
  const stored = signedIn({ epoch: 3 })
  const storage = { ...memoryStorage(), getItem: async () => JSON.stringify(stored), setItem: async () => {} }
  const persistence = createPersistence(storage, 'key', found, port())
  persistence.write(signedIn())
  await persistence.loading
  expect(found).toHaveBeenCalledWith(stored)
})

// @vitest-environment jsdom

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { SessionRecord } from '../../src/core/record.ts'
import { ada, silence, world } from './given.ts'

/** A tab with a sessionStorage of its own: one session with another tab only where that one was duplicated from it. */

beforeEach(silence)
afterEach(() => {
  sessionStorage.clear()
  vi.restoreAllMocks()
})

/** A tab that is signed in, and the channel by which its duplicates would tell it of what they received. */
async function tab() {
  const made = world({ session: { storage: sessionStorage, storageKey: 'session' } })
  await made.session.signIn(ada)
  const channel = new BroadcastChannel('session')
  const stored = () => JSON.parse(sessionStorage.getItem('session')!)
  const tell = async (record: SessionRecord, user?: unknown) => {
    channel.postMessage({ record, user })
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  const close = () => {
    channel.close()
    made.session.dispose()
  }
  return { ...made, stored, tell, close }
}

test('hears of a newer token of its own sign-in', async () => {
  const { session, stored, tell, close } = await tab()
  const record = stored()
  const [token] = record.tokens
  const newer = { ...token, value: 'newer', expiry: token.expiry + 9, sequence: token.sequence + 9 }
  await tell({ ...record, tokens: [newer] }, { name: 'Ada Lovelace' })
  expect(stored().tokens[0].value).toBe('newer')
  expect(session.getSnapshot().user).toEqual({ name: 'Ada Lovelace' })
  close()
})

test('does not hear of another tab’s sign-in, though that is a later one', async () => {
  const { session, stored, tell, close } = await tab()
  const record = stored()
  await tell({ ...record, epoch: record.epoch + 1, client: 'another' }, { name: 'Bob' })
  expect(stored()).toEqual(record)
  expect(session.getSnapshot().user).toMatchObject({ email: ada.email })
  close()
})

test('does not hear of another tab’s sign-out', async () => {
  const { session, stored, tell, close } = await tab()
  const record = stored()
  await tell({ ...record, epoch: record.epoch + 1, client: null, tokens: [] })
  expect(session.getSnapshot().status).toBe('signed-in')
  expect(stored()).toEqual(record)
  close()
})

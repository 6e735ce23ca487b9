import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import { ada, holdTime, later, letTimeGo, pause, silence, stillSignedIn, world } from './given.ts'

beforeEach(() => {
  holdTime()
  silence()
})
afterEach(letTimeGo)

let names = 0
/** A tab whose newest tokens have not got into the storage that all tabs see: it is full. */
async function full(rules: '1.3.0' | '1.2.0') {
  const inner = memoryStorage()
  let room = true
  const storage = {
    ...inner,
    shared: true,
    setItem(key: string, value: string) {
      if (!room) throw new DOMException('no room', 'QuotaExceededError')
      inner.setItem(key, value)
    },
  }
  const made = world({ rules, session: { storage, storageKey: `full ${names++}` } })
  await made.session.signIn(ada)
  await later(pause)
  await made.session.fetch('/items')
  room = false
  for (let i = 0; i < 3; i++) {
    await later(pause)
    expect((await made.session.fetch('/items')).status).toBe(200)
  }
  await later(pause)
  return { ...made, tab: () => made.another() }
}

test.each(['1.3.0', '1.2.0'] as const)(
  '%s: a second tab hears from the first what a full storage does not tell',
  async rules => {
    const made = await full(rules)
    const two = made.tab()
    const call = two.fetch('/items').then(r => r.status)
    await later(40_000)
    expect(await call).toBe(200)
    expect(made.session.getSnapshot().status).toBe('signed-in')
    expect(await stillSignedIn(made)).toBe(true)
  },
)

import { afterEach, beforeEach, expect, test } from 'vitest'
import { holdTime, later, letTimeGo, signedIn, silence, stillSignedIn } from './given.ts'

/**
 * A deploy raises the lifespan while an answer is slow on its way back: its token looks as if the lifespan had been
 * shortened after the stored one.
 */

beforeEach(() => {
  holdTime()
  silence()
})
afterEach(letTimeGo)

test('1.3.0: a deploy raises the lifespan while a POST is on its way back', async () => {
  const made = await signedIn({ tokenLifespan: 86_400 })
  made.server.delay('POST /echo', { response: 13_000 })
  const post = made.session.fetch('/echo', { method: 'POST', body: 'a' })
  await later(1_000)
  made.server.configure({ tokenLifespan: 1_209_600 })
  await later(5_500)
  await made.session.fetch('/items')
  await later(6_000)
  await made.session.fetch('/items')
  await later(1_000)
  expect((await post).status).toBe(200)
  expect(await stillSignedIn(made)).toBe(true)
})

test('1.2.0: the same, where the library itself recovers beside the silent POST', async () => {
  const made = await signedIn({ rules: '1.2.0', tokenLifespan: 86_400 })
  made.server.delay('POST /echo', { response: 4_000 })
  const post = made.session.fetch('/echo', { method: 'POST', body: 'a' })
  await later(1_000)
  made.server.configure({ tokenLifespan: 1_209_600 })
  await later(2_500)
  await later(1_000)
  expect((await post).status).toBe(200)
  expect(await stillSignedIn(made)).toBe(true)
})

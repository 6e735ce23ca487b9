import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  overtaken,
  pause,
  settled,
  signedIn,
  world,
} from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

describe('after dispose()', () => {
  test('nothing is left of a session that is at rest', async () => {
    const made = await signedIn()
    await made.session.fetch('/items')
    await later(pause)
    made.session.dispose()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('every call says what to do', async () => {
    const { session } = await signedIn()
    session.dispose()
    const calls = [session.fetch('/items'), session.signIn(ada), session.signOut(), session.validateToken()]
    for (const call of calls) {
      const error = await failureOf(call)
      expect(error.code).toBe('disposed')
      expect(error.message).toContain('new one')
    }
  })

  test('the stored session stays for the next', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ session: { storage } })
    made.session.dispose()
    const next = made.another({ storage })
    expect(next.getSnapshot().status).toBe('signed-in')
    expect((await next.fetch('/items')).status).toBe(200)
  })

  test('what was in flight may have rotated: the next session recovers', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ rules: '1.2.0', session: { storage } })
    made.session.fetch('/items').catch(() => {})
    made.session.dispose()
    await settled()
    const next = made.another({ storage })
    await later(4_000)
    expect(made.calls()).toEqual(['GET /items', 'GET /auth/validate_token'])
    await later(pause)
    expect((await next.fetch('/items')).status).toBe(200)
  })

  test('it can be called again', async () => {
    const { session } = await signedIn()
    session.dispose()
    expect(() => session.dispose()).not.toThrow()
  })

  test('no listener hears anything any more', async () => {
    const made = await signedIn()
    const held = made.server.hold('/items')
    const items = made.session.fetch('/items')
    await held.begun
    made.events.length = 0
    const subscriber = vi.fn()
    made.session.subscribe(subscriber)
    made.session.dispose()
    held.release()
    expect((await items).status).toBe(200)
    await settled()
    expect(made.events).toEqual([])
    expect(subscriber).not.toHaveBeenCalled()
  })

  test('a recovery that was due is not sent', async () => {
    const made = await signedIn()
    made.server.loseAnswer('/items')
    await failureOf(made.session.fetch('/items'))
    made.session.dispose()
    await later(60_000)
    expect(made.calls()).toEqual(['GET /items'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a recovery that is under way is not followed by another', async () => {
    const made = await signedIn()
    made.server.loseRequest('/auth/validate_token', { times: 100 })
    made.server.loseAnswer('/items')
    await failureOf(made.session.fetch('/items'))
    await later(3_000)
    const before = made.calls().length
    made.session.dispose()
    await later(120_000)
    expect(made.calls().length).toBe(before)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('what waits for a newer token waits no longer', async () => {
    const made = await signedIn({ rules: '1.2.0', session: { recovery: { path: false } } })
    made.server.delay('/others', { response: 20_000 })
    const others = made.session.fetch('/others')
    await later(pause)
    const items = made.session.fetch('/items')
    await settled()
    expect(made.events.at(-1)).toMatchObject({ type: 'rejected', event: { verdict: 'wait' } })
    made.session.dispose()
    expect((await items).status).toBe(401)
    await later(20_000)
    expect((await others).status).toBe(200)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a refusal that arrives is delivered at once, and waits for nothing', async () => {
    const made = await signedIn()
    const { clients, uid } = made.server.inspect().users[0]!
    const [client, { token }] = Object.entries(clients)[0]!
    made.server.delay('/items', { request: 1_000 })
    const items = made.session.fetch('/items')
    await settled()
    await made.server.fetch('https://api.example.com/auth/sign_out', {
      method: 'DELETE',
      headers: { 'access-token': token, client, uid },
    })
    made.session.dispose()
    await later(1_000)
    expect((await items).status).toBe(401)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a replay leaves no timer', async () => {
    const made = await signedIn()
    const response = overtaken(made, 'GET /echo', () => made.session.fetch('/echo'))
    await settled()
    await later(pause)
    made.session.dispose()
    await later(20_000)
    await response.catch(() => {})
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a session that came to nothing leaves nothing, too', async () => {
    const made = world()
    made.session.dispose()
    expect(vi.getTimerCount()).toBe(0)
    expect(made.seen).toEqual([])
  })
})

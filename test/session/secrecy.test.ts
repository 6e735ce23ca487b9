import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  bob,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  overtaken,
  pause,
  settled,
  signedIn,
  silence,
} from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

/**
 * A session that goes through everything: rotations, batches, refusals, replays, losses, recoveries, a conflict,
 * two users, an end. All that it says on the way is searched for the tokens that it held.
 */
test.each(['headers', 'bearer'] as const)(
  'no token is in any message, event, log or URL (%s)',
  async transport => {
    const said = silence()
    const logs = (['log', 'info', 'debug', 'trace'] as const).map(method =>
      vi.spyOn(console, method).mockImplementation(() => {}),
    )
    const tokens = new Set<string>()
    const errors: unknown[] = []
    const urls: string[] = []
    const storage = memoryStorage()
    const setItem = storage.setItem
    let full = false
    storage.setItem = (key, value) => {
      if (full) throw new Error('full')
      return setItem(key, value)
    }

    const made = await signedIn({
      session: { storage, transport, recovery: { path: '/auth/validate_token?unbatch=true' } },
    })
    made.session.on('sent', () => {
      throw new Error('a listener')
    })
    const collect = () => {
      for (const { clients } of made.server.inspect().users) {
        for (const { token, previous, last } of Object.values(clients)) {
          for (const value of [token, previous, last]) if (value) tokens.add(value)
        }
      }
    }
    made.server.on(collect)
    collect()

    await Promise.all([made.session.fetch('/items'), made.session.fetch('/others')])
    await later(pause)
    await overtaken(made, 'POST /echo', () => made.session.fetch('/echo', { method: 'POST', body: 'a' }))
    await later(pause)
    made.server.loseAnswer('/items')
    errors.push(await failureOf(made.session.fetch('/items')))
    await later(pause)
    await made.session.validateToken()
    made.server.configure({ tokenLifespan: 3_600 })
    await later(pause)
    await made.session.fetch('/items')
    await later(pause)
    errors.push(await failureOf(made.session.fetch('/items', { signal: AbortSignal.abort() })))
    errors.push(await failureOf(made.session.signIn({ ...bob, password: 'wrong' })))
    full = true
    await later(pause)
    await made.session.fetch('/items')
    made.server.loseRequest('DELETE /auth/sign_out')
    await made.session.signOut()
    await made.session.signIn(ada)
    await later(pause)
    made.server.loseRequest('/auth/validate_token')
    errors.push(await failureOf(made.session.validateToken()))
    await later(pause)
    made.session.dispose()
    errors.push(await failureOf(made.session.fetch('/items')))
    await settled()
    urls.push(...made.seen.map(({ url }) => url))

    expect(tokens.size).toBeGreaterThan(8)
    const types = new Set(made.events.map(({ type }) => type))
    expect([...types].sort()).toEqual(
      [
        'kept',
        'lost',
        'recovered',
        'rejected',
        'rotated',
        'sent',
        'signed-in',
        'signed-out',
        'snapshot',
        'warning',
      ].sort(),
    )
    expect(said.warnings.length).toBeGreaterThanOrEqual(2)
    expect(said.errors.length).toBeGreaterThan(0)
    const everything = inspect(
      [made.events, said, logs.map(({ mock }) => mock.calls), errors, errors.map(String), urls, made.session],
      { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null },
    )
    const bearers = [...tokens].map(token => btoa(`{"access-token":"${token}"`).slice(20, 40))
    for (const secret of [...tokens, ...bearers]) expect(everything).not.toContain(secret)
    const events = made.events.filter(({ type }) => type !== 'snapshot')
    for (const { uid } of made.server.inspect().users) expect(JSON.stringify(events)).not.toContain(uid)
  },
)

// Many loggers write all that they are given as JSON.
test('a session that is written as JSON while it is signed in tells no token', async () => {
  const { session, server } = await signedIn()
  const { clients, uid } = server.inspect().users[0]!
  const json = JSON.stringify(session)
  for (const secret of [uid, ...Object.values(clients).map(({ token }) => token)]) {
    expect(json).not.toContain(secret)
  }
  expect(session.exchange.record.tokens).toHaveLength(1)
})

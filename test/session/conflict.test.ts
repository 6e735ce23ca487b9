import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  holdTime,
  later,
  letTimeGo,
  loseAnswer,
  pause,
  record,
  settled,
  signedIn,
  stillSignedIn,
  updateUser,
  type World,
} from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

const reasons = ({ events }: Pick<World, 'events'>) =>
  events.filter(({ type }) => type === 'rotated' || type === 'kept').map(({ event }) => event.reason)

/** A browser's HTTP cache that keeps GET /cached for ever. */
async function withCache(options: Parameters<typeof signedIn>[0] = {}) {
  const lasting = () =>
    Response.json('cached', { headers: { 'cache-control': 'private, max-age=31556952, must-revalidate' } })
  const made = await signedIn({ routes: { 'GET /cached': lasting }, ...options })
  let kept: Response | null = null
  let hits = 0
  const page = {
    storage: memoryStorage(),
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init)
      made.seen.push({
        method: request.method,
        url: request.url,
        path: new URL(request.url).pathname,
        headers: request.headers,
        token: request.headers.get('access-token'),
      })
      const cacheable = request.url.endsWith('/cached') && request.cache === 'default'
      if (cacheable && kept) {
        hits++
        return kept.clone()
      }
      const response = await made.server.fetch(request)
      if (cacheable) kept = response.clone()
      return response
    },
  }
  const session = made.another(page)
  const events = record(session)
  await session.signIn(ada)
  await later(pause)
  return { ...made, session, events, hits: () => hits, nextPage: () => made.another(page) }
}

describe.each([{}, { recovery: { path: false as const } }])(
  'an old response out of an HTTP cache (%j)',
  session => {
    test.each(['1.3.0', '1.2.0'] as const)('does no harm under the rules %s', async rules => {
      const made = await withCache({ rules, session })
      await made.session.fetch('/cached')
      await later(pause)
      await made.session.fetch('/items')
      await later(pause)
      expect(await (await made.session.fetch('/cached')).json()).toBe('cached')
      expect(made.hits()).toBe(1)
      expect(reasons(made)).toEqual(['successor', 'successor', 'older'])
      await settled()
      expect(await stillSignedIn(made)).toBe(true)
    })

    test('does no harm when it comes again and again', async () => {
      const made = await withCache({ session })
      for (let turn = 0; turn < 10; turn++) {
        await made.session.fetch('/cached')
        await later(3_000)
        await made.session.fetch('/items')
        await later(3_000)
      }
      expect(made.hits()).toBe(9)
      expect(await stillSignedIn(made)).toBe(true)
    })
  },
)

describe('an old response out of an HTTP cache', () => {
  test('costs nothing where its token was held before, or is a spare', async () => {
    const made = await withCache()
    await made.session.fetch('/cached')
    for (const wait of [pause, 1_500, 1_500, pause]) {
      await later(wait)
      await made.session.fetch('/items')
      await made.session.fetch('/cached')
    }
    expect(made.hits()).toBe(4)
    await later(2_000)
    expect(made.calls()).not.toContain('GET /auth/validate_token')
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('of an earlier page is settled by one recovery, which no cache can answer', async () => {
    const made = await withCache()
    await made.session.fetch('/cached')
    await later(pause)
    await made.session.fetch('/items')
    await later(pause)
    made.session.dispose()
    const session = made.nextPage()
    const events = record(session)
    made.seen.length = 0
    await session.fetch('/cached')
    expect(reasons({ events })).toEqual(['conflict'])
    await later(2_000)
    expect(made.calls()).toEqual(['GET /cached', 'GET /auth/validate_token'])
    await later(pause)
    await session.fetch('/cached')
    await later(2_000)
    expect(made.calls()).toEqual(['GET /cached', 'GET /auth/validate_token', 'GET /cached'])
    expect(await stillSignedIn({ ...made, session })).toBe(true)
  })

  test('of a sign-in before this one is nobody’s', async () => {
    const made = await withCache()
    await made.session.fetch('/cached')
    await made.session.signOut()
    await made.session.signIn(ada)
    await later(pause)
    made.events.length = 0
    await made.session.fetch('/cached')
    expect(reasons(made)).toEqual(['other-session'])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is not suspected of a request that no cache can have answered', async () => {
    const made = await withCache()
    await made.session.fetch('/cached', { cache: 'no-store' })
    await made.session.fetch('/cached', { cache: 'reload' })
    await made.session.fetch('/cached', { cache: 'no-cache' })
    expect(made.hits()).toBe(0)
    expect(reasons(made)).not.toContain('conflict')
  })
})

describe.each(['1.3.0', '1.2.0'] as const)('an answer out of an HTTP cache, under the rules %s,', rules => {
  test('says nothing of the server’s buffer: what is lost after it is recovered', async () => {
    const made = await withCache({ rules })
    await made.session.fetch('/cached')
    await later(pause)
    await made.session.fetch('/cached')
    expect(made.hits()).toBe(1)
    expect(reasons(made)).toEqual(['successor', 'same'])
    await loseAnswer(made)
    await later(pause)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('does not make good what was lost before it', async () => {
    const made = await withCache({ rules })
    await made.session.fetch('/cached')
    await later(pause)
    await loseAnswer(made)
    await made.session.fetch('/cached')
    expect(made.hits()).toBe(1)
    await later(pause)
    expect(await stillSignedIn(made)).toBe(true)
  })
})

test('an old answer out of an HTTP cache does not bring back an email that was changed since', async () => {
  const made = await withCache()
  await made.session.fetch('/cached')
  await later(pause)
  const email = 'countess@example.com'
  await updateUser(made.session, { email })
  for (let turn = 0; turn < 2; turn++) {
    await later(pause)
    await made.session.fetch('/cached')
  }
  expect(made.hits()).toBe(2)
  made.seen.length = 0
  await made.session.fetch('/items')
  expect(made.seen.map(({ path, headers }) => [path, headers.get('uid')])).toEqual([['/items', email]])
})

describe.each(['1.3.0', '1.2.0'] as const)('a lifespan that a deploy lowers, under the rules %s,', rules => {
  test('is noticed at the next GET, and settled by a recovery', async () => {
    const made = await signedIn({ rules })
    made.server.configure({ tokenLifespan: 3_600 })
    expect((await made.session.fetch('/items')).status).toBe(200)
    expect(reasons(made)).toContain('conflict')
    await later(2_000)
    expect(made.calls()).toEqual(['GET /items', 'GET /auth/validate_token'])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test.each<[string, RequestInit]>([
    ['a POST', { method: 'POST', body: 'a' }],
    ['a GET with cache: no-store', { cache: 'no-store' }],
    ['a GET with cache: reload', { cache: 'reload' }],
    ['a GET with cache: no-cache', { cache: 'no-cache' }],
  ])('is accepted at once from %s, which no cache can answer', async (_, init) => {
    const made = await signedIn({ rules })
    made.server.configure({ tokenLifespan: 3_600 })
    await made.session.fetch('/echo', init)
    expect(reasons(made)).toEqual(['successor'])
    expect(made.calls()).toHaveLength(1)
    expect(await stillSignedIn(made)).toBe(true)
    expect(made.calls()).toHaveLength(3)
  })

  test('is survived without recovery, too', async () => {
    const made = await signedIn({ rules, session: { recovery: { path: false } } })
    made.server.configure({ tokenLifespan: 3_600 })
    await made.session.fetch('/items')
    expect(await stillSignedIn(made)).toBe(true)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is survived with calls in flight on both sides of the deploy', async () => {
    const made = await signedIn({ rules })
    const held = made.server.hold('/others')
    const others = made.session.fetch('/others')
    await held.begun
    made.server.configure({ tokenLifespan: 3_600 })
    await made.session.fetch('/items')
    await later(2_000)
    held.release()
    await others
    expect(await stillSignedIn(made)).toBe(true)
  })
})

test.each([
  ['1.3.0', false],
  ['1.2.0', false],
  ['1.3.0', true],
  ['1.2.0', true],
] as const)(
  '%s, reload %s: an old answer out of a cache, from before a deploy that shortened the lifespan, is not taken',
  async (rules, reload) => {
    const made = await withCache({ rules })
    await made.session.fetch('/cached')
    for (let i = 0; i < 2; i++) {
      await later(pause)
      await made.session.fetch('/items')
    }
    made.server.configure({ tokenLifespan: 86_400 })
    for (let i = 0; i < 3; i++) {
      await later(pause)
      await made.session.fetch('/echo', { method: 'POST' })
    }
    let { session, events } = made
    if (reload) {
      made.session.dispose()
      session = made.nextPage()
      events = record(session)
    }
    const newest = session.exchange.record.tokens[0]!.value
    await later(pause)
    await session.fetch('/cached')
    expect(session.exchange.record.tokens[0]!.value).toBe(newest)
    expect(await stillSignedIn({ session, events })).toBe(true)
  },
)

test.each(['1.3.0', '1.2.0'] as const)(
  '%s: a cached answer of the same second as the recovery',
  async rules => {
    const made = await withCache({ rules })
    await made.session.fetch('/cached')
    // The application validates, with unbatch: it rotates inside the same second.
    await made.session.fetch('/auth/validate_token?unbatch=true')
    const newest = made.session.exchange.record.tokens[0]!.value
    await made.session.fetch('/cached')
    expect(made.session.exchange.record.tokens[0]!.value).toBe(newest)
    expect(await stillSignedIn(made)).toBe(true)
  },
)

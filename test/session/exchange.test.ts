import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  api,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  pause,
  settled,
  signedIn,
  silence,
  type World,
} from './given.ts'

/** The path that every adapter uses: what it may leave out, and what its answers mean. */

beforeEach(holdTime)
afterEach(() => {
  vi.unstubAllGlobals()
  letTimeGo()
})

const nothing = { header: () => null }

/** Ends this client's session at the server, as an administrator does. */
async function endAtServer(made: World) {
  const { clients, uid } = made.server.inspect().users[0]!
  const [client, { token }] = Object.entries(clients)[0]!
  const headers = { 'access-token': token, client, uid }
  await made.server.fetch(`${api}/auth/sign_out`, { method: 'DELETE', headers })
}

describe('what an adapter does not say of a request', () => {
  test('is that of a plain GET', async () => {
    const made = await signedIn()
    const { exchange } = made.session
    const { ticket, headers } = exchange.begin({})!
    expect(ticket).toMatchObject({ purpose: 'call', cacheable: true, replayable: true })
    expect(Object.keys(headers)).toEqual(['access-token', 'client', 'uid'])
    expect(made.events[0]).toMatchObject({
      type: 'sent',
      event: { method: 'GET', purpose: 'call', stamped: true },
    })
  })

  test.each([
    [{ method: 'GET' }, true],
    [{ method: 'HEAD' }, true],
    [{ method: 'POST' }, false],
    [{ method: 'DELETE', cache: 'default' }, false],
    [{ cache: 'force-cache' }, true],
    [{ cache: 'only-if-cached' }, true],
    [{ cache: 'no-store' }, false],
    [{ cache: 'reload' }, false],
    [{ cache: 'no-cache' }, false],
    [{ method: 'POST', cache: 'force-cache' }, false],
  ])('%j: whether a cache can have answered: %j', async (traits, cacheable) => {
    const { session } = await signedIn()
    expect(session.exchange.begin(traits)!.ticket.cacheable).toBe(cacheable)
  })

  test.each([[true], [false]])('whether it can be sent again: %j', async replayable => {
    const { session } = await signedIn()
    expect(session.exchange.begin({ replayable })!.ticket.replayable).toBe(replayable)
    expect(session.exchange.begin({ replayable, callersHeader: () => null })!.ticket.replayable).toBe(
      replayable,
    )
  })

  test.each([['access-token'], ['client'], ['uid']])(
    'it is not sent again when the caller set %s',
    async name => {
      const { session } = await signedIn()
      const { ticket } = session.exchange.begin({
        callersHeader: asked => (asked === name ? '' : undefined),
      })!
      expect(ticket.replayable).toBe(false)
      expect(ticket.token).toBe('')
    },
  )

  test('it is sent again when the caller set headers that are not stamped', async () => {
    const { session } = await signedIn()
    const { ticket } = session.exchange.begin({
      callersHeader: asked => (asked === 'authorization' ? 'Basic for a proxy' : null),
    })!
    expect(ticket.replayable).toBe(true)
    expect(ticket.token).toBe(session.exchange.record.tokens[0]!.value)
  })

  test('when nobody is signed in there is nothing to stamp', async () => {
    const { session } = await signedIn()
    await session.signOut()
    expect(session.exchange.begin({})).toBeNull()
  })
})

describe('an answer that shows no token', () => {
  const elsewhere = () => vi.stubGlobal('location', new URL('https://app.example.com/'))

  async function warned(status: number, redirected?: boolean) {
    const { warnings } = silence()
    const made = await signedIn()
    elsewhere()
    const session = made.another({ storage: memoryStorage() })
    // Signed in by an account call, which no exchange has settled.
    await session.signIn(ada)
    const { exchange } = session
    await exchange.settle(exchange.begin({})!, { status, ...nothing, redirected })
    return warnings.length
  }

  test.each([
    [199, 0],
    [200, 1],
    [204, 1],
    [299, 1],
    [300, 0],
    [404, 0],
    [500, 0],
  ])('of status %d is warned of %d times', async (status, times) => {
    expect(await warned(status)).toBe(times)
  })

  test('after a redirect is not warned of: that may have led to anywhere', async () => {
    expect(await warned(200, true)).toBe(0)
  })

  test('is not warned of when another has shown one', async () => {
    const { warnings } = silence()
    const made = await signedIn()
    elsewhere()
    const session = made.another({ storage: memoryStorage() })
    await session.signIn(ada)
    await session.fetch('/items')
    const { exchange } = session
    await exchange.settle(exchange.begin({})!, { status: 200, ...nothing })
    expect(warnings).toEqual([])
  })

  test('is not warned of where the cookie holds it', async () => {
    const { warnings } = silence()
    const made = await signedIn()
    elsewhere()
    const session = made.another({ storage: memoryStorage(), transport: 'cookie' })
    await session.signIn(ada)
    const { exchange } = session
    await exchange.settle(exchange.begin({})!, { status: 200, ...nothing })
    expect(warnings).toEqual([])
  })
})

describe('a request that is refused', () => {
  const impatient = { recovery: { path: false as const }, patience: 1_000 }

  test('and waits is told of each time it is judged anew, with what it waits for', async () => {
    const made = await signedIn({ session: impatient })
    made.server.hold('/others')
    void made.session.fetch('/others')
    await settled()
    await endAtServer(made)
    const items = made.session.fetch('/items')
    await settled()
    const told = () => made.events.filter(({ type }) => type === 'rejected').map(({ event }) => event)
    expect(told()).toMatchObject([{ verdict: 'wait', reason: 'in-flight' }])
    await later(999)
    expect(told()).toHaveLength(1)
    await later(10)
    expect((await items).status).toBe(401)
    expect(told().map(({ verdict }) => verdict)).not.toContain('deliver')
  })

  test('waits once for all of its replays', async () => {
    const made = await signedIn({ session: impatient })
    made.server.hold('/others')
    void made.session.fetch('/others')
    await settled()
    await endAtServer(made)
    let status = 0
    void made.session.fetch('/items').then(response => {
      status = response.status
    })
    // It is sent again when the time is up, is refused again, and waits for nothing any more.
    await later(1_001)
    expect(made.calls().filter(call => call === 'GET /items').length).toBeGreaterThan(1)
    expect(status).toBe(401)
  })

  test('waits once for all of its replays, though the clock is put back meanwhile', async () => {
    const made = await signedIn({ session: impatient })
    made.server.hold('/others')
    void made.session.fetch('/others')
    await settled()
    await endAtServer(made)
    let status = 0
    void made.session.fetch('/items').then(response => {
      status = response.status
    })
    await settled()
    vi.setSystemTime(Date.now() - 60_000)
    await later(1_001)
    expect(status).toBe(401)
  })

  test('for its own reasons is told of as delivered, and why', async () => {
    const made = await signedIn()
    const body = new Blob(['stream']).stream()
    await endAtServer(made)
    await made.session.fetch('/echo', { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect(made.events.filter(({ type }) => type === 'rejected')).toEqual([])
    expect(made.events.map(({ type }) => type)).toContain('kept')
  })

  test('reads first what other tabs have stored', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ rules: '1.2.0', session: { storage, ...impatient } })
    const other = made.another({ storage })
    made.server.delay('/items', { request: 14_000 })
    const items = made.session.fetch('/items')
    await settled()
    await other.fetch('/others')
    await later(pause)
    await other.fetch('/others')
    await later(8_000)
    expect((await items).status).toBe(200)
  })
})

describe('a request that got no answer', () => {
  test('is told of, with whether it leaves a doubt', async () => {
    const made = await signedIn()
    made.server.loseAnswer('/items')
    await failureOf(made.session.fetch('/items'))
    expect(made.events.at(-1)).toEqual({ type: 'lost', event: { sequence: expect.any(Number), doubt: true } })
  })

  test('leaves no doubt when it is told of twice', async () => {
    const made = await signedIn()
    const { exchange } = made.session
    const flight = exchange.begin({})!
    exchange.lose(flight)
    exchange.lose(flight)
    const doubts = made.events.filter(({ type }) => type === 'lost').map(({ event }) => event.doubt)
    expect(doubts).toEqual([true, false])
  })
})

test('a validation, which no cache can answer, accepts at once that a deploy has lowered the lifespan', async () => {
  const made = await signedIn()
  made.server.configure({ tokenLifespan: 3_600 })
  await made.session.validateToken()
  expect(made.events.filter(({ type }) => type === 'rotated')).toMatchObject([
    { event: { reason: 'successor' } },
  ])
  expect(made.calls()).toEqual(['GET /auth/validate_token'])
})

test('an exchange shows its record when it is asked for it, and to nobody who only lists it', async () => {
  const { session } = await signedIn()
  expect(session.exchange.record.client).toBeTruthy()
  expect(Object.keys(session.exchange)).not.toContain('record')
  expect(session.exchange.linger).toBe(10_000)
})

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLog, type LogEvent, type LogFile, parseLog } from '../../src/timeline/index.ts'
import { failureOf, holdTime, later, letTimeGo, pause, settled } from '../session/given.ts'
import { followed } from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

describe('the log says of a request', () => {
  test('when and where it went, with which token, and which one it brought', async () => {
    const { session, log, of } = await followed()
    const start = Date.now()
    await session.fetch('/items?page=2#top')
    expect(log.events.at(-1)).toEqual({
      at: start,
      tab: 'tab 1',
      type: 'rotated',
      request: 2,
      reason: 'successor',
      status: 200,
      token: 2,
    })
    expect(of('sent')).toEqual([
      {
        type: 'sent',
        request: 2,
        sequence: 2,
        purpose: 'call',
        method: 'GET',
        path: '/items',
        query: '?page=2',
        token: 1,
        former: null,
      },
    ])
  })

  test('what the server did with it, in the same numbers', async () => {
    const { session, of } = await followed()
    await Promise.all([session.fetch('/items'), session.fetch('/news'), session.fetch('/items')])
    const about = (request: number) =>
      of('server')
        .filter(event => event.request === request)
        .map(({ did, token, as, status }) => [did, token, as ?? status ?? null])
    expect(about(1)).toEqual([
      ['begin', null, null],
      ['rotate', 1, null],
      ['finish', null, 200],
    ])
    expect(about(2)).toEqual([
      ['begin', 1, null],
      ['accept', 1, 'token'],
      ['rotate', 2, null],
      ['finish', null, 200],
    ])
    expect(about(4)).toEqual([
      ['begin', 1, null],
      ['accept', 1, 'token'],
      ['blank', null, null],
      ['finish', null, 200],
    ])
    expect(of('rotated')).toMatchObject([{ request: 2, token: 2 }])
    expect(of('kept')).toMatchObject([
      { request: 3, reason: 'blank', token: null },
      { request: 4, reason: 'blank', token: null },
    ])
  })

  test('that it was lost, and what was recovered', async () => {
    const { session, server, of } = await followed()
    server.loseAnswer('GET /items')
    await session.fetch('/items').catch(() => {})
    await later(8_000)
    expect(of('lost')).toEqual([{ type: 'lost', request: 2, doubt: true }])
    expect(of('recovered')).toEqual([{ type: 'recovered', status: 200 }])
    const sent = of('sent').at(-1)!
    expect(sent).toMatchObject({
      purpose: 'recovery',
      path: '/auth/validate_token',
      query: '?unbatch=true',
      token: 1,
    })
    // The lost one has its number too: the next is the third.
    expect(of('server').find(({ did, request }) => did === 'rotate' && request === 2)).toMatchObject({
      token: 2,
    })
    expect(of('rotated').at(-1)).toMatchObject({ token: 3 })
  })

  test('that its caller gave it up, and what it brought all the same', async () => {
    const { session, server, of } = await followed()
    const held = server.hold('GET /items')
    const abort = new AbortController()
    const call = session.fetch('/items', { signal: abort.signal })
    call.catch(() => {})
    await held.begun
    abort.abort()
    held.release()
    await settled()
    expect(of('aborted')).toEqual([{ type: 'aborted', request: 2 }])
    expect(of('rotated')).toMatchObject([{ request: 2, token: 2 }])
  })

  test('that it was refused, and replayed as another', async () => {
    const { session, server, of } = await followed({ server: { rules: '1.2.0' } })
    server.delay('GET /slow', { request: 14_000 })
    const slow = session.fetch('/slow')
    await settled()
    await session.fetch('/items')
    await later(pause)
    await session.fetch('/items')
    await later(pause)
    await session.fetch('/items')
    await later(8_000)
    expect((await slow).status).toBe(200)
    expect(of('rejected')).toEqual([{ type: 'rejected', request: 2, verdict: 'replay', reason: null }])
    const replay = of('sent').at(-1)!
    expect(replay).toMatchObject({ path: '/slow', former: 2 })
    expect(replay.token).toBeGreaterThan(1)
    expect(of('server').filter(({ did, request }) => did === 'reject' && request === 2)).toHaveLength(1)
  })

  test('that it was refused, what it waited for, and how that ended', async () => {
    const { session, server, of } = await followed()
    const { clients, uid } = server.inspect().users[0]!
    const [client, { token }] = Object.entries(clients)[0]!
    const credentials = { 'access-token': token, client, uid }
    await server.fetch('https://api.example.com/auth/sign_out', { method: 'DELETE', headers: credentials })
    const call = session.fetch('/items')
    await later(30_000)
    expect((await call).status).toBe(401)
    const { request } = of('sent')[0]!
    const rejected = of('rejected').filter(event => event.request === request)
    expect(rejected[0]).toEqual({ type: 'rejected', request, verdict: 'wait', reason: 'recovery' })
    expect(rejected.at(-1)).toEqual({ type: 'rejected', request, verdict: 'deliver', reason: 'signed-out' })
    expect(of('signed-out')).toEqual([{ type: 'signed-out', reason: 'rejected' }])
  })

  test('nothing of a token that the caller stamped by hand', async () => {
    const { session, of } = await followed()
    await session.fetch('/items', { headers: { 'access-token': 'mine', client: 'c', uid: 'u' } })
    expect(of('sent')).toMatchObject([{ token: null }])
  })
})

describe('two requests of one path at once', () => {
  test('are told apart by their order', async () => {
    const { session, server, of } = await followed()
    server.delay('GET /items', { action: 500 })
    const both = [session.fetch('/items'), session.fetch('/items')]
    await later(600)
    await Promise.all(both)
    expect(of('rotated')).toMatchObject([{ request: 3, token: 2 }])
    expect(
      of('server')
        .filter(({ did }) => did === 'rotate' || did === 'blank')
        .slice(1),
    ).toMatchObject([
      { did: 'rotate', request: 3 },
      { did: 'blank', request: 2 },
    ])
  })

  test('and one that never arrives is not mistaken for the next', async () => {
    const { session, server, of } = await followed()
    server.loseRequest('GET /items')
    await session.fetch('/items').catch(() => {})
    await session.fetch('/items')
    expect(of('server').filter(({ request }) => request === 2)).toMatchObject([
      { did: 'lost', what: 'request' },
    ])
    expect(of('server').filter(({ did, request }) => did === 'begin' && request === 3)).toHaveLength(1)
  })
})

test('a client that does not tell where it sends is joined to the server all the same', async () => {
  const { session, server, of } = await followed()
  const flight = session.exchange.begin({ method: 'GET' })!
  const { status, headers } = await server.fetch('https://api.example.com/items', { headers: flight.headers })
  await session.exchange.settle(flight, { status, header: name => headers.get(name) })
  expect(of('sent')).toMatchObject([{ path: '', token: 1, request: 2 }])
  expect(of('server').filter(({ request }) => request === 2)).toMatchObject([
    { did: 'begin', path: '/items', token: 1 },
    { did: 'accept' },
    { did: 'rotate', token: 2 },
    { did: 'finish' },
  ])
  expect(of('rotated')).toMatchObject([{ request: 2, token: 2 }])
})

test('tabs have lanes of their own, and one count of tokens', async () => {
  const { session, another, log } = await followed()
  const second = another()
  await second.fetch('/items')
  await later(pause)
  await session.fetch('/items')
  const sent = log.events.filter(event => event.type === 'sent')
  expect(sent).toMatchObject([
    { tab: 'tab 2', request: 2, token: 1 },
    { tab: 'tab 1', request: 3, token: 2 },
  ])
})

test('a reload goes on in its lane, with the tokens known', async () => {
  const { session, another, log, of } = await followed()
  await session.fetch('/items')
  session.dispose()
  const stop = log.follow(another(), 'tab 1')
  stop()
  await later(pause)
  expect(of('opened')).toHaveLength(3)
  const reloaded = another()
  await reloaded.fetch('/items')
  expect(of('sent').at(-1)).toMatchObject({ token: 2 })
})

describe('a token that comes back out of an HTTP cache has the number that it had', () => {
  test('where the server shows that it never saw the request', async () => {
    const { server, another, of } = await followed()
    let cached: Response | undefined
    const session = another({
      async fetch(input, init) {
        const isItems = String(input).endsWith('/items')
        if (isItems && cached) return cached.clone()
        const response = await server.fetch(input, init)
        if (isItems) cached = response.clone()
        return response
      },
    })
    await session.fetch('/items')
    await later(pause)
    await session.fetch('/news')
    await later(pause)
    await session.fetch('/items')
    expect(of('rotated').map(({ token }) => token)).toEqual([2, 3])
    expect(of('kept').at(-1)).toMatchObject({ reason: 'older', token: 2 })
    // The next one is new again.
    await later(pause)
    await session.fetch('/news')
    expect(of('rotated').at(-1)).toMatchObject({ token: 4 })
  })

  test('where the session keeps it, as it may be the newer one', async () => {
    const { server, session, another, of } = await followed()
    await session.fetch('/items')
    const { clients, uid } = server.inspect().users[0]!
    const [client, { token }] = Object.entries(clients)[0]!
    const headers = { 'access-token': token, client, uid, expiry: '1767830400' }
    await later(pause)
    await session.fetch('/news')
    session.dispose()
    // Loaded anew, the page has no other way to know an old token than by its expiry.
    const reloaded = another({
      fetch: async (input, init) =>
        String(input).endsWith('/items') ? Response.json([], { headers }) : await server.fetch(input, init),
    })
    await later(pause)
    await reloaded.fetch('/items')
    expect(of('rotated').map(({ token }) => token)).toEqual([2, 3])
    expect(of('kept').at(-1)).toMatchObject({ reason: 'conflict', token: 2 })
  })
})

test('sign-in and sign-out are there, and what the sign-out carried', async () => {
  const { session, of } = await followed()
  await session.fetch('/items')
  await session.signOut()
  expect(of('signed-in')).toEqual([{ type: 'signed-in', elsewhere: false, token: 1 }])
  expect(of('signed-out')).toEqual([{ type: 'signed-out', reason: 'asked' }])
  expect(of('sent').at(-1)).toMatchObject({ purpose: 'sign-out', method: 'DELETE', token: 2 })
})

describe('a log', () => {
  test('costs nothing before it follows, and nothing after it was stopped', async () => {
    const { session, log } = await followed()
    const stop = log.follow(session, 'again')
    const before = log.events.length
    await session.fetch('/items')
    const both = log.events.length - before
    stop()
    const between = log.events.length
    await later(pause)
    await session.fetch('/items')
    expect(log.events.slice(between).filter(event => 'tab' in event && event.tab === 'again')).toEqual([])
    expect(log.events.length - between).toBeLessThan(both)
  })

  test('is bounded, and says how much it let go', async () => {
    const { session, log } = await followed({ log: { limit: 100 } })
    for (let n = 0; n < 60; n++) await session.fetch('/items')
    expect(log.events.length).toBeLessThanOrEqual(100)
    expect(log.events.length).toBeGreaterThanOrEqual(89)
    expect(log.dropped).toBeGreaterThan(100)
    // Numbers go on.
    expect(log.events.at(-1)).toMatchObject({ request: 61 })
  })

  test('tells its listeners, each of them, until they stop', async () => {
    const { session, log } = await followed()
    const listener = vi.fn()
    const stops = [log.subscribe(listener), log.subscribe(listener)]
    stops[0]!()
    await session.fetch('/items')
    const { length } = listener.mock.calls
    expect(listener.mock.calls.map(([event]) => event)).toEqual(log.events.slice(-length))
    stops[1]!()
    await session.fetch('/items')
    expect(listener).toHaveBeenCalledTimes(length)
  })

  test('can be cleared, and tells its listeners', async () => {
    const { log } = await followed()
    const { length } = log.events
    const listener = vi.fn()
    log.subscribe(listener)
    log.clear()
    expect(log.events).toEqual([])
    expect(log.dropped).toBe(length)
    expect(listener.mock.calls).toEqual([[null]])
  })

  test('reads the time where it is told to', () => {
    let now = 5
    const log = createLog({ now: () => now })
    log.followServer({
      on(listener) {
        listener({ at: 0, request: 1, method: 'GET', path: '/', type: 'begin', token: null, client: null })
        return () => {}
      },
    })
    now = 6
    expect(log.events).toMatchObject([{ at: 5 }])
  })

  test.each([0, -1, 1.5, Number.NaN])('has room for a whole number of events, not %s', limit => {
    expect(() => createLog({ limit })).toThrow(expect.objectContaining({ code: 'option-invalid' }))
  })
})

describe('a saved log', () => {
  test('is loaded as it was, without its queries', async () => {
    const { session, log } = await followed()
    await session.fetch('/items?secret=1')
    const loaded = parseLog(JSON.stringify(log))
    const plain = log.events.map(({ query, ...event }: LogEvent & { query?: string }) => event)
    expect(loaded.events).toEqual(plain)
    expect(parseLog(JSON.parse(JSON.stringify(log))).events).toEqual(plain)
    expect(parseLog(log.toJSON({ include: ['query'] })).events).toEqual(log.events)
  })

  test('goes on with its numbers', async () => {
    const { session, log } = await followed()
    await session.fetch('/items')
    const loaded = parseLog(log.toJSON())
    loaded.follow(session, 'later')
    await later(pause)
    await session.fetch('/items')
    expect(loaded.events.at(-1)).toMatchObject({ type: 'rotated', request: 3, token: 4 })
  })

  const good = { format: 'token-handoff-log', version: 1, events: [] as unknown[] }
  const lost = { at: 1, tab: 'a', type: 'lost', request: 1, doubt: true }
  test.each([
    ['no JSON', '{"format":', 'no JSON'],
    ['nothing', null, 'no log'],
    ['a number', 5, 'no log'],
    ['a list', [], 'no log'],
    ['another file', { ...good, format: 'har' }, 'no log'],
    ['a later version', { ...good, version: 2 }, 'version 2'],
    ['no events', { ...good, events: {} }, 'no log'],
    ['an event that is none', { ...good, events: [lost, null] }, 'of event 2, its type'],
    ['an unknown type', { ...good, events: [{ ...lost, type: 'toString' }] }, 'its type is unknown'],
    ['no time', { ...good, events: [{ ...lost, at: '1' }] }, 'its at'],
    ['no tab', { ...good, events: [{ ...lost, tab: undefined }] }, 'its tab'],
    [
      'a token that is no number',
      { ...good, events: [{ ...lost, type: 'signed-in', elsewhere: true, token: 'abc' }] },
      'its token',
    ],
    ['a request of 0', { ...good, events: [{ ...lost, request: 0 }] }, 'its request'],
    [
      'a verdict that is no word',
      { ...good, events: [{ ...lost, type: 'rejected', verdict: {}, reason: null }] },
      'its verdict',
    ],
  ])('that is %s is refused with what is wrong', async (_, json, words) => {
    const error = await failureOf(new Promise(resolve => resolve(parseLog(json))))
    expect(error).toMatchObject({ name: 'TokenHandoffError', code: 'log-invalid' })
    expect(error.message).toContain(words)
  })

  test('brings nothing in that is no part of it', () => {
    const file = { ...good, events: [{ ...lost, token: 'abc', extra: 1 }] } as unknown as LogFile
    expect(parseLog(file).events).toEqual([lost])
  })
})

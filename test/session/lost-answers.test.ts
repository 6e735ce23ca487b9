import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  api,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  loseAnswer,
  pause,
  settled,
  signedIn,
  silence,
  stillSignedIn,
  type World,
  type WorldOptions,
  world,
} from './given.ts'

beforeEach(() => {
  holdTime()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(letTimeGo)

const recoveries = (made: World) => made.seen.filter(({ url }) => url.includes('unbatch'))

describe.each(['1.3.0', '1.2.0'] as const)('under the rules %s', rules => {
  test('one lost answer is recovered from, and signs nobody out', async () => {
    const made = await signedIn({ rules })
    await loseAnswer(made)
    await later(4_000)
    expect(recoveries(made)).toHaveLength(1)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('several answers of one batch that are lost are one loss, and one recovery', async () => {
    const made = await signedIn({ rules })
    made.server.loseAnswer('/items', { times: 5 })
    await Promise.all([1, 2, 3, 4, 5].map(() => failureOf(made.session.fetch('/items'))))
    await later(4_000)
    expect(recoveries(made)).toHaveLength(1)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('a request that never reached the server costs a recovery, and nothing else', async () => {
    const made = await signedIn({ rules })
    made.server.loseRequest('/items')
    await failureOf(made.session.fetch('/items'))
    await later(4_000)
    expect(recoveries(made)).toHaveLength(1)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('a recovery that does not get through is repeated', async () => {
    const made = await signedIn({ rules })
    made.server.loseRequest('/auth/validate_token')
    await loseAnswer(made)
    await later(4_500)
    expect(recoveries(made).length).toBeGreaterThanOrEqual(2)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('a recovery stands in nobody’s way', async () => {
    const made = await signedIn({ rules })
    const held = made.server.hold('/auth/validate_token')
    await loseAnswer(made)
    await later(4_000)
    expect(await held.begun).toBe(true)
    expect((await made.session.fetch('/others')).status).toBe(200)
    held.release()
    await settled()
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('a lost answer of an old token, when a newer one is stored, costs nothing', async () => {
    const made = await signedIn({ rules })
    const held = made.server.hold('/items')
    const items = failureOf(made.session.fetch('/items'))
    await held.begun
    await made.session.fetch('/others')
    held.releaseAndLoseAnswer()
    await items
    await later(4_000)
    expect(recoveries(made)).toEqual([])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('two lost answers in a row, a buffer apart, sign nobody out', async () => {
    const made = await signedIn({ rules })
    await loseAnswer(made)
    await later(pause)
    await loseAnswer(made)
    await later(pause)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('a lost answer just before the page is gone is recovered from by the next page', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ rules, session: { storage } })
    await loseAnswer(made)
    made.session.dispose()
    const next = made.another({ storage })
    const events: string[] = []
    next.on('signed-out', () => events.push('signed-out'))
    await later(4_000)
    expect(recoveries(made)).toHaveLength(1)
    await later(pause)
    expect((await next.fetch('/items')).status).toBe(200)
    expect(events).toEqual([])
  })
})

describe('two lost answers in a row', () => {
  test('within the buffer leave no time for recovery, and yet sign nobody out', async () => {
    const made = await signedIn()
    await loseAnswer(made)
    made.server.loseAnswer('/auth/validate_token')
    await later(4_900)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('without recovery are fatal, as the documentation of recovery.path says', async () => {
    const made = await signedIn({ session: { recovery: { path: false } } })
    await loseAnswer(made)
    await later(pause)
    await loseAnswer(made)
    await later(pause)
    expect((await made.session.fetch('/items')).status).toBe(401)
    expect(made.session.getSnapshot().status).toBe('signed-out')
    expect(recoveries(made)).toEqual([])
  })
})

describe('a recovery', () => {
  test('asks the validation route, past every cache, with unbatch', async () => {
    const inits: RequestInit[] = []
    const made = await signedIn()
    const session = made.another({
      fetch: (input, init) => {
        if (String(input).includes('unbatch')) inits.push(init!)
        return made.server.fetch(input, init)
      },
    })
    await session.signIn(ada)
    await later(pause)
    await loseAnswer({ ...made, session })
    await later(4_000)
    expect(inits).toHaveLength(1)
    expect(inits[0]).toMatchObject({ cache: 'no-store' })
    expect(inits[0]!.method ?? 'GET').toBe('GET')
  })

  test('asks where recovery.path says', async () => {
    const made = await signedIn({
      session: { recovery: { path: '/me?unbatch=1' } },
      routes: { 'GET /me': () => ({ data: {} }) },
    })
    await loseAnswer(made)
    await later(4_000)
    expect(recoveries(made).map(({ url }) => url)).toEqual([`${api}/me?unbatch=1`])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is asked for after each loss, however many there were before', async () => {
    const { warnings } = silence()
    const made = await signedIn()
    for (let loss = 1; loss <= 12; loss++) {
      await loseAnswer(made)
      await later(4_000)
      expect(recoveries(made)).toHaveLength(loss)
      await later(pause)
    }
    expect(warnings).toEqual([])
  })

  test('that is turned off is never sent', async () => {
    const made = await signedIn({ session: { recovery: { path: false } } })
    await loseAnswer(made)
    await later(60_000)
    expect(recoveries(made)).toEqual([])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('whose route is not there is given up, and warned of once', async () => {
    const { warnings } = silence()
    const made = await signedIn({ session: { recovery: { path: '/nowhere?unbatch=1' } } })
    await loseAnswer(made)
    await later(60_000)
    await loseAnswer(made)
    await later(60_000)
    expect(recoveries(made)).toHaveLength(5)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('recovery')
    expect(made.events.filter(({ type }) => type === 'warning')).toMatchObject([
      { event: { code: 'recovery-unavailable' } },
    ])
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })

  test('that a page answers in the API’s place is repeated ever more rarely, not without end', async () => {
    let asked = 0
    const { server, another } = world()
    const session = another({
      recovery: { path: '/recover' },
      fetch: async (input, init) => {
        const request = new Request(input, init)
        if (request.url.endsWith('/refused')) return new Response(null, { status: 401 })
        if (!request.url.endsWith('/recover')) return server.fetch(request)
        // Enough to see it, and no endless loop should the test fail.
        return asked++ < 100 ? new Response('<html>') : new Promise(() => {})
      },
    })
    await session.signIn(ada)
    await later(pause)
    const refused = session.fetch('/refused')
    await later(10_000)
    expect(asked).toBeGreaterThan(2)
    expect(asked).toBeLessThan(7)
    await later(20_000)
    expect((await refused).status).toBe(401)
    expect(session.getSnapshot().status).toBe('signed-in')
    session.dispose()
  })

  test.each([
    ['the validation, its headers removed on the way', () => new Response('{"success":true,"data":{}}')],
    ['a page', () => new Response('<html>')],
  ])(
    'that shows no token headers again and again is warned of once, and asked for no more: %s',
    async (_, answer) => {
      const { warnings } = silence()
      let asked = 0
      const { server, another } = world()
      const session = another({
        fetch: async (input, init) => {
          const request = new Request(input, init)
          if (!request.url.includes('unbatch')) return server.fetch(request)
          asked++
          return answer()
        },
      })
      await session.signIn(ada)
      await later(pause)
      for (let turn = 0; turn < 30; turn++) {
        server.loseAnswer('/others')
        await failureOf(session.fetch('/others'))
        await later(pause)
        expect((await session.fetch('/items')).status).toBe(200)
        await later(60_000)
      }
      expect(asked).toBe(5)
      expect(warnings).toEqual([expect.stringContaining('recovery.path')])
      expect(session.getSnapshot().status).toBe('signed-in')
      session.dispose()
    },
  )

  test('that brought nothing again and again is waited for no more: a refusal is delivered, and signs nobody out', async () => {
    silence()
    let asked = 0
    const { server, another } = world()
    const session = another({
      fetch: async (input, init) => {
        const { url } = new Request(input, init)
        if (url.endsWith('/refused')) return new Response(null, { status: 401 })
        if (!url.includes('unbatch')) return server.fetch(input, init)
        asked++
        return new Response('<html>')
      },
    })
    await session.signIn(ada)
    await later(pause)
    for (let turn = 0; turn < 10; turn++) {
      const refused = session.fetch('/refused')
      await later(40_000)
      expect((await refused).status).toBe(401)
    }
    expect(asked).toBe(5)
    let refused: Response | undefined
    void session.fetch('/refused').then(response => {
      refused = response
    })
    await later(1_000)
    expect(refused?.status).toBe(401)
    expect(session.getSnapshot().status).toBe('signed-in')
    session.dispose()
  })

  test('is announced with what the server answered', async () => {
    const made = await signedIn()
    await loseAnswer(made)
    await later(4_000)
    expect(made.events.filter(({ type }) => type === 'recovered')).toEqual([
      { type: 'recovered', event: { status: 200 } },
    ])
  })

  test('that gets no answer has another beside it, and is lost itself after a minute', async () => {
    const made = await signedIn()
    const outcomes = () =>
      made.events.filter(({ type }) => type === 'recovered').map(({ event }) => event.status)
    made.server.hold('/auth/validate_token')
    await loseAnswer(made)
    await later(30_000)
    expect(outcomes()).toEqual([200])
    await later(40_000)
    expect(outcomes()).toEqual([200, 0, 200])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is repeated ever more rarely while there is no network, and succeeds when there is one', async () => {
    const made = await signedIn()
    made.server.loseRequest('/auth/validate_token', { times: 1_000 })
    await loseAnswer(made)
    await later(60_000)
    const first = recoveries(made).length
    await later(60_000)
    const second = recoveries(made).length - first
    expect(first).toBeGreaterThan(second)
    expect(second).toBeGreaterThanOrEqual(1)
    expect(second).toBeLessThanOrEqual(4)
  })

  test('is joined by a validation that is asked for meanwhile', async () => {
    const made = await signedIn()
    const held = made.server.hold('/auth/validate_token')
    await loseAnswer(made)
    await later(2_000)
    expect(await held.begun).toBe(true)
    const validating = made.session.validateToken()
    held.release()
    expect(await validating).toMatchObject({ email: ada.email })
    expect(made.calls().filter(call => call.endsWith('/validate_token'))).toHaveLength(1)
  })

  test('whose answer is lost makes the validation that joined it ask itself', async () => {
    const made = await signedIn()
    const held = made.server.hold('/auth/validate_token')
    await loseAnswer(made)
    await later(2_000)
    expect(await held.begun).toBe(true)
    const validating = made.session.validateToken()
    held.releaseAndLoseAnswer()
    expect(await validating).toMatchObject({ email: ada.email })
  })
})

describe('a gateway that answers in the server’s place', () => {
  /** Lets requests through to the server, and then answers with the gateway's own error. */
  async function behindGateway(status: number, times: number, options: WorldOptions = {}) {
    const made = await signedIn(options)
    let failing = 0
    const session = made.another({
      fetch: async (input, init) => {
        const request = new Request(input, init)
        made.seen.push({
          method: request.method,
          url: request.url,
          path: new URL(request.url).pathname,
          headers: request.headers,
          token: request.headers.get('access-token'),
        })
        const response = await made.server.fetch(request)
        if (new URL(request.url).pathname === '/items' && failing < times) {
          failing++
          return new Response('gateway', { status })
        }
        return response
      },
    })
    await session.signIn(ada)
    await later(pause)
    made.seen.length = 0
    return { ...made, session }
  }

  test.each([502, 503, 504])('with %d may hide a rotation: the session recovers', async status => {
    const made = await behindGateway(status, 1, { rules: '1.2.0' })
    expect((await made.session.fetch('/items')).status).toBe(status)
    await later(4_000)
    expect(recoveries(made)).toHaveLength(1)
    await later(pause)
    expect((await made.session.fetch('/items')).status).toBe(200)
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })

  test('the server’s own exception hides none: nothing rotates', async () => {
    const made = await signedIn({ rules: '1.2.0' })
    expect((await made.session.fetch('/broken')).status).toBe(500)
    await later(pause)
    expect(recoveries(made)).toEqual([])
    expect(await stillSignedIn(made)).toBe(true)
  })
})

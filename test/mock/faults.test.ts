import { describe, expect, test, vi } from 'vitest'
import { createMockServer, manualClock } from '../../src/mock/index.ts'
import { credentialsOf, issued, ORIGIN, setup } from './support.ts'

async function signedIn(options: Parameters<typeof setup>[0] = {}) {
  const made = setup(options)
  const headers = { ...(await made.signIn()) }
  await made.clock.advance(6000)
  return { ...made, headers }
}

describe('hold', () => {
  test('keeps requests open, and lets them go in any order: the first to finish rotates', async () => {
    const { server, send, headers } = await signedIn()
    const holds = [server.hold(), server.hold(), server.hold()]
    const answers = holds.map(() => send('GET /items', { headers }))
    expect(await Promise.all(holds.map(({ begun }) => begun))).toEqual([true, true, true])
    expect(server.inspect().pending).toHaveLength(3)
    holds[2]!.release()
    expect(issued(await answers[2]!)).toBe('token')
    holds[0]!.release()
    expect(issued(await answers[0]!)).toBe('blank')
    holds[1]!.release()
    expect(issued(await answers[1]!)).toBe('blank')
    expect(server.inspect().pending).toEqual([])
  })

  test('a held request is authenticated when it begins, and sees the server as it is when it goes on', async () => {
    const { server, send, headers, clock } = await signedIn({ tokenLifespan: 10 })
    const hold = server.hold()
    const answer = send('GET /items', { headers })
    await clock.advance(60_000)
    hold.release()
    const response = await answer
    expect([response.status, issued(response)]).toEqual([200, 'token'])
  })

  test('picks the next matching request alone', async () => {
    const { server, send, headers } = await signedIn({
      routes: { '* /items': () => null, 'GET /other': () => null },
    })
    const byPath = server.hold('/items')
    const byMethod = server.hold('post /items')
    const byPattern = server.hold('GET /o*r')
    const byPredicate = server.hold(request => request.headers.has('x-slow'))
    const other = send('GET /other', { headers })
    expect(await byPattern.begun).toBe(true)
    const slow = send('GET /other', { headers: { ...headers, 'x-slow': '1' } })
    expect(await byPredicate.begun).toBe(true)
    const get = send('GET /items?page=2', { headers })
    expect(await byPath.begun).toBe(true)
    const post = send('POST /items', { headers })
    expect(await byMethod.begun).toBe(true)
    expect((await send('GET /items', { headers })).status).toBe(200)
    for (const hold of [byPath, byMethod, byPattern, byPredicate]) hold.release()
    expect((await Promise.all([other, slow, get, post])).map(({ status }) => status)).toEqual([
      200, 200, 200, 200,
    ])
  })

  test('a request that is answered before its action is not held', async () => {
    const { server, send } = await signedIn()
    for (const route of ['GET /items', 'GET /nowhere']) {
      const hold = server.hold()
      const answer = send(route)
      expect(await hold.begun).toBe(false)
      expect((await answer).status).toBeGreaterThan(400)
    }
  })

  test('released beforehand it holds nothing up', async () => {
    const { server, send, headers } = await signedIn()
    const hold = server.hold()
    hold.release()
    expect((await send('GET /items', { headers })).status).toBe(200)
    expect(await hold.begun).toBe(true)
  })

  test('the answer of a held request can be lost', async () => {
    const { server, send, headers } = await signedIn()
    const hold = server.hold()
    const answer = send('GET /items', { headers })
    hold.releaseAndLoseAnswer()
    await expect(answer).rejects.toThrow(TypeError)
  })
})

describe('loss', () => {
  test('a lost answer was served: the server rotated', async () => {
    const { server, send, headers } = await signedIn()
    server.loseAnswer('GET /items')
    await expect(send('GET /items', { headers })).rejects.toThrow(TypeError)
    const [client] = Object.values(server.inspect().users[0]!.clients)
    expect(client?.previous).toBe(headers['access-token'])
    expect(client?.token).not.toBe(headers['access-token'])
    expect(issued(await send('GET /items', { headers }))).toBe('blank')
  })

  test('a lost request never arrived: nothing changed, no action ran', async () => {
    const action = vi.fn()
    const { server, send, headers } = await signedIn({ routes: { 'POST /items': action } })
    const before = server.inspect().users
    server.loseRequest('POST /items')
    await expect(send('POST /items', { headers })).rejects.toThrow(TypeError)
    expect(action).not.toHaveBeenCalled()
    expect(server.inspect().users).toEqual(before)
    expect((await send('POST /items', { headers })).status).toBe(204)
  })

  test('can be had more than once', async () => {
    const { server, send, headers } = await signedIn()
    server.loseRequest('/items', { times: 2 })
    server.loseAnswer('/items', { times: 2 })
    const outcomes = []
    for (let index = 0; index < 5; index += 1)
      outcomes.push(
        await send('GET /items', { headers }).then(
          ({ status }) => status,
          () => 'lost',
        ),
      )
    expect(outcomes).toEqual(['lost', 'lost', 'lost', 'lost', 200])
  })
})

describe('abort', () => {
  test("the caller's promise rejects with the signal's reason, and the server goes on", async () => {
    const { server, send, headers } = await signedIn()
    const hold = server.hold()
    const controller = new AbortController()
    const answer = send('GET /items', { headers, signal: controller.signal })
    await hold.begun
    const reason = new Error('typed on')
    controller.abort(reason)
    await expect(answer).rejects.toBe(reason)
    hold.release()
    await vi.waitFor(() => expect(server.inspect().pending).toEqual([]))
    const [client] = Object.values(server.inspect().users[0]!.clients)
    expect(client?.previous).toBe(headers['access-token'])
  })

  test('aborted beforehand it never arrives', async () => {
    const { server, send, headers } = await signedIn()
    const events = vi.fn()
    server.on(events)
    await expect(send('GET /items', { headers, signal: AbortSignal.abort() })).rejects.toThrow('abort')
    expect(events).not.toHaveBeenCalled()
  })

  test('leaves no listener on the signal', async () => {
    const { server, headers } = await signedIn()
    const { signal } = new AbortController()
    const request = new Request(`${ORIGIN}/items`, { headers, signal })
    const add = vi.spyOn(request.signal, 'addEventListener')
    const remove = vi.spyOn(request.signal, 'removeEventListener')
    await server.fetch(request)
    await Promise.resolve()
    expect(add).toHaveBeenCalledTimes(1)
    expect(remove).toHaveBeenCalledTimes(1)
  })
})

describe('waiting times', () => {
  test('there, at work and back: the begin decides about the batch', async () => {
    const { server, send, headers, clock } = await signedIn()
    const begun: number[] = []
    const zero = clock.now()
    server.on(({ type, at }) => {
      if (type === 'begin' || type === 'rotate') begun.push(at - zero)
    })
    server.delay('/items', { request: 10, action: 200, response: 3000 })
    const landed = vi.fn()
    const answer = send('GET /items', { headers }).then(landed)
    await clock.advance(3209)
    expect(landed).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(landed).toHaveBeenCalledTimes(1)
    await answer
    expect(begun).toEqual([10, 210])
  })

  test('a number is the work; times says how often', async () => {
    const { server, send, headers, clock } = await signedIn()
    server.delay('/items', 100, { times: 2 })
    const landed = vi.fn()
    const answers = [1, 2, 3].map(() => send('GET /items', { headers }).then(landed))
    await clock.advance(99)
    expect(landed).toHaveBeenCalledTimes(1)
    await clock.advance(1)
    expect(landed).toHaveBeenCalledTimes(3)
    await Promise.all(answers)
  })

  test('a latency can be set for all', async () => {
    const { send, headers, clock, server } = await signedIn()
    server.configure({ latency: 50 })
    const landed = vi.fn()
    const answer = send('GET /items', { headers }).then(landed)
    await clock.advance(49)
    expect(landed).not.toHaveBeenCalled()
    await clock.advance(1)
    await answer
  })

  test('real time passes without a clock of its own', async () => {
    const server = createMockServer({ latency: { response: 30 }, clock: { now: () => 0 } })
    const started = performance.now()
    await server.fetch(`${ORIGIN}/nowhere`)
    expect(performance.now() - started).toBeGreaterThan(25)
  })
})

describe('the manual clock', () => {
  test('stands still until it is moved', async () => {
    const clock = manualClock(1000)
    expect(clock.now()).toBe(1000)
    await clock.advance(500)
    expect(clock.now()).toBe(1500)
    expect(manualClock().now()).toBe(Date.UTC(2026, 0, 1))
  })

  test('sleepers wake in the order of their times, each at its own, also those that sleep again', async () => {
    const clock = manualClock(0)
    const woken: string[] = []
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms)
      woken.push(`${name} at ${clock.now()}`)
    }
    void sleeper('late', 30)
    void sleeper('early', 10).then(() => sleeper('again', 15))
    void sleeper('never', 100)
    await clock.advance(40)
    expect(woken).toEqual(['early at 10', 'again at 25', 'late at 30'])
    expect(clock.now()).toBe(40)
  })

  test('tokens expire by it', async () => {
    const { send, headers, clock } = await signedIn({ tokenLifespan: 100 })
    await clock.advance(93_999)
    expect((await send('GET /items', { headers })).status).toBe(200)
    await clock.advance(100_000)
    expect((await send('GET /items', { headers })).status).toBe(401)
  })
})

describe('events', () => {
  test('tell what happened to each request, with numbers for tokens and clients', async () => {
    const { server, send, signIn, clock } = setup()
    const events: unknown[] = []
    const stop = server.on(event => events.push(event))
    const first = await signIn()
    await clock.advance(6000)
    const second = credentialsOf(await send('GET /items', { headers: { ...first } }))
    await send('GET /items', { headers: { ...second } })
    await send('GET /items', { headers: { ...second, 'access-token': 'wrong' } })
    server.loseAnswer()
    await send('GET /nowhere').catch(() => undefined)
    server.loseRequest()
    await send('GET /nowhere').catch(() => undefined)
    stop()
    await send('GET /items')

    const start = Date.UTC(2026, 0, 1)
    const lifespan = 14 * 24 * 60 * 60
    const about = (request: number, path = '/items', method = 'GET') => ({
      at: request === 1 ? start : start + 6000,
      request,
      method,
      path,
    })
    expect(events).toEqual([
      { ...about(1, '/auth/sign_in', 'POST'), type: 'begin', token: null, client: null },
      {
        ...about(1, '/auth/sign_in', 'POST'),
        type: 'rotate',
        token: 1,
        client: 1,
        expiry: start / 1000 + lifespan,
      },
      { ...about(1, '/auth/sign_in', 'POST'), type: 'finish', status: 200 },
      { ...about(2), type: 'begin', token: 1, client: 1 },
      { ...about(2), type: 'accept', as: 'token', token: 1 },
      { ...about(2), type: 'rotate', token: 2, client: 1, expiry: start / 1000 + 6 + lifespan },
      { ...about(2), type: 'finish', status: 200 },
      { ...about(3), type: 'begin', token: 2, client: 1 },
      { ...about(3), type: 'accept', as: 'token', token: 2 },
      { ...about(3), type: 'blank', client: 1, expiry: start / 1000 + 6 + lifespan },
      { ...about(3), type: 'finish', status: 200 },
      { ...about(4), type: 'begin', token: 3, client: 1 },
      { ...about(4), type: 'reject', token: 3 },
      { ...about(4), type: 'finish', status: 401 },
      { ...about(5, '/nowhere'), type: 'begin', token: null, client: null },
      { ...about(5, '/nowhere'), type: 'finish', status: 404 },
      { ...about(5, '/nowhere'), type: 'lost', what: 'answer' },
      { ...about(6, '/nowhere'), type: 'lost', what: 'request' },
    ])
    expect(JSON.stringify(events)).not.toContain(first['access-token'])
  })

  test('say keep where the headers do not change, and which token was accepted', async () => {
    const { server, send, signIn } = setup({ changeHeadersOnEachRequest: false })
    const headers = { ...(await signIn()) }
    const types: string[] = []
    server.on(({ type }) => types.push(type))
    await send('GET /items', { headers })
    expect(types).toEqual(['begin', 'accept', 'keep', 'finish'])
  })

  test('a visitor without credentials is not rejected by an optional route', async () => {
    const { server, send } = setup({
      routes: { 'GET /maybe': { access: 'optional', handler: () => null } },
    })
    const types: string[] = []
    server.on(({ type }) => types.push(type))
    await send('GET /maybe')
    expect(types).toEqual(['begin', 'finish'])
  })
})

describe('a listener that throws', () => {
  test('harms neither the answer nor the others, whatever it hears, and its error is shown', async () => {
    const shown = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { server, send, signIn, clock } = setup()
    const before: string[] = []
    const after: string[] = []
    server.on(({ type }) => before.push(type))
    server.on(({ type }) => {
      throw new Error(`I cannot stand ${type}`)
    })
    server.on(({ type }) => after.push(type))
    const headers = { ...(await signIn()) }
    await clock.advance(6000)
    const rotated = await send('GET /items', { headers })
    expect([rotated.status, issued(rotated)]).toEqual([200, 'token'])
    expect((await send('GET /nowhere')).status).toBe(404)
    server.loseAnswer()
    await expect(send('GET /items')).rejects.toThrow('fetch failed')
    expect(server.inspect().pending).toEqual([])
    expect(after).toEqual(before)
    expect(shown.mock.calls.map(([error]) => String(error))).toEqual(
      before.map(type => `Error: I cannot stand ${type}`),
    )
    shown.mockRestore()
  })

  test('or stops itself in the midst of it, leaves the others what they are to hear', async () => {
    const { server, send } = setup()
    const heard: string[] = []
    const stop = server.on(({ type }) => {
      stop()
      heard.push(`one ${type}`)
    })
    server.on(({ type }) => heard.push(`two ${type}`))
    await send('GET /nowhere')
    expect(heard).toEqual(['one begin', 'two begin', 'two finish'])
  })
})

describe('a deploy', () => {
  test('changes what it names, for sign-ins that are there', async () => {
    const { server, send, headers, clock } = await signedIn({ batchRequestBufferThrottle: 2 })
    server.configure({ tokenLifespan: 60 })
    const response = await send('GET /items', { headers })
    expect(response.headers.get('expiry')).toBe(String(clock.now() / 1000 + 60))
    await clock.advance(2000)
    const fresh = { ...credentialsOf(response) }
    expect(issued(await send('GET /items', { headers: fresh }))).toBe('token')
  })

  test('from 1.2.0 to 1.3.0 keeps the sign-ins', async () => {
    const { server, send, headers } = await signedIn({ rules: '1.2.0' })
    server.configure({ rules: '1.3.0' })
    expect(issued(await send('GET /items', { headers }))).toBe('token')
  })
})

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { getEventListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Readable, Readable as ReadableStreams } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { credentials, errorOf, type Handler, serve, signedIn } from './axios-server.ts'

describe('a timeout', () => {
  afterEach(() => void vi.useRealTimers())

  /**
   * A server that sends its body bit by bit, as it is told. Time stands still, so that no slow moment of the machine
   * counts; what is sent arrives all the same.
   */
  async function slowly() {
    let answer: ServerResponse
    const world = await signedIn((_, outgoing) => {
      answer = outgoing
      outgoing.writeHead(200, credentials('two')).write('first ')
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const begun = new Promise<void>(resolve => {
      const listener = () => {
        unsubscribe('http.client.response.finish', listener)
        resolve()
      }
      subscribe('http.client.response.finish', listener)
    })
    const arrival = async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
    }
    return {
      ...world,
      /** Resolves when the client has the headers, and what came with them. */
      async begun() {
        await begun
        await arrival()
      },
      async more() {
        answer.write('more ')
        await arrival()
      },
      rest: () => answer.end('rest'),
    }
  }

  test('is over when the first of the answer is there, as without the session', async () => {
    const { api, begun, more, rest } = await slowly()
    const call = api.get('/items', { timeout: 100 })
    await begun()
    for (let time = 0; time < 5; time++) {
      vi.advanceTimersByTime(90)
      await more()
    }
    rest()
    expect((await call).data).toBe('first more more more more more rest')
  })

  test('ends an answer that stalls, as without the session', async () => {
    const { api, begun } = await slowly()
    const error = errorOf(api.get('/items', { timeout: 100 }))
    await begun()
    await vi.advanceTimersByTimeAsync(200)
    expect(await error).toMatchObject({ code: 'ECONNABORTED', message: 'timeout of 100ms exceeded' })
  })

  test('leaves the caller’s own listener to the progress alone, and the limit of the answer', async () => {
    const { api, begun, more, rest } = await slowly()
    let loaded = 0
    const onDownloadProgress = (event: { loaded: number }) => {
      loaded = event.loaded
    }
    const call = api.get('/items', { timeout: 100, maxContentLength: 15, onDownloadProgress })
    await begun()
    vi.advanceTimersByTime(190)
    await more()
    rest()
    expect((await call).data).toBe('first more rest')
    expect(loaded).toBe(15)
  })

  test('leaves the limit of the answer as it is', async () => {
    const { api } = await signedIn((_, outgoing) => outgoing.writeHead(200, credentials('two')).end('much'))
    const error = await errorOf(api.get('/items', { timeout: 10_000, maxContentLength: 3 }))
    expect(error).toMatchObject({
      code: 'ERR_BAD_RESPONSE',
      message: 'maxContentLength size of 3 exceeded',
      config: { maxContentLength: 3 },
    })
  })

  test('ends a call that is not answered, to the millisecond', async () => {
    const { api, arrived } = await signedIn(() => {})
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let over = false
    const error = errorOf(api.get('/items', { timeout: 100 })).finally(() => {
      over = true
    })
    while (arrived.length === 0) await new Promise(resolve => setImmediate(resolve))
    await vi.advanceTimersByTimeAsync(99)
    expect(over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await error).toMatchObject({ code: 'ECONNABORTED', message: 'timeout of 100ms exceeded' })
  })

  test('is for all attempts of a call: the body of a refusal is not the answer', async () => {
    const held: ServerResponse[] = []
    const { api, arrived } = await signedIn(({ url }, outgoing) =>
      url === '/fresh' ? outgoing.writeHead(200, credentials('two')).end() : held.push(outgoing),
    )
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const until = async (count: number) => {
      while (arrived.length < count) await new Promise(resolve => setImmediate(resolve))
    }
    const error = errorOf(api.get('/items', { timeout: 100 }))
    await until(1)
    await api.get('/fresh')
    held[0]!.writeHead(401).end('{"errors":["refused"]}')
    await until(3)
    await vi.advanceTimersByTimeAsync(100)
    expect(await error).toMatchObject({ code: 'ECONNABORTED', message: 'timeout of 100ms exceeded' })
  })

  test('ends a call whose headers do not come', async () => {
    const { api } = await signedIn(async (_, outgoing) => {
      await sleep(200)
      outgoing.writeHead(200, credentials('two')).end()
    })
    expect(await errorOf(api.get('/items', { timeout: 50 }))).toMatchObject({ code: 'ECONNABORTED' })
  })
})

describe('a streamed answer', () => {
  test('ends with its signal as long as it lasts, and then listens no more', async () => {
    const { api } = await signedIn((_, outgoing) =>
      outgoing.writeHead(200, credentials('two')).write('first'),
    )
    const caller = new AbortController()
    const { data } = await api.get<Readable>('/items', { responseType: 'stream', signal: caller.signal })
    const ended = errorOf(text(data))
    caller.abort()
    expect(await ended).toMatchObject({ code: 'ERR_CANCELED' })
    await expect.poll(() => getEventListeners(caller.signal, 'abort').length).toBe(0)
  })

  test('that was read leaves no listener behind', async () => {
    const { api } = await signedIn((_, outgoing) => outgoing.writeHead(200, credentials('two')).end('all'))
    const { signal } = new AbortController()
    const { data } = await api.get<Readable>('/items', { responseType: 'stream', signal })
    expect(await text(data)).toBe('all')
    await expect.poll(() => getEventListeners(signal, 'abort').length).toBe(0)
  })

  test('that nobody will read lets go of its connection', async () => {
    const { api, arrived } = await signedIn(async (_, outgoing) => {
      await sleep(50)
      outgoing.writeHead(200, credentials('two')).write('first')
    })
    const caller = new AbortController()
    const call = errorOf(api.get('/items', { responseType: 'stream', signal: caller.signal }))
    await expect.poll(() => arrived.length).toBe(1)
    caller.abort()
    await call
    await expect.poll(() => arrived[0]!.socket.destroyed).toBe(true)
  })
})

describe('an answer that breaks off', () => {
  test('has shown its headers, so its token is kept', async () => {
    let answers = 0
    const { api, session, tokens } = await signedIn((_, outgoing) => {
      outgoing.writeHead(200, { ...credentials(answers++ === 0 ? 'two' : ' '), 'content-length': 100 })
      outgoing.write('first')
      setTimeout(() => (answers === 1 ? outgoing.destroy() : outgoing.end('x'.repeat(95))), 20)
    })
    expect(await errorOf(api.get('/items'))).toMatchObject({ code: 'ERR_BAD_RESPONSE' })
    await api.get('/items')
    expect(tokens()).toEqual(['one', 'two'])
    session.dispose()
  })
})

describe('a redirect', () => {
  const here: Handler = (_, outgoing) => outgoing.writeHead(200, credentials('two')).end('here')

  test('within the origin keeps the credentials', async () => {
    const { api, tokens } = await signedIn((incoming, outgoing) =>
      incoming.url === '/moved'
        ? outgoing.writeHead(302, { location: '/items' }).end()
        : here(incoming, outgoing),
    )
    expect((await api.get('/moved')).data).toBe('here')
    expect(tokens()).toEqual(['one', 'one'])
  })

  test('to elsewhere takes them off, and takes no token in', async () => {
    const elsewhere = await serve((_, outgoing) =>
      outgoing.writeHead(200, credentials('foreign')).end('there'),
    )
    const { api, tokens } = await signedIn((incoming, outgoing) =>
      incoming.url === '/moved'
        ? outgoing.writeHead(302, { location: `${elsewhere.url}/items` }).end()
        : here(incoming, outgoing),
    )
    const seen: string[] = []
    const { data } = await api.get('/moved', { beforeRedirect: options => seen.push(options.href as string) })
    expect(data).toBe('there')
    expect(seen).toEqual([`${elsewhere.url}/items`])
    const { headers } = elsewhere.arrived[0]!
    expect(['access-token', 'client', 'uid'].filter(name => name in headers)).toEqual([])
    await api.get('/items')
    expect(tokens()).toEqual(['one', 'one'])
  })

  test('to elsewhere that refuses the request is delivered, and the session stays', async () => {
    const elsewhere = await serve((_, outgoing) => outgoing.writeHead(401).end())
    const { api, session } = await signedIn((_, outgoing) =>
      outgoing.writeHead(302, { location: elsewhere.url }).end(),
    )
    expect((await errorOf(api.get('/moved'))).status).toBe(401)
    expect(session.getSnapshot().status).toBe('signed-in')
  })
})

describe('a body', () => {
  /** Refuses the first request, and meanwhile has the session take a newer token. */
  async function refusing() {
    const bodies: string[] = []
    const world = await signedIn(async (incoming, outgoing) => {
      if (incoming.url === '/fresh') return outgoing.writeHead(200, credentials('two')).end()
      bodies.push(await text(incoming))
      if (bodies.length > 1) return outgoing.writeHead(200, credentials(' ')).end('done')
      await world.session.fetch('/fresh')
      outgoing.writeHead(401).end('refused')
    })
    return { ...world, bodies }
  }

  test.each([
    ['JSON', { name: 'Änne' }, '{"name":"Änne"}'],
    ['URLSearchParams', new URLSearchParams({ name: 'Änne' }), 'name=%C3%84nne'],
    ['bytes', new TextEncoder().encode('Änne'), 'Änne'],
    ['a Buffer', Buffer.from('Änne'), 'Änne'],
    ['a Blob', new Blob(['Änne']), 'Änne'],
    ['nothing', undefined, ''],
  ])('of %s is sent again as it is', async (_, data, body) => {
    const { api, bodies, tokens } = await refusing()
    expect((await api.post('/items', data)).data).toBe('done')
    expect(bodies).toEqual([body, body])
    expect(tokens()).toEqual(['one', 'one', 'two'])
  })

  test.each([
    ['a stream', () => ReadableStreams.from(['Änne'])],
    ['a generator', () => ReadableStreams.from(parts())],
  ])('of %s is sent once, and its 401 is delivered', async (_, data) => {
    const { api, bodies, session } = await refusing()
    expect((await errorOf(api.post('/items', data()))).response?.data).toBe('refused')
    expect(bodies).toEqual(['Änne'])
    expect(session.getSnapshot().status).toBe('signed-in')
  })

  test('of postForm, which axios makes a stream in Node, is sent once', async () => {
    const { api, bodies, session } = await refusing()
    expect((await errorOf(api.postForm('/items', { name: 'Änne' }))).status).toBe(401)
    expect(bodies.length).toBe(1)
    expect(bodies[0]).toContain('Änne')
    expect(session.getSnapshot().status).toBe('signed-in')
  })

  test('tells its upload progress', async () => {
    const { api } = await signedIn((incoming, outgoing) => {
      incoming.resume().on('end', () => outgoing.writeHead(200, credentials('two')).end())
    })
    let loaded = 0
    const data = Buffer.alloc(300_000)
    await api.post('/items', data, {
      onUploadProgress: event => {
        loaded = event.loaded
      },
    })
    expect(loaded).toBe(300_000)
  })
})

async function* parts() {
  yield 'Än'
  yield 'ne'
}

test('an error of the network is axios’s own, and without credentials', async () => {
  const { api } = await signedIn(incoming => incoming.socket.destroy())
  const error = await errorOf(api.get('/items'))
  expect(error).toMatchObject({ code: 'ECONNRESET' })
  expect(JSON.stringify(error.toJSON())).not.toContain('access-token')
})

test.each([
  ['the network', (incoming: IncomingMessage) => incoming.socket.destroy()],
  ['the server', (_: IncomingMessage, outgoing: ServerResponse) => outgoing.writeHead(422).end()],
])('an error of %s that is logged does not show the token that was sent', async (_, handler) => {
  const { api, tokens } = await signedIn(handler)
  const error = await errorOf(api.get('/items'))
  expect(tokens()).toEqual(['one'])
  expect(inspect(error)).not.toContain('access-token: one')
  expect(error.request).toBeDefined()
})

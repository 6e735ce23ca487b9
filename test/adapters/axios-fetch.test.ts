import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { credentials, errorOf, signedIn } from './axios-server.ts'

/** axios's fetch adapter in Node: its streams are the web's. */

describe('a streamed answer', () => {
  test('ends with its signal as long as it lasts, and so does its connection', async () => {
    const { api, arrived } = await signedIn(
      (_, outgoing) => void outgoing.writeHead(200, credentials('two')).write('first'),
      'fetch',
    )
    const caller = new AbortController()
    const { data } = await api.get('/items', { responseType: 'stream', signal: caller.signal })
    const reader = data.getReader()
    await reader.read()
    caller.abort()
    expect(await errorOf(reader.read())).toMatchObject({ code: 'ERR_CANCELED' })
    await expect.poll(() => arrived[0]!.socket.destroyed).toBe(true)
  })

  test('that nobody will read lets go of its connection', async () => {
    const { api, arrived } = await signedIn(async (_, outgoing) => {
      await sleep(50)
      outgoing.writeHead(200, credentials('two')).write('first')
    }, 'fetch')
    const caller = new AbortController()
    const call = errorOf(api.get('/items', { responseType: 'stream', signal: caller.signal }))
    await expect.poll(() => arrived.length).toBe(1)
    caller.abort()
    await call
    await expect.poll(() => arrived[0]!.socket.destroyed).toBe(true)
  })

  test('of a refusal that is replayed lets go of its connection', async () => {
    let refused = Promise.resolve<unknown>(undefined)
    const made: Awaited<ReturnType<typeof signedIn>> = await signedIn(async (incoming, outgoing) => {
      if (incoming.url === '/fresh' || made.arrived.length > 2) {
        return outgoing.writeHead(200, credentials('two')).end('done')
      }
      refused = once(outgoing, 'close')
      await made.session.fetch('/fresh')
      return outgoing.writeHead(401).write('no')
    }, 'fetch')
    const { data } = await made.api.get('/items', { responseType: 'stream' })
    expect(await new Response(data).text()).toBe('done')
    await refused
    expect(made.tokens()).toEqual(['one', 'one', 'two'])
  })
})

describe.each(['http', 'fetch'] as const)('by %s', adapter => {
  test.each([
    ['the longest timeout that a timer can keep', 2 ** 31 - 1, {}],
    ['a timeout, and aborted requests that linger for ever', 5_000, { lingerAfterAbort: Infinity }],
  ])('%s does not end a call', async (_, timeout, options) => {
    const { api } = await signedIn(
      async (_, outgoing) => {
        await sleep(50)
        outgoing.writeHead(200, credentials('two')).end('done')
      },
      adapter,
      options,
    )
    expect((await api.get('/items', { timeout })).data).toBe('done')
  })
})

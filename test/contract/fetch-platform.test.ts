import { describe, expect, test } from 'vitest'
import { createSession, memoryStorage } from '../../src/index.ts'
import { fetchCases } from './fetch-cases.ts'
import { playFetchCase } from './fetch-play.ts'
import { startFetchServer } from './fetch-server.ts'

describe.each(['the platform', 'the session'] as const)('fetch of %s in Node', which => {
  for (const { name, only = 'Node', run } of fetchCases) {
    if (only !== 'Node') continue
    test.concurrent(name, async () => {
      const server = await startFetchServer()
      try {
        await playFetchCase(run, which, server.url)
      } finally {
        await server.close()
      }
    })
  }
})

describe('what a request is for the platform, it is for the fetch that the session is given', () => {
  const url = 'https://api.example.com/items'
  const properties: RequestInit[] = [
    { cache: 'no-store' },
    { credentials: 'include' },
    { credentials: 'omit' },
    { integrity: 'sha256-xyz' },
    { keepalive: true },
    { mode: 'same-origin' },
    { redirect: 'manual' },
    { referrer: 'about:client' },
    { referrerPolicy: 'no-referrer' },
    { method: 'post' },
    { method: 'POST', body: 'text' },
  ]
  test.each(properties)('%j', async init => {
    const given: Request[] = []
    const session = createSession({
      baseUrl: url,
      storage: memoryStorage(),
      async fetch(input, init) {
        given.push(new Request(input, init))
        return new Response('{"data":{}}', {
          headers: { 'access-token': 'one', client: 'client', uid: 'ann@example.com', expiry: '1900000000' },
        })
      },
    })
    await session.signIn({})
    const expected = new Request(url, init)
    given.length = 0
    await session.fetch(url, init)
    await session.fetch(new Request(url, init))
    await session.fetch(new Request(url), init)
    for (const request of given) {
      for (const property of [
        'cache',
        'credentials',
        'integrity',
        'keepalive',
        'method',
        'mode',
        'redirect',
      ] as const)
        expect([property, request[property]]).toEqual([property, expected[property]])
      expect([request.referrer, request.referrerPolicy]).toEqual([expected.referrer, expected.referrerPolicy])
      expect(request.headers.get('content-type')).toBe(expected.headers.get('content-type'))
      expect(request.headers.get('access-token')).toBe('one')
    }
    expect(given.length).toBe(3)
    session.dispose()
  })
})

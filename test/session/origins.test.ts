import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createSession, memoryStorage } from '../../src/index.ts'
import { ada, api, type World, world } from './given.ts'

/** Where a URL parser ends up is what counts; each of these looks like the API, or like a path of it. */
const foreign: [string, string][] = [
  ['another host', 'https://evil.test/items'],
  ['a host that begins with the API’s', 'https://api.example.com.evil.test/items'],
  ['a host that ends with the API’s', 'https://evil-api.example.com/items'],
  ['a subdomain', 'https://x.api.example.com/items'],
  ['the parent domain', 'https://example.com/items'],
  ['user info that looks like the API', 'https://api.example.com@evil.test/items'],
  ['user info with a port', 'https://api.example.com:443@evil.test/items'],
  ['the API in the path', 'https://evil.test/https://api.example.com/items'],
  ['the API in the query', 'https://evil.test/?https://api.example.com/items'],
  ['the API in the fragment', 'https://evil.test/#https://api.example.com/items'],
  ['another port', 'https://api.example.com:8443/items'],
  ['another scheme', 'http://api.example.com/items'],
  ['no scheme', '//evil.test/items'],
  ['no scheme, and the API as its user', '//api.example.com@evil.test/items'],
  ['three slashes', '///evil.test/items'],
  ['backslashes', '\\\\evil.test\\items'],
  ['a slash and a backslash', '/\\evil.test/items'],
  ['a backslash and a slash', '\\/evil.test/items'],
  ['a tab between the slashes', '/\t/evil.test/items'],
  ['a newline between the slashes', '/\n/evil.test/items'],
  ['a tab before the slashes', '\t//evil.test/items'],
  ['a space before the slashes', ' //evil.test/items'],
  ['a tab inside the scheme', 'ht\ttps://evil.test/items'],
  ['a newline inside the host', 'https://api.example.com\n.evil.test/items'],
  ['a backslash after the API’s host', 'https://evil.test\\@api.example.com/items'],
  ['a full stop after the host', 'https://api.example.com./items'],
  ['data', 'data:application/json,{}'],
  ['a blob that names the API’s origin', 'blob:https://api.example.com/0-0'],
  ['the API’s own host with user info, which fetch refuses', 'https://ada:pw@api.example.com/items'],
]

describe('a token goes to the session’s origins only, not to', () => {
  test.each(foreign)('%s: %j', async (_, url) => {
    const calls: unknown[][] = []
    const { another, server } = world()
    const session = another({
      storage: memoryStorage(),
      fetch: async (...args) => {
        if (String(args[0]).endsWith('/sign_in')) return server.fetch(...args)
        calls.push(args)
        return new Response()
      },
    })
    await session.signIn(ada)
    const init = { headers: { 'x-mine': 'yes' } }
    expect(session.own(url)).toBeNull()
    await session.fetch(url, init)
    expect(calls).toEqual([[url, init]])
  })

  test('while these are its own', async () => {
    const { session } = world()
    expect(session.own('/items')).toBe(`${api}/items`)
    expect(session.own('/')).toBe(`${api}/`)
    expect(session.own('')).toBe(`${api}/`)
    expect(session.own('?q=//evil.test')).toBe(`${api}/?q=//evil.test`)
    expect(session.own('/a//b')).toBe(`${api}/a//b`)
    expect(session.own('./\\evil.test')).toBe(`${api}//evil.test`)
    expect(session.own('/%2f/evil.test')).toBe(`${api}/%2f/evil.test`)
    expect(session.own('/zoë')).toBe(`${api}/zo%C3%AB`)
    expect(session.own('/zë')).toBe(`${api}/z%C3%AB`)
    expect(session.own('/ë')).toBe(`${api}/%C3%AB`)
    expect(session.own('/..//evil.test/')).toMatch(/^https:\/\/api\.example\.com\//)
    expect(session.own('https:items')).toBe(`${api}/items`)
    expect(session.own(`${api}/items`)).toBe(`${api}/items`)
    expect(session.own(api)).toBe(`${api}/`)
    expect(session.own(`${api}?q`)).toBe(`${api}/?q`)
    expect(session.own(`${api}\\items`)).toBe(`${api}/items`)
  })

  test('whatever is asked, what is own parses as one of the origins', () => {
    const { session } = world()
    const parts = ['/', '\\', '//', '@', ':', '.', '\t', '\n', ' ', '?', '#', 'https:', 'evil.test', api, 'a']
    let own = 0
    for (const one of parts) {
      for (const two of parts) {
        for (const three of parts) {
          const url = one + two + three
          const result = session.own(url)
          if (result === null) continue
          own++
          const parsed = new URL(url, api)
          expect(new URL(result).origin, url).toBe(api)
          expect(parsed.origin, url).toBe(api)
          expect(new URL(result).href, url).toBe(parsed.href)
        }
      }
    }
    expect(own).toBeGreaterThan(100)
  })

  test.each(['https://', '//', 'http://[', '//[::1', 'https://a b/', 'https://api.example.com:x/'])(
    'what is no URL is nobody’s, and refused as the platform refuses it: %j',
    async url => {
      const { session } = world()
      expect(session.own(url)).toBeNull()
      const ofPlatform = await fetch(url).catch(error => error)
      const refused = await createSession({ baseUrl: api, storage: memoryStorage() })
        .fetch(url)
        .catch(error => error)
      expect(refused).toBeInstanceOf(TypeError)
      expect(refused.message).toBe(ofPlatform.message)
    },
  )

  test('a plain path of the API needs no parser: it is on the way of every call', () => {
    const { session } = world()
    vi.stubGlobal('URL', () => {
      throw new Error('parsed')
    })
    for (const path of ['/', '/i', '/items', '/items?page=2&q=[a]#top', '/~a/-_.!*()']) {
      expect(session.own(path)).toBe(api + path)
      expect(session.own(api + path)).toBe(api + path)
    }
    vi.unstubAllGlobals()
  })

  test('further origins are own when they are named', async () => {
    const { session } = world({ session: { origins: ['https://files.example.com'] } })
    expect(session.own('https://files.example.com/a')).toBe('https://files.example.com/a')
    expect(session.own('https://files.example.com.evil.test/a')).toBeNull()
    expect(session.own('http://files.example.com/a')).toBeNull()
    expect(session.own('/a')).toBe(`${api}/a`)
  })
})

describe('a redirect', () => {
  const seen: { port: string; url: string; token: string | undefined }[] = []
  let apiServer: Server
  let otherServer: Server
  let base: string
  let other: string
  let mock: World

  beforeAll(async () => {
    mock = world({ batchRequestBufferThrottle: 0 })
    apiServer = createServer(async (request, response) => {
      seen.push({ port: 'api', url: request.url!, token: request.headers['access-token'] as string })
      const away = /^\/away(.*)$/.exec(request.url!)
      if (away) {
        response.writeHead(302, { location: other + away[1] })
        return response.end()
      }
      if (request.url === '/moved') {
        response.writeHead(302, { location: '/items' })
        return response.end()
      }
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const answer = await mock.server.fetch(`${api}${request.url}`, {
        method: request.method!,
        headers: request.headers as Record<string, string>,
        body: chunks.length > 0 ? Buffer.concat(chunks) : null,
      })
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      response.end(Buffer.from(await answer.arrayBuffer()))
    })
    otherServer = createServer((request, response) => {
      seen.push({ port: 'other', url: request.url!, token: request.headers['access-token'] as string })
      // A stranger that would like to be taken for the API.
      const headers = { 'access-token': 'planted', client: '', uid: 'planted', expiry: '9999999999' }
      if (request.url === '/refused') response.writeHead(401).end('refused')
      else response.writeHead(200, headers).end('landed')
    })
    base = await listen(apiServer)
    other = await listen(otherServer)
  })
  afterAll(() => {
    apiServer.close()
    otherServer.close()
  })
  afterEach(() => {
    seen.length = 0
  })

  async function open() {
    const session = createSession({ baseUrl: base, storage: memoryStorage() })
    await session.signIn(ada)
    seen.length = 0
    return session
  }

  test('to another origin brings nothing into the session, whatever headers are there', async () => {
    const session = await open()
    expect(await (await session.fetch('/away/landing')).text()).toBe('landed')
    expect(seen.map(({ port, url }) => port + url)).toEqual(['api/away/landing', 'other/landing'])
    const items = await session.fetch('/items')
    expect(items.status).toBe(200)
    expect(seen.at(-1)!.token).not.toBe('planted')
    session.dispose()
  })

  test('to another origin that answers 401 signs nobody out, and is not repeated', async () => {
    const session = await open()
    expect((await session.fetch('/away/refused')).status).toBe(401)
    expect(seen).toHaveLength(2)
    expect(session.getSnapshot().status).toBe('signed-in')
    expect((await session.fetch('/items')).status).toBe(200)
    session.dispose()
  })

  test('within the API hands the token of the last answer on', async () => {
    const session = await open()
    expect((await session.fetch('/moved')).status).toBe(200)
    const first = seen.at(-1)!.token
    expect((await session.fetch('/items')).status).toBe(200)
    expect(seen.at(-1)!.token).not.toBe(first)
    session.dispose()
  })
})

async function listen(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

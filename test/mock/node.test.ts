import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { MockServerOptions } from '../../src/mock/index.ts'
import { type Listening, type ListenOptions, listen } from '../../src/mock/node.ts'
import { bodyOf, credentialsOf, EMAIL, issued, PASSWORD, setup } from './support.ts'

const APP = 'https://app.example.com'
const BODY = JSON.stringify({ email: EMAIL, password: PASSWORD })
const open: Listening[] = []

async function serve(options: MockServerOptions = {}, how: ListenOptions = {}) {
  const made = setup(options)
  const front = await listen(made.server, how)
  open.push(front)
  const signIn = (headers: HeadersInit = {}) =>
    fetch(`${front.url}/auth/sign_in`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: BODY,
    })
  return { ...made, ...front, signIn }
}

const preflight = (url: string, origin = APP) =>
  fetch(`${url}/items`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'access-token,client,uid',
    },
  })

/** What is on the wire, byte by byte. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.setEncoding('latin1')
    socket.on('data', chunk => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(front => front.close()))
})

describe('the HTTP front', () => {
  test('serves the mock server on a free port of its own', async () => {
    const one = await serve()
    const two = await serve()
    expect(one.port).not.toBe(two.port)
    expect(one.url).toBe(`http://127.0.0.1:${one.port}`)
    const headers = { ...credentialsOf(await one.signIn()) }
    const items = await fetch(`${one.url}/items?page=1`, { headers })
    expect([items.status, issued(items), await bodyOf(items)]).toEqual([200, 'blank', { items: [] }])
    expect((await fetch(`${two.url}/items`, { headers })).status).toBe(401)
  })

  test('bodies pass as bytes in both directions', async () => {
    const { url } = await serve({
      routes: {
        'POST /echo': {
          access: 'public',
          handler: async ({ request }) => new Response(await request.arrayBuffer()),
        },
      },
    })
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256)
    const response = await fetch(`${url}/echo`, { method: 'POST', body: bytes })
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
  })

  test('a blank header is one space on the wire', async () => {
    const { port, signIn } = await serve()
    const { 'access-token': token, client, uid } = credentialsOf(await signIn())
    const answer = await raw(
      port,
      `GET /items HTTP/1.1\r\nHost: x\r\nConnection: close\r\naccess-token: ${token}\r\nclient: ${client}\r\nuid: ${uid}\r\n\r\n`,
    )
    expect(answer).toContain('\r\naccess-token:  \r\n')
    expect(answer).toContain('\r\nexpiry:  \r\n')
  })

  test('HEAD, 204 and 304 have no body', async () => {
    const { url, signIn } = await serve({
      routes: { 'GET /items': () => [1], 'DELETE /items': () => undefined },
    })
    const headers = { ...credentialsOf(await signIn()) }
    const head = await fetch(`${url}/items`, { method: 'HEAD', headers })
    const gone = await fetch(`${url}/items`, { method: 'DELETE', headers })
    const etag = head.headers.get('etag')!
    const unchanged = await fetch(`${url}/items`, { headers: { ...headers, 'if-none-match': etag } })
    expect([head.status, gone.status, unchanged.status]).toEqual([200, 204, 304])
    for (const response of [head, gone, unchanged]) {
      expect(issued(response)).toBe('blank')
      expect(await response.text()).toBe('')
    }
  })

  test('a lost answer breaks the connection after the rotation', async () => {
    const { url, server, clock, signIn } = await serve()
    const headers = { ...credentialsOf(await signIn()) }
    await clock.advance(6000)
    server.loseAnswer()
    await expect(fetch(`${url}/items`, { headers })).rejects.toThrow(TypeError)
    expect(Object.values(server.inspect().users[0]!.clients)[0]?.previous).toBe(headers['access-token'])
    expect((await fetch(`${url}/items`, { headers })).status).toBe(200)
  })

  test('a client that goes away does not stop the server', async () => {
    const { url, server, clock, signIn } = await serve()
    const headers = { ...credentialsOf(await signIn()) }
    await clock.advance(6000)
    const hold = server.hold()
    const controller = new AbortController()
    const answer = fetch(`${url}/items`, { headers, signal: controller.signal })
    await hold.begun
    controller.abort()
    await expect(answer).rejects.toThrow('abort')
    hold.release()
    await expect
      .poll(() => Object.values(server.inspect().users[0]!.clients)[0]?.previous)
      .toBe(headers['access-token'])
  })

  test('closing drops what is open', async () => {
    const { url, server, signIn } = await serve()
    const headers = { ...credentialsOf(await signIn()) }
    const hold = server.hold()
    const answer = fetch(`${url}/items`, { headers })
    await hold.begun
    await open.pop()?.close()
    await expect(answer).rejects.toThrow(TypeError)
    await expect(fetch(`${url}/items`, { headers })).rejects.toThrow(TypeError)
  })

  test('a port in use is reported', async () => {
    const { port } = await serve()
    await expect(serve({}, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('CORS', () => {
  const NAMES = 'access-token, client, expiry, uid, token-type, Authorization'

  test('every origin may read the answers and their credentials, refused ones too', async () => {
    const { url, signIn } = await serve()
    for (const response of [
      await signIn({ origin: APP }),
      await fetch(`${url}/items`, { headers: { origin: APP } }),
    ]) {
      expect(response.headers.get('access-control-allow-origin')).toBe(APP)
      expect(response.headers.get('access-control-expose-headers')).toBe(NAMES)
      expect(response.headers.get('access-control-allow-credentials')).toBeNull()
      expect(response.headers.get('vary')).toBe('Origin')
    }
  })

  test('a preflight is answered without the server noticing', async () => {
    const { url, server } = await serve()
    let arrived = 0
    server.on(() => {
      arrived += 1
    })
    const response = await preflight(url)
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe(APP)
    expect(response.headers.get('access-control-allow-methods')).toContain('PATCH')
    expect(response.headers.get('access-control-allow-headers')).toBe('access-token,client,uid')
    expect(arrived).toBe(0)
  })

  test('OPTIONS that is no preflight is a request like any other', async () => {
    const { url } = await serve()
    expect((await fetch(`${url}/nowhere`, { method: 'OPTIONS' })).status).toBe(404)
  })

  test('other origins than the given ones are served, but may not read', async () => {
    const { url, signIn } = await serve({}, { origins: [APP] })
    expect((await signIn({ origin: APP })).headers.get('access-control-allow-origin')).toBe(APP)
    const evil = await signIn({ origin: 'https://app.example.com.evil.test' })
    expect([evil.status, evil.headers.get('access-control-allow-origin')]).toEqual([200, null])
    expect((await preflight(url, 'https://evil.test')).headers.get('access-control-allow-origin')).toBeNull()
  })

  test('without an origin nothing is allowed to any', async () => {
    const { signIn } = await serve()
    expect((await signIn()).headers.get('access-control-allow-origin')).toBeNull()
  })

  test('the names that are configured are exposed', async () => {
    const { signIn } = await serve({ headersNames: { 'access-token': 'X-Token' } })
    expect((await signIn({ origin: APP })).headers.get('access-control-expose-headers')).toBe(
      NAMES.replace('access-token', 'X-Token'),
    )
  })

  test('it can forget to expose them', async () => {
    const { signIn } = await serve({}, { exposeHeaders: false })
    const response = await signIn({ origin: APP })
    expect(response.headers.get('access-control-expose-headers')).toBeNull()
    expect(issued(response)).toBe('token')
  })

  test('in cookie mode the cookie may come along', async () => {
    const { signIn, url } = await serve({ cookieEnabled: true })
    const response = await signIn({ origin: APP })
    expect(response.headers.get('access-control-allow-credentials')).toBe('true')
    expect(response.headers.getSetCookie()[0]).toMatch(/^auth_cookie=%7B/)
    const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!
    expect((await fetch(`${url}/items`, { headers: { cookie } })).status).toBe(200)
  })
})

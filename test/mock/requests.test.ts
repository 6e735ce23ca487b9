import { describe, expect, test, vi } from 'vitest'
import { bodyOf, credentialsOf, EMAIL, issued, ORIGIN, setup } from './support.ts'

describe("the application's routes", () => {
  test('are protected unless they say otherwise', async () => {
    const { send, signIn, clock } = setup({
      routes: {
        'GET /mine': ({ user }) => ({ owner: user.email }),
        'GET /maybe': { access: 'optional', handler: ({ user }) => ({ owner: user?.email ?? null }) },
        'GET /open': { access: 'public', handler: ({ user }) => ({ owner: user }) },
      },
    })
    const headers = { ...(await signIn()) }
    await clock.advance(6000)
    const refused = await send('GET /mine')
    expect([refused.status, issued(refused)]).toEqual([401, 'absent'])
    expect(await bodyOf(refused)).toEqual({
      errors: ['You need to sign in or sign up before continuing.'],
    })
    const stranger = await send('GET /maybe', { headers: { ...headers, 'access-token': 'wrong' } })
    expect([stranger.status, issued(stranger), await bodyOf(stranger)]).toEqual([
      200,
      'absent',
      { owner: null },
    ])
    const open = await send('GET /open', { headers })
    expect([open.status, issued(open), await bodyOf(open)]).toEqual([200, 'absent', { owner: null }])
    const maybe = await send('GET /maybe', { headers })
    expect([maybe.status, issued(maybe), await bodyOf(maybe)]).toEqual([200, 'token', { owner: EMAIL }])
    const mine = await send('GET /mine', { headers: { ...credentialsOf(maybe) } })
    expect([mine.status, issued(mine), await bodyOf(mine)]).toEqual([200, 'blank', { owner: EMAIL }])
  })

  test('a handler returns JSON, a Response, or nothing', async () => {
    const { send, signIn } = setup({
      routes: {
        'GET /json': () => [1, 2],
        'GET /null': () => null,
        'GET /nothing': () => undefined,
        'GET /response': async () => new Response('tea', { status: 418, headers: { 'x-pot': 'short' } }),
      },
    })
    const headers = { ...(await signIn()) }
    const json = await send('GET /json', { headers })
    expect([json.headers.get('content-type'), await bodyOf(json)]).toEqual([
      'application/json; charset=utf-8',
      [1, 2],
    ])
    expect(await bodyOf(await send('GET /null', { headers }))).toBeNull()
    const nothing = await send('GET /nothing', { headers })
    expect([nothing.status, issued(nothing), nothing.body]).toEqual([204, 'blank', null])
    const response = await send('GET /response', { headers })
    expect([response.status, issued(response), response.headers.get('x-pot'), await response.text()]).toEqual(
      [418, 'blank', 'short', 'tea'],
    )
  })

  test("the application's own 401 carries credentials, and rotates", async () => {
    const { send, signIn, clock } = setup({
      routes: { 'GET /forbidden': () => Response.json({ error: 'not yours' }, { status: 401 }) },
    })
    const headers = { ...(await signIn()) }
    await clock.advance(6000)
    const response = await send('GET /forbidden', { headers })
    expect([response.status, issued(response)]).toEqual([401, 'token'])
  })

  test('an exception is a 500 without credentials: nothing rotates, the buffer does not move', async () => {
    const { send, signIn, clock, server } = setup({
      routes: {
        'GET /broken': () => {
          throw new Error('broken on purpose')
        },
      },
    })
    const headers = { ...(await signIn()) }
    await clock.advance(6000)
    const before = server.inspect().users
    const events = vi.fn()
    server.on(events)
    const response = await send('GET /broken', { headers })
    expect([response.status, issued(response), await bodyOf(response)]).toEqual([
      500,
      'absent',
      { status: 500, error: 'Internal Server Error' },
    ])
    expect(server.inspect().users).toEqual(before)
    expect(events).toHaveBeenCalledWith(
      expect.objectContaining({ type: 'raise', error: new Error('broken on purpose') }),
    )
  })

  test('a handler gets the request with its body, the URL, and the parts of the path', async () => {
    const seen = vi.fn()
    const { send, signIn } = setup({
      routes: {
        'PUT /shelves/:shelf/books/:id': async ({ request, url, params, user }) => {
          seen({
            method: request.method,
            body: await request.json(),
            query: url.searchParams.get('q'),
            params,
            user,
          })
          return null
        },
      },
    })
    await send('PUT /shelves/a%20b/books/7?q=1', { headers: { ...(await signIn()) }, body: { title: 'x' } })
    expect(seen).toHaveBeenCalledWith({
      method: 'PUT',
      body: { title: 'x' },
      query: '1',
      params: { shelf: 'a b', id: '7' },
      user: { id: 1, uid: EMAIL, email: EMAIL, name: null, nickname: null, image: null },
    })
  })

  test('a path that nobody serves is 404 without credentials, and rotates nothing', async () => {
    const { send, signIn, clock, server } = setup({ routes: { 'POST /items': () => null } })
    const headers = { ...(await signIn()) }
    await clock.advance(6000)
    const before = server.inspect().users
    for (const route of [
      'GET /nowhere',
      'GET /items',
      'GET /items/1',
      'GET /auth',
      'GET /auth/google',
      'GET /author',
    ]) {
      const response = await send(route, { headers })
      expect([response.status, issued(response)]).toEqual([404, 'absent'])
      expect(await bodyOf(response)).toEqual({ status: 404, error: 'Not Found' })
    }
    expect(server.inspect().users).toEqual(before)
  })

  test('a dot in a pattern is a dot; a slash at the end of a path does not count', async () => {
    const { send, signIn } = setup({ routes: { 'GET /file.txt': () => null } })
    const headers = { ...(await signIn()) }
    expect((await send('GET /fileXtxt', { headers })).status).toBe(404)
    expect((await send('GET /file.txt/', { headers })).status).toBe(200)
    expect((await send('GET /auth/validate_token/', { headers })).status).toBe(200)
  })

  test('HEAD is GET without the body', async () => {
    const { send, signIn, clock } = setup({ routes: { 'GET /items': () => [1] } })
    const headers = { ...(await signIn()) }
    await clock.advance(6000)
    const response = await send('HEAD /items', { headers })
    expect([response.status, issued(response), await response.text()]).toEqual([200, 'token', ''])
  })

  test('a route can ask for the users of another model', async () => {
    const { send } = setup({
      models: { Member: { authPath: '/member_auth', users: [{ email: 'max@example.com' }] } },
      routes: { 'GET /club': { model: 'Member', handler: ({ user }) => user.email } },
    })
    const body = { email: 'max@example.com', password: 'password123' }
    const headers = { ...credentialsOf(await send('POST /member_auth/sign_in', { body })) }
    expect(await bodyOf(await send('GET /club', { headers }))).toBe('max@example.com')
    expect((await send('GET /auth/validate_token', { headers })).status).toBe(401)
  })

  test('a known ETag is answered with 304, which carries credentials', async () => {
    const { send, signIn, clock } = setup()
    const headers = { ...(await signIn()) }
    const etag = (await send('GET /items', { headers })).headers.get('etag')!
    await clock.advance(6000)
    const unchanged = await send('GET /items', { headers: { ...headers, 'if-none-match': etag } })
    expect([unchanged.status, issued(unchanged), unchanged.body]).toEqual([304, 'token', null])
    expect(unchanged.headers.get('content-type')).toBeNull()
    const other = await send('GET /items', { headers: { ...headers, 'if-none-match': 'W/"other"' } })
    expect(other.status).toBe(200)
    const write = await send('POST /items', { headers: { ...headers, 'if-none-match': etag } })
    expect(write.status).toBe(200)
  })

  test('bodies that differ have different ETags', async () => {
    let body = 'a'
    const { send, signIn } = setup({ routes: { 'GET /text': () => new Response(body) } })
    const headers = { ...(await signIn()) }
    const etags = new Set()
    for (body of ['a', 'b', 'ab', 'ba', ''])
      etags.add((await send('GET /text', { headers })).headers.get('etag'))
    expect(etags.size).toBe(5)
  })
})

describe('where the credentials are found', () => {
  const bearer = (fields: object) => `Bearer ${btoa(JSON.stringify(fields))}`

  test('in headers, parameters or a bearer, each field by itself and in this order', async () => {
    const { send, signIn } = setup()
    const good = await signIn()
    const { 'access-token': token, client, uid } = good
    const query = new URLSearchParams({ ...good })
    const status = async (path: string, headers: HeadersInit = {}) =>
      (await send(`GET ${path}`, { headers })).status

    expect(await status(`/items?${query}`)).toBe(200)
    expect(await status('/items', { authorization: bearer(good) })).toBe(200)
    expect(await status('/items', { client, uid, authorization: bearer({ 'access-token': token }) })).toBe(
      200,
    )
    expect(await status(`/items?${query}`, { 'access-token': 'wrong' })).toBe(401)
    expect(await status(`/items?access-token=wrong`, { authorization: bearer(good) })).toBe(401)
    expect(await status(`/items?${query}`, { authorization: bearer({ ...good, client: 'wrong' }) })).toBe(200)
    expect((await send('POST /items', { body: good })).status).toBe(200)
  })

  test('an empty header hides the bearer', async () => {
    const { send, signIn } = setup()
    const headers = { 'access-token': '', authorization: bearer(await signIn()) }
    expect((await send('GET /items', { headers })).status).toBe(401)
  })

  test('a missing client is called default', async () => {
    const { send, signIn } = setup()
    const { client: _, ...rest } = await signIn()
    expect((await send('GET /items', { headers: rest })).status).toBe(401)
  })

  test.each([
    ['no base64', 'Bearer not*base64'],
    ['no JSON', `Bearer ${btoa('nonsense')}`],
    ['no UTF-8 that is JSON', `Bearer ${btoa('\xff\xfe')}`],
    ['a scheme alone', 'Bearer'],
    ['basic credentials', 'Basic dXNlcjpwYXNz'],
    ['blanks', '  '],
  ])('a bearer that is %s is none', async (_, authorization) => {
    expect((await setup().send('GET /items', { headers: { authorization } })).status).toBe(401)
  })

  test.each([[[1]], [5], [null], [true]])('a bearer of %j is an exception on the server', async value => {
    const authorization = `Bearer ${btoa(JSON.stringify(value))}`
    expect((await setup().send('GET /items', { headers: { authorization } })).status).toBe(500)
  })

  test('1.2.0 does not read the bearer at all', async () => {
    const { send, signIn } = setup({ rules: '1.2.0' })
    expect((await send('GET /items', { headers: { authorization: bearer(await signIn()) } })).status).toBe(
      401,
    )
    expect((await send('GET /items', { headers: { authorization: `Bearer ${btoa('[1]')}` } })).status).toBe(
      401,
    )
  })

  test('under the names that are configured, also in the bearer', async () => {
    const { send, server } = setup({ headersNames: { 'access-token': 'X-Token', uid: 'X-Uid' } })
    const body = { email: EMAIL, password: 'password123' }
    const { headers } = await send('POST /auth/sign_in', { body })
    expect([headers.has('access-token'), headers.has('uid')]).toEqual([false, false])
    const bearerFields = JSON.parse(atob(headers.get('authorization')!.slice(7)))
    expect(bearerFields).toMatchObject({ 'X-Token': headers.get('x-token'), 'X-Uid': EMAIL })
    const own = { 'x-token': headers.get('x-token')!, client: headers.get('client')!, 'x-uid': EMAIL }
    expect((await send('GET /items', { headers: own })).status).toBe(200)
    expect(server.headersNames).toMatchObject({ 'access-token': 'X-Token', client: 'client' })
  })

  test('a uid beyond ASCII survives the headers', async () => {
    const { send } = setup({ rules: '1.2.0', users: [{ email: 'josé@example.com' }] })
    const body = { email: 'JOSÉ@example.com', password: 'password123' }
    const headers = { ...credentialsOf(await send('POST /auth/sign_in', { body })) }
    expect((await send('GET /items', { headers })).status).toBe(200)
  })

  test('unbatch counts with any value, but not as null or false', async () => {
    const { send, signIn } = setup()
    let headers = { ...(await signIn()) }
    for (const query of ['unbatch=true', 'unbatch=false', 'unbatch=', 'x=1&unbatch=0']) {
      const response = await send(`GET /items?${query}`, { headers })
      expect([query, issued(response)]).toEqual([query, 'token'])
      headers = { ...credentialsOf(response) }
    }
    expect(issued(await send('GET /items?unbatch', { headers }))).toBe('blank')
    expect(issued(await send('POST /items', { headers, body: { unbatch: false } }))).toBe('blank')
    expect(issued(await send('POST /items', { headers, body: { unbatch: 1 } }))).toBe('token')
  })
})

describe('tokens', () => {
  test('are 16 random bytes, each a new one', async () => {
    const { signIn } = setup()
    const { 'access-token': first, client } = await signIn()
    const { 'access-token': second } = await signIn()
    for (const value of [first, second, client]) expect(value).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(new Set([first, second, client]).size).toBe(3)
  })

  test('are the same again with the same seed, and others with another', async () => {
    const tokens = await Promise.all(
      ['one', 'one', 'two', 1].map(async seed => (await setup({ seed }).signIn())['access-token']),
    )
    expect(tokens[0]).toBe(tokens[1])
    expect(new Set(tokens).size).toBe(3)
  })
})

describe('fetch', () => {
  test("has fetch's own signature and needs no this", async () => {
    const { fetch } = setup().server
    const init = { method: 'POST', body: new URLSearchParams({ email: EMAIL, password: 'password123' }) }
    expect((await fetch(`${ORIGIN}/auth/sign_in`, init)).status).toBe(200)
    expect((await fetch(new URL(`${ORIGIN}/auth/sign_in`), init)).status).toBe(200)
    const request = new Request(`${ORIGIN}/auth/sign_in`, init)
    expect((await fetch(request, { method: 'DELETE', body: null })).status).toBe(404)
  })

  test('requests without a body begin in the order of the calls', async () => {
    const { server, send } = setup()
    const paths: string[] = []
    server.on(event => {
      if (event.type === 'begin') paths.push(event.path)
    })
    const answers = ['/a', '/b', '/c'].map(path => send(`GET ${path}`))
    expect(paths).toEqual(['/a', '/b', '/c'])
    await Promise.all(answers)
  })
})

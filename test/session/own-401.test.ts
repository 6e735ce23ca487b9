import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ada, holdTime, later, letTimeGo, pause, settled, signedIn, stillSignedIn } from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

describe('the application’s own 401', () => {
  test('is delivered as it is, and signs nobody out', async () => {
    const made = await signedIn()
    const response = await made.session.fetch('/forbidden')
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ error: 'not yours' })
    expect(made.calls()).toEqual(['GET /forbidden'])
    expect(made.events.map(({ type }) => type)).toEqual(['sent', 'rotated'])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('in a batch, where its token is blank, neither', async () => {
    const made = await signedIn()
    await made.session.fetch('/items')
    expect((await made.session.fetch('/forbidden')).status).toBe(401)
    expect(made.ran['GET /forbidden']).toBe(1)
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('a 401 of someone between here and the server', () => {
  /** One route that refuses whatever token it is given, and says nothing of credentials. */
  async function withPickyRoute() {
    const made = await signedIn()
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
        if (request.url.endsWith('/picky')) return new Response('go away', { status: 401 })
        return made.server.fetch(request)
      },
    })
    await session.signIn(ada)
    await later(pause)
    made.seen.length = 0
    return { ...made, session }
  }

  test('is delivered when validation finds the token good', async () => {
    const made = await withPickyRoute()
    const response = await made.session.fetch('/picky')
    expect(response.status).toBe(401)
    expect(await response.text()).toBe('go away')
    expect(made.session.getSnapshot().status).toBe('signed-in')
    expect((await made.session.fetch('/items')).status).toBe(200)
  })

  test('costs one question to the server, and few repetitions', async () => {
    const made = await withPickyRoute()
    await made.session.fetch('/picky', { method: 'POST', body: 'a' })
    const calls = made.calls()
    expect(calls.filter(call => call === 'GET /auth/validate_token')).toHaveLength(1)
    expect(calls.filter(call => call === 'POST /picky').length).toBeLessThanOrEqual(2)
  })

  test('does not turn a page full of them into a storm', async () => {
    const made = await withPickyRoute()
    const responses = await Promise.all(Array.from({ length: 10 }, () => made.session.fetch('/picky')))
    await settled()
    for (const { status } of responses) expect(status).toBe(401)
    expect(made.calls().filter(call => call === 'GET /auth/validate_token').length).toBeLessThanOrEqual(2)
    expect(made.calls().filter(call => call === 'GET /picky').length).toBeLessThanOrEqual(30)
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })
})

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Session } from '../../src/index.ts'
import {
  api,
  bob,
  holdTime,
  later,
  letTimeGo,
  overtaken,
  pause,
  settled,
  signedIn,
  type World,
} from './given.ts'

let made: World
beforeEach(async () => {
  holdTime()
  made = await signedIn()
})
afterEach(letTimeGo)

const attempts = () => made.calls().filter(call => call.endsWith('/echo'))

/** The statuses that the server gave for one route, in order. */
function answers(path: string): number[] {
  const statuses: number[] = []
  made.server.on(event => {
    if (event.type === 'finish' && event.path === path) statuses.push(event.status)
  })
  return statuses
}

describe('a request whose token was overtaken is sent again with the newer one', () => {
  const bodies: [string, () => RequestInit, string][] = [
    ['a GET', () => ({}), ''],
    ['a DELETE', () => ({ method: 'DELETE' }), ''],
    ['a POST of JSON', () => ({ method: 'POST', body: '{"a":1}' }), '{"a":1}'],
    ['a POST of a form', () => ({ method: 'POST', body: form() }), 'name="a"\r\n\r\nb'],
    [
      'a POST of a URL-encoded form',
      () => ({ method: 'POST', body: new URLSearchParams({ a: 'b' }) }),
      'a=b',
    ],
    ['a PUT of a Blob', () => ({ method: 'PUT', body: new Blob(['blob']) }), 'blob'],
    ['a PATCH of bytes', () => ({ method: 'PATCH', body: new TextEncoder().encode('bytes') }), 'bytes'],
    [
      'a PUT of a buffer',
      () => ({ method: 'PUT', body: new TextEncoder().encode('buffer').buffer }),
      'buffer',
    ],
  ]

  test.each(bodies)('%s', async (_, init, body) => {
    const { method = 'GET' } = init()
    const statuses = answers('/echo')
    const response = await overtaken(made, `${method} /echo`, () => made.session.fetch('/echo', init()))
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ method, body: expect.stringContaining(body) })
    expect(statuses).toEqual([401, 200])
    expect(attempts()).toHaveLength(2)
    expect(made.ran[`${method} /echo`]).toBe(1)
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })

  test.each([
    ['text', 'text'],
    ['a form', form()],
    ['a Blob', new Blob(['blob'])],
    ['a stream', new Blob(['stream']).stream()],
  ])('a Request with %s as its body', async (_, body) => {
    const request = new Request(`${api}/echo`, { method: 'POST', body, duplex: 'half' } as RequestInit)
    const response = await overtaken(made, 'POST /echo', () => made.session.fetch(request))
    expect(response.status).toBe(200)
    expect((await response.json()).body).not.toBe('')
    expect(attempts()).toHaveLength(2)
    expect(made.ran['POST /echo']).toBe(1)
  })

  test('with all that the caller gave it', async () => {
    const init = { method: 'POST', body: 'a', headers: { 'x-mine': 'yes' } }
    await overtaken(made, 'POST /echo', () => made.session.fetch('/echo', init))
    const [first, second] = made.seen.filter(({ path }) => path === '/echo')
    expect(second!.headers.get('x-mine')).toBe('yes')
    expect(second!.token).toBeTruthy()
    expect(second!.token).not.toBe(first!.token)
  })

  test('and lets go of the refusal’s body', async () => {
    const cancel = vi.fn()
    const refusal = () => new Response(new ReadableStream({ cancel }), { status: 401 })
    const session = made.another({
      fetch: async (input, init) => {
        const response = await made.server.fetch(input, init)
        return response.status === 401 ? refusal() : response
      },
    })
    await session.signIn({ email: 'ada@example.com', password: 'password123' })
    await later(pause)
    const response = await overtaken({ ...made, session }, 'POST /echo', () =>
      session.fetch('/echo', { method: 'POST', body: 'a' }),
    )
    expect(response.status).toBe(200)
    expect(cancel).toHaveBeenCalledOnce()
  })
})

describe('a request that cannot be sent again is delivered as it is, and keeps the session', () => {
  async function* generate() {
    yield new TextEncoder().encode('generated')
  }

  test.each([
    ['a stream', () => new Blob(['stream']).stream()],
    ['a generator', () => generate() as unknown as ReadableStream],
  ])('%s', async (_, body) => {
    const init = () => ({ method: 'POST', body: body(), duplex: 'half' }) as RequestInit
    const response = await overtaken(made, 'POST /echo', () => made.session.fetch('/echo', init()))
    expect(response.status).toBe(401)
    expect(attempts()).toHaveLength(1)
    expect(made.ran['POST /echo']).toBeUndefined()
    expect(made.session.getSnapshot().status).toBe('signed-in')
    expect((await made.session.fetch('/items')).status).toBe(200)
  })

  test('one with a token of the caller’s own', async () => {
    const headers = { 'access-token': 'own' }
    const response = await overtaken(made, 'POST /echo', () =>
      made.session.fetch('/echo', { method: 'POST', body: 'a', headers }),
    )
    expect(response.status).toBe(401)
    expect(attempts()).toHaveLength(1)
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })
})

describe('how often', () => {
  test('five times at most, when the token is overtaken each time', async () => {
    made.server.delay('POST /echo', { request: 25_000 }, { times: 9 })
    const response = made.session.fetch('/echo', { method: 'POST', body: 'a' })
    for (let turn = 0; turn < 40; turn++) {
      await made.session.fetch('/items')
      await later(pause)
    }
    expect((await response).status).toBe(401)
    expect(attempts()).toHaveLength(6)
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })

  test('several stale requests are each sent again once', async () => {
    made.server.delay('/echo', { request: 14_000 }, { times: 5 })
    const all = [1, 2, 3, 4, 5].map(n => made.session.fetch('/echo', { method: 'POST', body: `${n}` }))
    await settled()
    await made.session.fetch('/items')
    await later(pause)
    await made.session.fetch('/items')
    await later(8_000)
    const responses = await Promise.all(all)
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(made.ran['POST /echo']).toBe(5)
    expect(attempts()).toHaveLength(10)
  })
})

test('the application sees one response, and never the refusal', async () => {
  const seen: number[] = []
  const promise = overtaken(made, 'GET /echo', () =>
    made.session.fetch('/echo').then(response => {
      seen.push(response.status)
      return response
    }),
  )
  await promise
  expect(seen).toEqual([200])
  expect(made.events.filter(({ type }) => type === 'rejected')).toEqual([
    { type: 'rejected', event: { sequence: expect.any(Number), verdict: 'replay' } },
  ])
})

function form(): FormData {
  const form = new FormData()
  form.set('a', 'b')
  return form
}

describe('a refused request, when another tab has changed the storage and this one has not heard of it,', () => {
  /** Two pages with one storage and no channel between them; the first one's POST is overtaken meanwhile. */
  async function overtakenBeside(act: (other: Session) => Promise<unknown>): Promise<[World, Response]> {
    const items = new Map<string, string>()
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => items.set(key, value),
      removeItem: (key: string) => items.delete(key),
    }
    const one = await signedIn({ session: { storage } })
    one.server.delay('POST /echo', { request: 20_000 })
    const echo = one.session.fetch('/echo', { method: 'POST' })
    for (let turn = 0; turn < 2; turn++) {
      await one.session.fetch('/items')
      await later(pause)
    }
    await act(one.another())
    await later(10_000)
    return [one, await echo]
  }

  test('is delivered after a sign-out there', async () => {
    const [one, response] = await overtakenBeside(other => other.signOut())
    expect(response.status).toBe(401)
    expect(one.ran['POST /echo']).toBeUndefined()
    expect(one.session.getSnapshot().status).toBe('signed-out')
  })

  test('is delivered, and never sent as somebody else, after a sign-in there', async () => {
    const [one, response] = await overtakenBeside(other => other.signIn(bob))
    expect(response.status).toBe(401)
    expect(one.calls().filter(call => call === 'POST /echo')).toHaveLength(1)
    expect(one.session.getSnapshot().status).toBe('signed-in')
  })

  test('is sent again with the token that was stored there', async () => {
    const [one, response] = await overtakenBeside(async other => (await other.fetch('/items')).status)
    expect(response.status).toBe(200)
    expect(one.ran['POST /echo']).toBe(1)
  })
})

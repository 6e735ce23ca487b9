import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage, type SessionOptions } from '../../src/index.ts'
import { reasonOf } from '../../src/session/abort.ts'
import {
  ada,
  api,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  overtaken,
  pause,
  settled,
  signedIn,
  type World,
  world,
} from './given.ts'

/** What session.fetch does is seen by the platform's fetch, by the caller's own objects, and by its signals. */

beforeEach(holdTime)
afterEach(() => {
  vi.unstubAllGlobals()
  letTimeGo()
})

/** A further session, and what its fetch was called with. */
async function watched(made: World, options: Partial<SessionOptions> = {}) {
  const calls: [RequestInfo | URL, RequestInit | undefined][] = []
  const session = made.another({
    storage: memoryStorage(),
    fetch: (...args) => {
      calls.push(args as (typeof calls)[number])
      return made.server.fetch(...args)
    },
    ...options,
  })
  await session.signIn(ada)
  await later(pause)
  calls.length = 0
  return { session, calls }
}

describe('a Request', () => {
  test('says its referrer and its policy itself, as it does to the platform', async () => {
    const { session, calls } = await watched(world())
    const request = new Request(`${api}/items`, { referrer: '', referrerPolicy: 'origin' })
    await session.fetch(request)
    expect(calls[0]![1]).toMatchObject({ referrer: '', referrerPolicy: 'origin' })
  })

  test('gives way to what init says of both', async () => {
    const { session, calls } = await watched(world())
    const request = new Request(`${api}/items`, { referrer: '', referrerPolicy: 'origin' })
    const init: RequestInit = { referrer: 'about:client', referrerPolicy: 'no-referrer' }
    await session.fetch(request, init)
    expect(calls[0]![1]).toMatchObject(init)
  })

  test('with a body is used up by its call, as by the platform', async () => {
    const { session } = await watched(world())
    const request = new Request(`${api}/echo`, { method: 'POST', body: 'text' })
    await session.fetch(request)
    expect(request.bodyUsed).toBe(true)
    expect(await failureOf(session.fetch(request))).toBeInstanceOf(TypeError)
  })

  test.each(['GET', 'HEAD'])('without a body is copied by nobody (%s)', async method => {
    const { session, calls } = await watched(world())
    const request = new Request(`${api}/items`, { method })
    const clone = vi.spyOn(request, 'clone')
    await session.fetch(request)
    expect(clone).not.toHaveBeenCalled()
    expect(calls[0]![0]).toBe(request)
  })

  test('is copied by nobody while nobody is signed in: it is sent once only', async () => {
    const { session } = world()
    const request = new Request(`${api}/echo`, { method: 'POST', body: 'text' })
    const clone = vi.spyOn(request, 'clone')
    await session.fetch(request)
    expect(clone).not.toHaveBeenCalled()
    expect(request.bodyUsed).toBe(true)
  })

  test('with a body is sent again with its body, as often as it takes', async () => {
    const made = await signedIn()
    const request = new Request(`${api}/echo`, { method: 'POST', body: 'text' })
    const response = await overtaken(made, 'POST /echo', () => made.session.fetch(request))
    expect(await response.json()).toMatchObject({ body: 'text' })
    expect(made.calls().filter(call => call === 'POST /echo')).toHaveLength(2)
  })

  test('says by its own cache mode whether a cache can have answered', async () => {
    const modes: (RequestCache | undefined)[] = []
    const made = await signedIn()
    const { begin } = made.session.exchange
    vi.spyOn(made.session.exchange, 'begin').mockImplementation((traits, ...more) => {
      modes.push(traits.cache as RequestCache)
      return begin(traits, ...more)
    })
    const request = new Request(`${api}/items`, { cache: 'reload' })
    await made.session.fetch(request)
    await made.session.fetch(request, { cache: 'no-cache' })
    await made.session.fetch('/items', { cache: 'no-store' })
    await made.session.fetch('/items')
    expect(modes).toEqual(['reload', 'no-cache', 'no-store', undefined])
  })
})

describe('those who follow the session are told', () => {
  test.each<[string, RequestInit | undefined]>([
    ['GET', undefined],
    ['POST', { method: 'post' }],
    ['DELETE', { method: 'DELETE' }],
  ])('the method as it goes out: %s', async (method, init) => {
    const made = await signedIn()
    await made.session.fetch('/echo', init)
    expect(made.events[0]).toMatchObject({ type: 'sent', event: { method, url: `${api}/echo` } })
  })

  test('that a token of the caller’s own is not the session’s', async () => {
    const made = await signedIn()
    await made.session.fetch('/items', { headers: { 'Access-Token': 'own' } })
    expect(made.events[0]).toMatchObject({ type: 'sent', event: { stamped: false } })
  })

  test('that a header which only bears the token’s name is none, where a bearer carries it', async () => {
    const made = await signedIn({ session: { transport: 'bearer' } })
    await made.session.fetch('/items', { headers: { 'access-token': 'own' } })
    expect(made.events[0]).toMatchObject({ type: 'sent', event: { stamped: true } })
  })

  test('of a call that was given up, once, however long it stays on the wire', async () => {
    const made = await signedIn({ session: { lingerAfterAbort: 2_000 } })
    const aborted: number[] = []
    made.session.on('aborted', ({ sequence }) => aborted.push(sequence))
    made.server.hold('/items')
    const controller = new AbortController()
    const call = failureOf(made.session.fetch('/items', { signal: controller.signal }))
    await settled()
    controller.abort()
    await call
    expect(aborted).toEqual([made.events[0]!.event.sequence])
    await later(10_000)
    expect(aborted).toHaveLength(1)
  })
})

describe('what is no call of the session’s goes out as it is', () => {
  test('with a signal that is none: the platform refuses it', async () => {
    const made = await signedIn()
    const init = { signal: {} as AbortSignal }
    const refused = await failureOf(made.session.fetch(`${api}/items`, init))
    expect(refused).toBeInstanceOf(TypeError)
    expect(refused.message).toBe((await failureOf(fetch('http://127.0.0.1:9', init))).message)
    expect(made.events).toEqual([])
  })

  test('and yet an answer that came through a proxy is the API’s: only a redirect leads elsewhere', async () => {
    const made = world()
    const { session } = await watched(made, {
      fetch: async (...args) => {
        const response = await made.server.fetch(...args)
        return Object.defineProperty(response, 'url', { value: 'https://proxy.example.net/' })
      },
    })
    const reasons: string[] = []
    session.on('rotated', ({ reason }) => reasons.push(reason))
    await session.fetch('/items')
    expect(reasons).toEqual(['successor'])
  })
})

describe('a caller’s signal', () => {
  const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

  test('has no listener left of a call that failed', async () => {
    const made = await signedIn()
    const { signal } = new AbortController()
    made.server.loseRequest('/items')
    await failureOf(made.session.fetch('/items', { signal }))
    expect(listenersOf(signal)).toBe(0)
  })

  test('that was aborted while the answer lingered leaves no timer when it has come', async () => {
    const made = await signedIn({ session: { recovery: { path: false } } })
    const held = made.server.hold('/items')
    const controller = new AbortController()
    const call = failureOf(made.session.fetch('/items', { signal: controller.signal }))
    await settled()
    controller.abort()
    await call
    held.release()
    await settled()
    // The next look whether a request in flight is silent.
    await later(1_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that was aborted while the answer lingered leaves no timer when that is lost', async () => {
    const made = await signedIn({ session: { recovery: { path: false } } })
    const held = made.server.hold('/items')
    const controller = new AbortController()
    const call = failureOf(made.session.fetch('/items', { signal: controller.signal }))
    await settled()
    controller.abort()
    await call
    held.releaseAndLoseAnswer()
    await settled()
    await later(1_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that is aborted when the call has failed does nothing any more', async () => {
    const made = await signedIn({ session: { recovery: { path: false } } })
    const aborted = vi.fn()
    made.session.on('aborted', aborted)
    const controller = new AbortController()
    made.server.loseRequest('/items')
    await failureOf(made.session.fetch('/items', { signal: controller.signal }))
    controller.abort()
    expect(aborted).not.toHaveBeenCalled()
  })

  test('that is aborted when the answer is there does not count as given up', async () => {
    const made = await signedIn()
    const aborted = vi.fn()
    made.session.on('aborted', aborted)
    const controller = new AbortController()
    const response = await made.session.fetch('/items', { signal: controller.signal })
    controller.abort()
    expect(aborted).not.toHaveBeenCalled()
    expect(response.status).toBe(200)
  })

  test('of a platform that knows no reasons rejects as fetch does there', () => {
    const error = reasonOf({ reason: undefined } as AbortSignal)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'AbortError', message: 'Aborted' })
    expect(reasonOf({ reason: null } as AbortSignal)).toBeNull()
  })

  test('is heard where nothing tells that an answer is held no more', async () => {
    vi.stubGlobal('FinalizationRegistry', undefined)
    const made = await signedIn()
    const session = made.another()
    await session.signIn(ada)
    const controller = new AbortController()
    expect((await session.fetch('/items', { signal: controller.signal })).status).toBe(200)
    controller.abort()
  })

  test('cuts an upload whose type only mentions text further on', async () => {
    const made = await signedIn()
    made.server.hold('/echo')
    const controller = new AbortController()
    const request = new Request(`${api}/echo`, {
      method: 'POST',
      body: 'GIF89a',
      headers: { 'content-type': 'image/gif; from=text/json' },
      signal: controller.signal,
    })
    const call = failureOf(made.session.fetch(request))
    await settled()
    controller.abort()
    await call
    await settled()
    expect(made.events.map(({ type }) => type)).toEqual(['sent', 'lost'])
  })
})

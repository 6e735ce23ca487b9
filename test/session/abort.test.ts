import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SessionOptions } from '../../src/index.ts'
import { memoryStorage } from '../../src/index.ts'
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
  stillSignedIn,
  type World,
} from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** A call that the server has begun and its caller has given up. */
async function abortedCall(made: World, init: RequestInit = {}, path = '/items') {
  const held = made.server.hold(path)
  const controller = new AbortController()
  const call = failureOf(made.session.fetch(path, { ...init, signal: controller.signal }))
  await held.begun
  const reason = new Error('the user typed on')
  controller.abort(reason)
  expect(await call).toBe(reason)
  return held
}

const typesOf = ({ events }: World) => events.map(({ type }) => type)

describe('an aborted call', () => {
  test('is over at once for its caller, with the signal’s own reason', async () => {
    const made = await signedIn()
    await abortedCall(made)
    expect(typesOf(made)).toEqual(['sent'])
  })

  test('without a reason of its own rejects as fetch does', async () => {
    const made = await signedIn()
    const controller = new AbortController()
    const call = failureOf(made.session.fetch('/items', { signal: controller.signal }))
    controller.abort()
    expect(await call).toMatchObject({ name: 'AbortError' })
  })

  test('stays on the wire, so that its token is not lost', async () => {
    const made = await signedIn()
    const before = made.seen.length
    const held = await abortedCall(made)
    held.release()
    await settled()
    expect(typesOf(made)).toEqual(['sent', 'rotated'])
    expect(made.seen).toHaveLength(before + 1)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('stays on the wire no longer than lingerAfterAbort says, and is lost then', async () => {
    const made = await signedIn({ session: { lingerAfterAbort: 2_000 } })
    await abortedCall(made)
    await later(1_999)
    expect(typesOf(made)).toEqual(['sent'])
    await later(1)
    expect(made.events[1]).toMatchObject({ type: 'lost', event: { doubt: true } })
  })

  test('stays on the wire for as long as it takes with lingerAfterAbort: Infinity', async () => {
    const made = await signedIn({ session: { lingerAfterAbort: Infinity } })
    const held = await abortedCall(made)
    await later(100_000)
    expect(typesOf(made)).toEqual(['sent'])
    held.release()
    await settled()
    expect(typesOf(made)).toEqual(['sent', 'rotated'])
  })

  test('is cut off at once with lingerAfterAbort: 0, and lost', async () => {
    const made = await signedIn({ session: { lingerAfterAbort: 0 } })
    await abortedCall(made)
    await settled()
    expect(typesOf(made)).toEqual(['sent', 'lost'])
  })

  test('lets go of the body that nobody will read', async () => {
    const cancel = vi.fn()
    const made = await signedIn()
    let release = () => {}
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    const session = await open(made, {
      fetch: async (input, init) => {
        const response = await made.server.fetch(input, init)
        if (!String(input).endsWith('/items')) return response
        await released
        return new Response(new ReadableStream({ cancel }), response)
      },
    })
    const controller = new AbortController()
    const call = failureOf(session.fetch('/items', { signal: controller.signal }))
    controller.abort()
    await call
    expect(cancel).not.toHaveBeenCalled()
    release()
    await settled()
    expect(cancel).toHaveBeenCalledOnce()
  })

  test('when its wire fails later, fails nowhere else', async () => {
    const made = await signedIn()
    const held = await abortedCall(made)
    held.releaseAndLoseAnswer()
    await settled()
    expect(typesOf(made)).toEqual(['sent', 'lost'])
  })

  test('is not sent again when it is refused', async () => {
    const made = await signedIn()
    const controller = new AbortController()
    const call = overtaken(made, 'GET /echo', () =>
      made.session.fetch('/echo', { signal: controller.signal }),
    )
    const failed = failureOf(call)
    controller.abort()
    await failed
    await later(20_000)
    expect(made.calls().filter(call => call === 'GET /echo')).toHaveLength(1)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('before it begins is not sent at all', async () => {
    const made = await signedIn()
    const signal = AbortSignal.abort(new Error('too late'))
    expect(await failureOf(made.session.fetch('/items', { signal }))).toBe(signal.reason)
    expect(await failureOf(made.session.fetch(new Request(`${api}/items`, { signal })))).toBe(signal.reason)
    expect(made.seen).toEqual([])
    expect(made.events).toEqual([])
  })

  test('may be one with a Request that holds the signal', async () => {
    const made = await signedIn()
    const held = made.server.hold('/items')
    const controller = new AbortController()
    const call = failureOf(made.session.fetch(new Request(`${api}/items`, { signal: controller.signal })))
    await held.begun
    controller.abort()
    expect(await call).toMatchObject({ name: 'AbortError' })
    held.release()
    await settled()
    expect(typesOf(made)).toEqual(['sent', 'rotated'])
  })

  test('is none when init takes the Request’s signal away', async () => {
    const made = await signedIn()
    const controller = new AbortController()
    const request = new Request(`${api}/items`, { signal: controller.signal })
    const call = made.session.fetch(request, { signal: null })
    controller.abort()
    expect((await call).status).toBe(200)
  })

  test('signed out, is aborted by the platform itself', async () => {
    const made = await signedIn()
    await made.session.signOut()
    const held = made.server.hold('/public')
    const controller = new AbortController()
    const call = failureOf(made.session.fetch('/public', { signal: controller.signal }))
    await held.begun
    controller.abort()
    expect(await call).toMatchObject({ name: 'AbortError' })
  })
})

describe('a call that is aborted when its response is there', () => {
  test('cannot read the body further', async () => {
    const made = await signedIn()
    let wire: AbortSignal | null | undefined
    const session = await open(made, {
      fetch: (input, init) => {
        wire = init?.signal
        return made.server.fetch(input, init)
      },
    })
    const controller = new AbortController()
    await session.fetch('/items', { signal: controller.signal })
    expect(wire!.aborted).toBe(false)
    const reason = new Error('closed')
    controller.abort(reason)
    expect(wire!.aborted).toBe(true)
    expect(wire!.reason).toBe(reason)
  })

  test.each<[string, (response: Response) => ReadableStreamDefaultReader]>([
    ['by a reader', ({ body }) => body!.getReader()],
    ['through a pipe', ({ body }) => body!.pipeThrough(new TransformStream()).getReader()],
    ['by a copy', response => response.clone().body!.getReader()],
  ])('ends the reading of its body %s, also when nobody holds the response any more', async (_, read) => {
    const made = await signedIn()
    const session = await open(made, {
      fetch: async (input, init) => {
        if (!String(input).endsWith('/stream')) return made.server.fetch(input, init)
        const { signal } = init!
        const body = new ReadableStream({
          start: stream => {
            stream.enqueue(new Uint8Array(1))
            signal!.addEventListener('abort', () => stream.error(signal!.reason))
          },
        })
        return new Response(body)
      },
    })
    const controller = new AbortController()
    const begin = async () => read(await session.fetch('/stream', { signal: controller.signal }))
    const reader = await begin()
    await reader.read()
    for (let turn = 0; turn < 10; turn++) {
      collectGarbage()
      await settled()
    }
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await failureOf(reader.read())).toBe(reason)
  })
})

describe('a timeout', () => {
  test('costs the caller’s answer, and not the token', async () => {
    const made = await signedIn()
    const held = made.server.hold('/items')
    const call = failureOf(made.session.fetch('/items', { signal: AbortSignal.timeout(20) }))
    await held.begun
    expect(await call).toMatchObject({ name: 'TimeoutError' })
    held.release()
    await settled()
    expect(typesOf(made)).toEqual(['sent', 'rotated'])
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('an upload', () => {
  const big = 'x'.repeat(65_537)
  const small = 'x'.repeat(65_536)
  const form = new FormData()
  form.set('file', new Blob([small]))

  test.each<[string, BodyInit]>([
    ['a text', big],
    ['bytes', new TextEncoder().encode(big)],
    ['a Blob', new Blob([big])],
    ['a form, whatever it holds', form],
    ['a stream, whatever it holds', new Blob([small]).stream()],
  ])('that is large is really aborted, and counts as lost: %s', async (_, body) => {
    const made = await signedIn()
    await abortedCall(made, { method: 'POST', body, duplex: 'half' } as RequestInit, '/echo')
    await settled()
    expect(typesOf(made)).toEqual(['sent', 'lost'])
  })

  test.each<[string, BodyInit]>([
    ['a text', small],
    ['bytes', new TextEncoder().encode(small)],
    ['a Blob', new Blob([small])],
    ['URLSearchParams', new URLSearchParams({ a: 'b' })],
  ])('that is small stays on the wire: %s', async (_, body) => {
    const made = await signedIn()
    const held = await abortedCall(made, { method: 'POST', body }, '/echo')
    await settled()
    expect(typesOf(made)).toEqual(['sent'])
    held.release()
    await settled()
    expect(typesOf(made)).toEqual(['sent', 'rotated'])
  })

  test.each([
    ['application/json', ['sent']],
    ['application/vnd.api+json; charset=utf-8', ['sent']],
    ['text/plain', ['sent']],
    ['application/x-www-form-urlencoded', ['sent']],
    ['', ['sent', 'lost']],
    ['image/png', ['sent', 'lost']],
    ['multipart/form-data; boundary=x', ['sent', 'lost']],
    ['application/octet-stream', ['sent', 'lost']],
  ])('in a Request is judged by its type: %j', async (type, events) => {
    const made = await signedIn()
    const held = made.server.hold('/echo')
    const controller = new AbortController()
    const request = new Request(`${api}/echo`, {
      method: 'POST',
      body: new TextEncoder().encode('{}'),
      headers: type ? { 'content-type': type } : {},
      signal: controller.signal,
    })
    const call = failureOf(made.session.fetch(request))
    await held.begun
    controller.abort()
    await call
    await settled()
    expect(typesOf(made)).toEqual(events)
  })

  test('of nothing in a Request stays on the wire', async () => {
    const made = await signedIn()
    const held = made.server.hold('/echo')
    const controller = new AbortController()
    const call = failureOf(
      made.session.fetch(new Request(`${api}/echo`, { method: 'POST', signal: controller.signal })),
    )
    await held.begun
    controller.abort()
    await call
    await settled()
    expect(typesOf(made)).toEqual(['sent'])
  })

  test('that is aborted after its token was overtaken is not lost twice', async () => {
    const made = await signedIn()
    await abortedCall(made, { method: 'POST', body: big }, '/echo')
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('a signal that lives long', () => {
  test('keeps nothing of calls that failed', async () => {
    const made = await signedIn({ session: { recovery: { path: false } } })
    const controller = new AbortController()
    const add = vi.spyOn(controller.signal, 'addEventListener')
    const remove = vi.spyOn(controller.signal, 'removeEventListener')
    made.server.loseRequest('/items', { times: 3 })
    for (let call = 0; call < 3; call++) {
      await failureOf(made.session.fetch('/items', { signal: controller.signal }))
    }
    expect(add).toHaveBeenCalledTimes(3)
    expect(remove).toHaveBeenCalledTimes(3)
    controller.abort()
  })

  test('keeps nothing of calls whose response nobody holds any more', async () => {
    const made = await signedIn()
    const controller = new AbortController()
    const listeners = new Set<unknown>()
    // Not spies, which would hold what they were called with.
    controller.signal.addEventListener = (_: string, listener: unknown) => void listeners.add(listener)
    controller.signal.removeEventListener = (type: string, listener: unknown) =>
      void (type === 'abort' && listeners.delete(listener))
    for (let call = 0; call < 50; call++) await made.session.fetch('/items', { signal: controller.signal })
    expect(listeners.size).toBeGreaterThan(0)
    for (let turn = 0; turn < 20 && listeners.size > 5; turn++) {
      collectGarbage()
      await settled()
    }
    expect(listeners.size).toBeLessThanOrEqual(5)
  })
})

/** A further session whose network the test has in its hand. */
async function open(made: World, options: Partial<SessionOptions>) {
  const session = made.another({ storage: memoryStorage(), ...options })
  await session.signIn(ada)
  await later(pause)
  return session
}

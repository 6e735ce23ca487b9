import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFaults, mountDevtools } from '../../src/devtools/index.ts'
import { ada, failureOf, holdTime, later, letTimeGo, pause, settled, world } from '../session/given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

async function given(transport: 'headers' | 'bearer' | 'cookie' = 'headers') {
  const made = world()
  const faults = createFaults(made.server.fetch)
  const session = made.another({ fetch: faults.fetch, transport })
  faults.only(session)
  const happened: string[] = []
  for (const type of ['lost', 'rejected', 'recovered', 'signed-out'] as const) {
    session.on(type, () => happened.push(type))
  }
  await session.signIn(ada)
  await later(pause)
  return { ...made, faults, session, happened }
}

test('without a fault it passes everything on', async () => {
  const { session, faults, happened } = await given()
  expect(await (await session.fetch('/items')).json()).toEqual({ owner: ada.email })
  expect(faults.count).toBe(2)
  expect(happened).toEqual([])
})

describe('a lost answer', () => {
  test('has been served, rejects as a network does, and is recovered from', async () => {
    const { session, faults, happened, ran } = await given()
    faults.loseAnswer()
    expect(faults.waiting).toEqual(['lose'])
    expect(await failureOf(session.fetch('/items'))).toBeInstanceOf(TypeError)
    expect(ran['GET /items']).toBe(1)
    expect(faults.waiting).toEqual([])
    await later(pause)
    expect((await session.fetch('/items')).status).toBe(200)
    expect(happened).toEqual(['lost', 'recovered'])
  })

  test('each is one', async () => {
    const { session, faults } = await given()
    faults.loseAnswer()
    faults.loseAnswer()
    await failureOf(session.fetch('/items'))
    await failureOf(session.fetch('/items'))
    expect((await session.fetch('/items')).status).toBe(200)
  })
})

describe('a late answer', () => {
  test('comes so much later', async () => {
    const { session, faults } = await given()
    faults.delayAnswer(2_000)
    let answered = false
    const call = session.fetch('/items').then(({ status }) => {
      answered = true
      return status
    })
    await later(1_999)
    expect(answered).toBe(false)
    await later(1)
    expect(await call).toBe(200)
  })

  test('ends at once for whoever gives up', async () => {
    const { server } = world()
    const faults = createFaults(server.fetch)
    faults.delayAnswer(60_000)
    const abort = new AbortController()
    const call = faults.fetch('https://api.example.com/public', { signal: abort.signal })
    await settled()
    abort.abort()
    expect(await failureOf(call)).toMatchObject({ name: 'AbortError' })
  })

  test.each([-1, Number.NaN, Infinity, 2 ** 31])('%d milliseconds', ms => {
    const faults = createFaults()
    expect(() => faults.delayAnswer(ms)).toThrow('milliseconds')
    expect(faults.waiting).toEqual([])
  })
})

describe('an expired token', () => {
  test.each(['headers', 'bearer'] as const)(
    'in %s is refused, recovered from and sent again',
    async transport => {
      const { session, faults, happened, ran } = await given(transport)
      faults.expireToken()
      const call = session.fetch('/items')
      await later(pause)
      expect((await call).status).toBe(200)
      // It waits for a recovery, and is sent again with what that brought.
      expect(happened).toEqual(['rejected', 'rejected', 'recovered'])
      expect(ran['GET /items']).toBe(1)
      expect(faults.waiting).toEqual([])
      expect(session.getSnapshot().status).toBe('signed-in')
    },
  )

  test('waits for a request that carries one', async () => {
    const { faults, another, server } = await given()
    faults.expireToken()
    expect((await faults.fetch('https://api.example.com/public')).status).toBe(200)
    expect(faults.waiting).toEqual(['expire'])
    const request = new Request('https://api.example.com/items', { headers: { 'Access-Token': 'a' } })
    expect((await faults.fetch(request)).status).toBe(401)
    expect(faults.waiting).toEqual([])
    another().dispose()
    expect(server.inspect().pending).toEqual([])
  })
})

test('another origin is left alone', async () => {
  const seen: string[] = []
  const faults = createFaults(async input => {
    seen.push(String(input))
    return new Response()
  })
  faults.only(world().session)
  faults.loseAnswer()
  expect((await faults.fetch('https://elsewhere.example/')).status).toBe(200)
  expect(faults.waiting).toEqual(['lose'])
  expect(faults.count).toBe(0)
  await failureOf(faults.fetch(new URL('https://api.example.com/items')))
  expect(seen).toEqual(['https://elsewhere.example/', 'https://api.example.com/items'])
})

test('who listens hears of each change, until it stops', async () => {
  const faults = createFaults(async () => new Response())
  let heard = 0
  const stop = faults.subscribe(() => heard++)
  faults.loseAnswer()
  await failureOf(faults.fetch('/items'))
  expect(heard).toBe(2)
  stop()
  faults.expireToken()
  expect(heard).toBe(2)
})

test('on a server nothing is mounted', () => {
  const { fetch } = globalThis
  const unmount = mountDevtools(world().session)
  expect(globalThis.fetch).toBe(fetch)
  unmount()
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  holdTime,
  later,
  letTimeGo,
  pause,
  settled,
  signedIn,
  stillSignedIn,
  updateUser,
  type World,
  world,
} from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

const lastUid = ({ seen }: World) => seen.at(-1)!.headers.get('uid')

const rename = ({ session }: World, email: string) => updateUser(session, { email })

describe('a uid that changes', () => {
  test('is taken from the answer that tells of it', async () => {
    const made = await signedIn()
    expect((await rename(made, 'ada@new.example')).status).toBe(200)
    await made.session.fetch('/items')
    expect(lastUid(made)).toBe('ada@new.example')
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is taken from a blank answer, too', async () => {
    const made = await signedIn()
    await made.session.fetch('/items')
    made.events.length = 0
    expect((await rename(made, 'ada@new.example')).status).toBe(200)
    expect(made.events.map(({ type, event }) => `${type} ${event.reason}`)).toContain('kept blank')
    await made.session.fetch('/items')
    expect(lastUid(made)).toBe('ada@new.example')
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('outlives the page', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ session: { storage } })
    await made.session.fetch('/items')
    await rename(made, 'ada@new.example')
    const next = made.another({ storage })
    expect((await next.fetch('/items')).status).toBe(200)
    expect(lastUid(made)).toBe('ada@new.example')
  })

  test('is not undone by a quick answer that echoes the old one', async () => {
    const made = await signedIn()
    const change = made.server.hold('PUT /auth')
    const renaming = rename(made, 'ada@new.example')
    await change.begun
    const quick = made.server.hold('/others')
    const others = made.session.fetch('/others')
    await quick.begun
    change.release()
    await renaming
    // The others began before the change: their answer tells of the new uid, or echoes the old one.
    quick.release()
    expect((await others).status).toBe(200)
    await made.session.fetch('/items')
    expect(lastUid(made)).toBe('ada@new.example')
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is not undone by an answer that was given before and arrives after it', async () => {
    const made = await signedIn()
    made.server.delay('/others', { response: 2_000 })
    const others = made.session.fetch('/others')
    await settled()
    await rename(made, 'ada@new.example')
    await later(2_000)
    expect((await others).status).toBe(200)
    await made.session.fetch('/items')
    expect(lastUid(made)).toBe('ada@new.example')
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('makes a request that carried the old one be sent again', async () => {
    const made = await signedIn()
    made.server.delay('POST /echo', { request: 2_000 })
    const echo = made.session.fetch('/echo', { method: 'POST', body: 'a' })
    await rename(made, 'ada@new.example')
    await later(2_000)
    expect((await echo).status).toBe(200)
    expect(made.ran['POST /echo']).toBe(1)
    expect(lastUid(made)).toBe('ada@new.example')
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('twice is followed to the last', async () => {
    const made = await signedIn()
    made.server.delay('PUT /auth', { response: 3_000 })
    const first = rename(made, 'ada@first.example')
    await settled()
    const second = rename(made, 'ada@second.example')
    await later(5_000)
    await Promise.all([first, second])
    await made.session.fetch('/items')
    expect((await made.session.fetch('/items')).status).toBe(200)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('out of an HTTP cache is given up again when the server refuses it', async () => {
    const made = await signedIn({ routes: { 'GET /cached': () => 'cached' } })
    let kept: Response | undefined
    const session = made.another({
      storage: memoryStorage(),
      fetch: async (input, init) => {
        const request = new Request(input, init)
        if (kept && request.url.endsWith('/cached')) return kept.clone()
        const response = await made.server.fetch(request)
        if (request.url.endsWith('/cached')) kept = response.clone()
        return response
      },
    })
    await session.signIn(ada)
    await later(pause)
    await session.fetch('/cached')
    await rename({ ...made, session }, 'ada@new.example')
    await later(pause)
    await session.fetch('/cached')
    await later(pause)
    expect(await stillSignedIn({ session, events: [] })).toBe(true)
  })
})

describe('a uid beyond ASCII', () => {
  test('goes there and back', async () => {
    const zoe = { email: 'zoë@exämple.com', password: 'password123' }
    const made = world({ users: [zoe] })
    await made.session.signIn(zoe)
    await later(pause)
    const response = await made.session.fetch('/items')
    expect(await response.json()).toEqual({ owner: zoe.email })
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('goes there and back as a bearer', async () => {
    const zoe = { email: 'zoë@exämple.com', password: 'password123' }
    const made = world({ users: [zoe], session: { transport: 'bearer' } })
    await made.session.signIn(zoe)
    await later(pause)
    const response = await made.session.fetch('/items')
    expect(await response.json()).toEqual({ owner: zoe.email })
    expect(await stillSignedIn(made)).toBe(true)
  })
})

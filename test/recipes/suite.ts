import { afterEach, describe, expect, test } from 'vitest'
import { session as shared } from '../../examples/recipes/session.ts'
import type { Session } from '../../src/index.ts'
import { ada, bob, signedIn, type World } from './world.ts'

/** A library with the session below it, as its recipe shows it. */
export interface Recipe {
  /** @default that of examples/recipes/session.ts */
  session?: Session
  /** What an application does to load an item; each with a number of its own, so that no cache answers. */
  load(id: number): Promise<unknown>
  /**
   * Begins to load an item. The function that it returns cancels that, and resolves when the library's caller knows.
   * Absent where the library cannot cancel.
   */
  begin?(id: number): () => Promise<void>
  /** Where a request of this item goes to. @default 'GET /items/ID' */
  route?: 'POST /graphql'
  /** Whether what was loaded once is not asked for again. */
  caches?: true
}

/** What every library on top of a session may rely on. */
export function keepsItsUsersSignedIn({ session = shared, load, begin, route, caches }: Recipe): void {
  const routeOf = (id: number) => route ?? `GET /items/${id}`
  const item = (id: number, { email } = ada) => ({ id, owner: email })
  const status = () => session.getSnapshot().status

  afterEach(() => session.signOut())

  test('calls at once share a token, and those after them carry the one that they brought', async () => {
    const { seen, calm } = await signedIn(session)
    expect(await Promise.all([1, 2, 3].map(load))).toEqual([1, 2, 3].map(id => item(id)))
    await calm()
    expect(await Promise.all([4, 5, 6].map(load))).toEqual([4, 5, 6].map(id => item(id)))

    const [first, second] = [seen.slice(0, 3), seen.slice(3)]
    const issued = first.filter(({ issued }) => issued).map(({ issued }) => issued)
    expect(new Set(first.map(({ token }) => token)).size).toBe(1)
    expect(issued).toHaveLength(1)
    expect(second.map(({ token, status }) => [token, status])).toEqual([1, 2, 3].map(() => [issued[0], 200]))
    expect(status()).toBe('signed-in')
  })

  test('a call that arrives after its token has died is answered all the same', async () => {
    const made = await signedIn(session)
    const late = overtaken(made, session, routeOf(1), () => load(1))
    expect(await late).toEqual(item(1))
    const dead = made.seen.findIndex(({ status }) => status === 401)
    const [refused, replayed] = made.seen.slice(dead)
    expect(replayed).toMatchObject({ route: refused?.route, status: 200 })
    expect(replayed?.token).not.toBe(refused?.token)
    expect(status()).toBe('signed-in')
  })

  if (begin)
    test('a cancelled call ends at once, and its token is not lost', async () => {
      const { server, seen, calm } = await signedIn(session)
      const hold = server.hold(routeOf(1))
      const cancel = begin(1)
      expect(await hold.begun).toBe(true)
      await cancel()
      expect(seen).toEqual([])

      const rotated = new Promise(resolve => session.on('rotated', resolve))
      hold.release()
      await rotated
      await calm()
      expect(await load(2)).toEqual(item(2))
      expect(seen[0]?.issued).toBeTruthy()
      expect(seen[1]?.token).toBe(seen[0]?.issued)
      expect(status()).toBe('signed-in')
    })

  if (caches)
    describe('its cache', () => {
      test('spares a request', async () => {
        const { seen } = await signedIn(session)
        expect(await Promise.all([load(1), load(1)])).toEqual([item(1), item(1)])
        expect(await load(1)).toEqual(item(1))
        expect(seen).toHaveLength(1)
      })

      test.each(['after a sign-out', 'without one'])('is not shown to the next user, %s', async how => {
        const { server, calm } = await signedIn(session)
        await load(1)
        const hold = server.hold(routeOf(2))
        const late = load(2).catch(() => {})
        expect(await hold.begun).toBe(true)
        if (how === 'after a sign-out') await session.signOut()
        await session.signIn(bob)
        hold.release()
        await Promise.race([late, calm()])
        expect([await load(1), await load(2)]).toEqual([item(1, bob), item(2, bob)])
      })
    })
}

/** Cancels with an AbortSignal; the library's promise must reject then. */
export function bySignal(load: (id: number, signal: AbortSignal) => Promise<unknown>): Recipe['begin'] & {} {
  return id => {
    const controller = new AbortController()
    const loading = load(id, controller.signal)
    loading.catch(() => {})
    return async () => {
      controller.abort()
      await expect(loading).rejects.toThrow()
    }
  }
}

/** Lets a call be under way for so long that two others rotate, and the buffer closes, before it arrives. */
async function overtaken<T>(
  { server, clock, calm }: World,
  { fetch }: Session,
  route: string,
  call: () => Promise<T>,
): Promise<T> {
  server.delay(route, { request: 14_000 })
  const late = call()
  await clock.advance(1_000)
  await fetch('/items/100')
  await calm()
  await fetch('/items/101')
  await clock.advance(8_000)
  return late
}

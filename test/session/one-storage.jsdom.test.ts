// @vitest-environment jsdom

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Session } from '../../src/index.ts'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  bob,
  failureOf,
  record,
  silence,
  updateUser,
  type World,
  type WorldOptions,
  world,
} from './given.ts'

/**
 * Several tabs of one origin: sessions that share the page's localStorage and a channel. The real ones, in a real
 * browser, are tested in test/tabs; here it is the session's part. The server rotates with each request.
 */

const open: Session[] = []
// An answer that comes after another tab's sign-out has no headers, and this tab cannot know why.
beforeEach(silence)
afterEach(() => {
  for (const session of open.splice(0)) session.dispose()
  localStorage.clear()
  sessionStorage.clear()
  vi.restoreAllMocks()
})

function tabs(options: WorldOptions = {}, count = 2) {
  const made = world({ batchRequestBufferThrottle: 0, ...options })
  made.session.dispose()
  const all = Array.from({ length: count }, () => {
    const session = made.another({ storage: localStorage, batchRequestBufferThrottle: 0, ...options.session })
    open.push(session)
    return { ...made, session, events: record(session) }
  })
  return all as [World, World, ...World[]]
}

const told = () => new Promise(resolve => setTimeout(resolve, 30))
const ownerOf = async ({ session }: World) => (await (await session.fetch('/items')).json()).owner

describe('when the site’s data were cleared', () => {
  test('an old tab does not make whoever signs in then the one that it was', async () => {
    const [one, two] = tabs()
    await one.session.signIn(ada)
    await one.session.signOut()
    await one.session.signIn(ada)
    await told()
    localStorage.clear()
    const fresh = freshTab(two)
    await fresh.session.signIn(bob)
    await told()
    await one.session.fetch('/items')
    await told()
    expect(fresh.session.getSnapshot().user).toMatchObject({ email: bob.email })
    expect(await ownerOf(fresh)).toBe(bob.email)
  })

  test('an old tab does not sign a new one in that has signed out', async () => {
    const [one, two] = tabs()
    for (let turn = 0; turn < 3; turn++) await one.session.signIn(ada)
    await told()
    localStorage.clear()
    const fresh = freshTab(two)
    await fresh.session.signIn(bob)
    await fresh.session.signOut()
    await told()
    await one.session.fetch('/items')
    await told()
    expect(fresh.session.getSnapshot().status).toBe('signed-out')
  })

  /** One that knows nothing of what the others did. */
  function freshTab(former: World): World {
    former.session.dispose()
    const session = former.another({ storage: localStorage, batchRequestBufferThrottle: 0 })
    open.push(session)
    return { ...former, session }
  }
})

test('what an application sends while its page goes is doubted by the next page', async () => {
  const [one] = tabs({ rules: '1.2.0' }, 1)
  await one.session.signIn(ada)
  const held = one.server.hold('/echo')
  let saved: Promise<Response> | undefined
  const save = () => {
    saved = one.session.fetch('/echo', { method: 'POST', body: '{}', keepalive: true })
  }
  window.addEventListener('pagehide', save)
  window.dispatchEvent(new Event('pagehide'))
  window.removeEventListener('pagehide', save)
  const { lost, settled } = JSON.parse(Object.values({ ...localStorage })[0] as string).doubt
  expect(lost - settled).toBe(1)
  held.release()
  expect((await saved)?.status).toBe(200)
})

test('a page that comes back doubts no more than others, and recovers from what it lost when it went', async () => {
  const [one] = tabs({ rules: '1.2.0' }, 1)
  await one.session.signIn(ada)
  const held = one.server.hold('/echo')
  const call = one.session.fetch('/echo', { method: 'POST', body: '{}' })
  await held.begun
  window.dispatchEvent(new Event('pagehide'))
  const depth = () => {
    const { lost, settled } = JSON.parse(Object.values({ ...localStorage })[0] as string).doubt
    return lost - settled
  }
  expect(depth()).toBe(1)
  held.release()
  await call
  window.dispatchEvent(new Event('pageshow'))
  expect((await one.session.fetch('/items')).status).toBe(200)
  expect(depth()).toBeLessThanOrEqual(1)
  const before = depth()
  void one.session.fetch('/items')
  expect(depth()).toBe(before)
})

describe('tabs with one localStorage are one session', () => {
  test('a sign-in in one signs the others in, with the user', async () => {
    const [one, two, three] = tabs({}, 3) as [World, World, World]
    await one.session.signIn(ada)
    await vi.waitFor(() => expect(two.session.getSnapshot().user).toMatchObject({ email: ada.email }))
    await vi.waitFor(() => expect(three.session.getSnapshot().user).toMatchObject({ email: ada.email }))
    expect(two.events.filter(({ type }) => type === 'signed-in')).toEqual([
      { type: 'signed-in', event: { elsewhere: true } },
    ])
    expect((await two.session.fetch('/items')).status).toBe(200)
  })

  test('each goes on with the token that another received', async () => {
    const [one, two] = tabs()
    await one.session.signIn(ada)
    for (let turn = 0; turn < 5; turn++) {
      expect((await one.session.fetch('/items')).status).toBe(200)
      expect((await two.session.fetch('/items')).status).toBe(200)
    }
    const carried = one.seen.filter(({ path }) => path === '/items').map(({ token }) => token)
    expect(new Set(carried).size).toBe(10)
  })

  test('a sign-out in one signs the others out, and tells them why', async () => {
    const [one, two] = tabs()
    await one.session.signIn(ada)
    await vi.waitFor(() => expect(two.session.getSnapshot().status).toBe('signed-in'))
    await one.session.signOut()
    await vi.waitFor(() => expect(two.session.getSnapshot()).toEqual({ status: 'signed-out', user: null }))
    expect(one.events.filter(({ type }) => type === 'signed-out')).toMatchObject([
      { event: { reason: 'asked' } },
    ])
    expect(two.events.filter(({ type }) => type === 'signed-out')).toMatchObject([
      { event: { reason: 'other-tab' } },
    ])
  })

  test('a sign-out in one, while another has a request in flight, stays one', async () => {
    const [one, two] = tabs()
    await one.session.signIn(ada)
    await told()
    const held = two.server.hold('/items')
    const items = two.session.fetch('/items')
    await held.begun
    await one.session.signOut()
    held.release()
    expect((await items).status).toBe(200)
    await told()
    expect(one.session.getSnapshot().status).toBe('signed-out')
    expect(two.session.getSnapshot().status).toBe('signed-out')
    await two.session.fetch('/public')
    expect(two.seen.at(-1)!.token).toBeNull()
  })

  test('a sign-in as someone else in one is everybody’s', async () => {
    const [one, two] = tabs()
    await one.session.signIn(ada)
    await told()
    await two.session.signIn(bob)
    await vi.waitFor(() => expect(one.session.getSnapshot().user).toMatchObject({ email: bob.email }))
    expect(await (await one.session.fetch('/items')).json()).toEqual({ owner: bob.email })
  })

  describe('two sign-ins at once', () => {
    /** Both are with the server at the same time; then everybody has heard of both. */
    async function signInAtOnce([one, two]: World[], people: readonly (typeof ada)[]) {
      const held = people.map(() => one!.server.hold('POST /auth/sign_in'))
      const asked = [one!.session.signIn(people[0]!), two!.session.signIn(people[1]!)]
      for (const { begun } of held) await begun
      for (const { release } of held) release()
      const outcomes = await Promise.allSettled(asked)
      await told()
      return outcomes.map(({ status }) => status)
    }

    /** Whose data the tabs show, and as whom their calls go. */
    async function shownAndOwners(all: World[]) {
      const owners: unknown[] = []
      for (const { session } of all) owners.push((await (await session.fetch('/items')).json()).owner)
      return { shown: all.map(({ session }) => session.getSnapshot().user), owners }
    }

    test.each([[[ada, bob]], [[bob, ada]]])(
      'the quicker one counts: every tab is its user’s',
      async people => {
        const both = tabs()
        expect(await signInAtOnce(both, people)).toEqual(['fulfilled', 'rejected'])
        const email = people[0]!.email
        expect(await shownAndOwners(both)).toMatchObject({
          shown: [{ email }, { email }],
          owners: [email, email],
        })
      },
    )

    test.each([[[ada, bob]], [[bob, ada]]])(
      'that a slow storage hid from each other end as one',
      async people => {
        const both = tabs()
        for (const [index, made] of both.entries()) {
          made.session.dispose()
          // localStorage may show another tab's write late: here it never does, and the channel alone tells.
          made.session = made.another({ storage: Object.assign(memoryStorage(), { shared: true }) })
          made.events = record(made.session)
          open[index] = made.session
        }
        await signInAtOnce(both, people)
        const { shown, owners } = await shownAndOwners(both)
        expect(owners[0]).toBe(owners[1])
        expect(shown).toMatchObject(owners.map(email => ({ email })))
        const ofTheOther = both.filter(({ events }) =>
          events.some(({ type, event }) => type === 'signed-in' && event.elsewhere),
        )
        expect(ofTheOther).toHaveLength(1)
      },
    )
  })

  test('the user’s data that one was told of, all show', async () => {
    const [one, two] = tabs({ permittedParameters: ['name'] })
    await one.session.signIn(ada)
    await told()
    await updateUser(one.session, { name: 'Ada Lovelace' })
    await one.session.validateToken()
    await vi.waitFor(() => expect(two.session.getSnapshot().user).toMatchObject({ name: 'Ada Lovelace' }))
  })

  test('a session that the server has ended ends in all, once each', async () => {
    const [one, two] = tabs()
    await one.session.signIn(ada)
    await told()
    const { clients, uid } = one.server.inspect().users[0]!
    const [client, { token }] = Object.entries(clients)[0]!
    await one.server.fetch('https://api.example.com/auth/sign_out', {
      method: 'DELETE',
      headers: { 'access-token': token, client, uid },
    })
    const responses = await Promise.all([one.session.fetch('/items'), two.session.fetch('/items')])
    expect(responses.map(({ status }) => status)).toEqual([401, 401])
    await vi.waitFor(() => expect(one.session.getSnapshot().status).toBe('signed-out'))
    await vi.waitFor(() => expect(two.session.getSnapshot().status).toBe('signed-out'))
    expect(one.events.filter(({ type }) => type === 'signed-out')).toHaveLength(1)
    expect(two.events.filter(({ type }) => type === 'signed-out')).toHaveLength(1)
  })

  test('a listener that uses the session before the others are told leaves them told', async () => {
    const [one, two] = tabs()
    await one.session.signIn(ada)
    await told()
    const stop = one.session.on('rotated', () => {
      stop()
      void one.session.fetch('/others')
    })
    localStorage.clear()
    // Without the storage only the channel can bring the token.
    const response = await one.session.fetch('/items')
    await told()
    localStorage.clear()
    await two.session.fetch('/others')
    expect(response.status).toBe(200)
    expect(two.seen.at(-1)!.token).not.toBe(two.seen.find(({ path }) => path === '/items')!.token)
  })
})

describe('a tab that was asleep', () => {
  test('begins with what the others have stored meanwhile', async () => {
    const [one, two] = tabs()
    await one.session.signIn(ada)
    await told()
    two.session.dispose()
    for (let turn = 0; turn < 4; turn++) await one.session.fetch('/items')
    const woken = one.another({ storage: localStorage })
    open.push(woken)
    expect((await woken.fetch('/items')).status).toBe(200)
  })

  test('hears by the storage event where the channel is silent', async () => {
    const [one] = tabs()
    await one.session.signIn(ada)
    const [key] = Object.keys(localStorage) as [string]
    const stored = localStorage.getItem(key)!
    const other = JSON.parse(stored)
    const newValue = JSON.stringify({
      ...other,
      epoch: other.epoch + 1,
      client: null,
      tokens: [],
      opened: 99,
    })
    window.dispatchEvent(new StorageEvent('storage', { key: 'other', newValue, storageArea: localStorage }))
    window.dispatchEvent(new StorageEvent('storage', { key, newValue, storageArea: sessionStorage }))
    expect(one.session.getSnapshot().status).toBe('signed-in')
    window.dispatchEvent(new StorageEvent('storage', { key, newValue: null, storageArea: localStorage }))
    expect(one.session.getSnapshot().status).toBe('signed-in')
    window.dispatchEvent(new StorageEvent('storage', { key, newValue, storageArea: localStorage }))
    expect(one.session.getSnapshot().status).toBe('signed-out')
  })

  test('reads everything anew when the page is shown again', async () => {
    const [one] = tabs()
    await one.session.signIn(ada)
    const [key] = Object.keys(localStorage) as [string]
    const other = JSON.parse(localStorage.getItem(key)!)
    localStorage.setItem(
      key,
      JSON.stringify({ ...other, epoch: other.epoch + 1, client: null, tokens: [], opened: 99 }),
    )
    expect(one.session.getSnapshot().status).toBe('signed-in')
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
    expect(one.session.getSnapshot().status).toBe('signed-out')
  })
})

describe('a refused request', () => {
  test('waits for the request of another tab that brings the newer token', async () => {
    const [one, two] = tabs({ rules: '1.2.0', session: { recovery: { path: false } } })
    await one.session.signIn(ada)
    await told()
    // The other tab's answer, with the next token, is on its way; here the old one is refused.
    two.server.delay('/others', { response: 400 })
    const others = two.session.fetch('/others')
    await told()
    const items = one.session.fetch('/items')
    expect((await items).status).toBe(200)
    expect((await others).status).toBe(200)
    expect(one.session.getSnapshot().status).toBe('signed-in')
    expect(one.calls().filter(call => call === 'GET /items').length).toBeGreaterThanOrEqual(2)
  })
})

describe('sessions that are not one', () => {
  test('tabs with a sessionStorage each do not hear each other’s sign-in', async () => {
    const made = world()
    const one = made.another({ storage: sessionStorage })
    open.push(one)
    await one.signIn(ada)
    const inOther = made.another({ storage: memoryStorage() })
    open.push(inOther)
    await told()
    expect(inOther.getSnapshot().status).toBe('signed-out')
  })

  test('memory: nothing is posted, and nothing heard', async () => {
    const post = vi.spyOn(BroadcastChannel.prototype, 'postMessage')
    const made = world({ session: { storage: memoryStorage() } })
    open.push(made.session)
    await made.session.signIn(ada)
    await made.session.fetch('/items')
    await made.session.signOut()
    expect(post).not.toHaveBeenCalled()
  })

  test('a page without localStorage: a storage event is none of its business', () => {
    const blocked = vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(() => {
      throw new DOMException('blocked', 'SecurityError')
    })
    const failed = vi.fn((event: Event) => event.preventDefault())
    window.addEventListener('error', failed)
    const { session } = world({ session: { storage: undefined as never, storageKey: 'session' } })
    blocked.mockRestore()
    open.push(session)
    // As programs send it by hand, without the storage.
    window.dispatchEvent(new StorageEvent('storage', { key: 'session', newValue: '{}' }))
    window.removeEventListener('error', failed)
    expect(failed).not.toHaveBeenCalled()
    expect(session.getSnapshot().status).toBe('signed-out')
  })

  test('what is posted under the same name by others is no record, and does no harm', async () => {
    const [one] = tabs()
    await one.session.signIn(ada)
    const [key] = Object.keys(localStorage) as [string]
    const stranger = new BroadcastChannel(key)
    for (const message of [
      null,
      7,
      'text',
      [],
      {},
      { record: {} },
      { record: 'x', user: {} },
      { user: { name: 'x' } },
    ]) {
      stranger.postMessage(message)
    }
    stranger.postMessage({ record: { ...JSON.parse(localStorage.getItem(key)!), version: 2, epoch: 99 } })
    await told()
    stranger.close()
    expect(one.session.getSnapshot()).toMatchObject({ status: 'signed-in', user: { email: ada.email } })
    expect((await one.session.fetch('/items')).status).toBe(200)
  })
})

describe('a tab whose session is disposed', () => {
  test('still answers a validation that was asked for before', async () => {
    const [one] = tabs({ permittedParameters: ['name'] })
    await one.session.signIn(ada)
    await one.session.fetch('/auth', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"Ada Lovelace"}',
    })
    const held = one.server.hold('/auth/validate_token')
    const validating = one.session.validateToken()
    await held.begun
    one.session.dispose()
    held.release()
    expect(await validating).toMatchObject({ name: 'Ada Lovelace' })
  })

  test('still delivers a refusal, and asks no other tab about it', async () => {
    const [one] = tabs({ session: { recovery: { path: false } } })
    await one.session.signIn(ada)
    one.server.delay('/items', { request: 100 })
    const items = one.session.fetch('/items')
    const { clients, uid } = one.server.inspect().users[0]!
    const [client, { token }] = Object.entries(clients)[0]!
    await one.server.fetch('https://api.example.com/auth/sign_out', {
      method: 'DELETE',
      headers: { 'access-token': token, client, uid },
    })
    one.session.dispose()
    expect((await items).status).toBe(401)
  })
})

describe('the page', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.UTC(2026, 0, 1) })
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const pass = async (milliseconds: number) => {
    await vi.advanceTimersByTimeAsync(milliseconds)
    for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
  }

  test('that goes away with requests in flight leaves their doubt to the next, which recovers first', async () => {
    const [one] = tabs({ batchRequestBufferThrottle: 5, session: { batchRequestBufferThrottle: 5 } }, 1)
    await one.session.signIn(ada)
    await pass(6_000)
    const held = one.server.hold('/items')
    one.session.fetch('/items').catch(() => {})
    await held.begun
    window.dispatchEvent(new PageTransitionEvent('pagehide'))
    one.session.dispose()
    held.releaseAndLoseAnswer()
    one.seen.length = 0
    open.push(one.another({ storage: localStorage }))
    await pass(4_000)
    expect(one.calls()).toEqual(['GET /auth/validate_token'])
  })

  test('that goes away with nothing in flight leaves no doubt', async () => {
    const [one] = tabs({}, 1)
    await one.session.signIn(ada)
    await one.session.fetch('/items')
    window.dispatchEvent(new PageTransitionEvent('pagehide'))
    one.session.dispose()
    one.seen.length = 0
    open.push(one.another({ storage: localStorage }))
    await pass(10_000)
    expect(one.seen).toEqual([])
  })

  test('where locks are refused recovers all the same', async () => {
    const request = () => Promise.reject(new DOMException('not here', 'SecurityError'))
    Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true })
    try {
      const [one] = tabs({ session: { batchRequestBufferThrottle: 5 }, batchRequestBufferThrottle: 5 }, 1)
      await one.session.signIn(ada)
      await pass(6_000)
      one.server.loseAnswer('/items')
      await failureOf(one.session.fetch('/items'))
      await pass(4_000)
      expect(one.calls().at(-1)).toBe('GET /auth/validate_token')
    } finally {
      Reflect.deleteProperty(navigator, 'locks')
    }
  })

  test('that is offline does not try in vain, and recovers when it is online again', async () => {
    const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(true)
    const [one] = tabs({ session: { batchRequestBufferThrottle: 5 }, batchRequestBufferThrottle: 5 }, 1)
    await one.session.signIn(ada)
    await pass(6_000)
    one.server.loseAnswer('/items')
    online.mockReturnValue(false)
    await failureOf(one.session.fetch('/items'))
    one.seen.length = 0
    await pass(60_000)
    expect(one.seen).toEqual([])
    online.mockReturnValue(true)
    window.dispatchEvent(new Event('online'))
    await pass(40_000)
    expect(one.calls()).toEqual(['GET /auth/validate_token'])
  })

  test('is left without a listener by dispose()', async () => {
    const listeners = new Map<string, number>()
    const count = (by: number) => (type: string) => void listeners.set(type, (listeners.get(type) ?? 0) + by)
    vi.spyOn(globalThis, 'addEventListener').mockImplementation(count(1))
    vi.spyOn(globalThis, 'removeEventListener').mockImplementation(count(-1))
    const close = vi.spyOn(BroadcastChannel.prototype, 'close')
    const [one] = tabs({}, 1)
    expect(
      [...listeners]
        .filter(([, n]) => n > 0)
        .map(([type]) => type)
        .sort(),
    ).toEqual(['online', 'pagehide', 'pageshow', 'storage'])
    close.mockClear()
    one.session.dispose()
    expect([...listeners.values()].every(n => n === 0)).toBe(true)
    expect(close).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })
})

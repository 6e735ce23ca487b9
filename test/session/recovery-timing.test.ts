import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import {
  ada,
  api,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  pause,
  settled,
  signedIn,
  silence,
  type World,
} from './given.ts'

/** When a recovery is sent, what is sent beside it, and which timers that takes. */

beforeEach(() => {
  holdTime()
  vi.spyOn(Math, 'random').mockReturnValue(1)
})
afterEach(() => {
  vi.unstubAllGlobals()
  letTimeGo()
})

const recoveries = ({ seen }: World) => seen.filter(({ url }) => url.includes('unbatch')).length

async function loseAnswer(made: World, path = '/items') {
  made.server.loseAnswer(path)
  expect(await failureOf(made.session.fetch(path))).toBeInstanceOf(TypeError)
}

/** The page's window, as far as a session listens to it. */
function stubWindow() {
  const listeners = new Map<string, () => void>()
  vi.stubGlobal('addEventListener', (type: string, listener: () => void) => listeners.set(type, listener))
  vi.stubGlobal('removeEventListener', (type: string) => listeners.delete(type))
  return (type: string) => listeners.get(type)!()
}

describe('a session', () => {
  test('at rest sets no timer', async () => {
    const { session } = await signedIn()
    await session.fetch('/items')
    await later(2_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('sets no timer when it has recovered', async () => {
    const made = await signedIn()
    await loseAnswer(made)
    await later(4_000)
    expect(recoveries(made)).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('sets one timer, however many answers were lost beside a request that stays in flight', async () => {
    const made = await signedIn()
    // Long polling: there is always one in flight.
    made.server.hold('/others')
    void made.session.fetch('/others')
    await settled()
    const counts: number[] = []
    for (let turn = 0; turn < 20; turn++) {
      await loseAnswer(made)
      await later(10_000)
      counts.push(vi.getTimerCount())
    }
    expect(counts).toEqual(Array.from({ length: 20 }, () => 1))
  })

  test('leaves no timer when it is disposed of, though an answer was lost while another look was due', async () => {
    const made = await signedIn()
    made.server.hold('/others')
    void made.session.fetch('/others')
    await later(300)
    await loseAnswer(made)
    made.session.dispose()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a recovery', () => {
  test('is sent a moment after the loss, when nothing else happens', async () => {
    const made = await signedIn()
    await loseAnswer(made)
    await later(1_499)
    expect(recoveries(made)).toBe(0)
    await later(1)
    expect(recoveries(made)).toBe(1)
  })

  test('is sent on time while other requests are in flight', async () => {
    const made = await signedIn()
    made.server.hold('/others')
    void made.session.fetch('/others')
    await later(700)
    await loseAnswer(made)
    await later(1_499)
    expect(recoveries(made)).toBe(0)
    await later(1)
    expect(recoveries(made)).toBe(1)
  })

  test('is sent on time however many requests are begun meanwhile', async () => {
    const made = await signedIn()
    await loseAnswer(made)
    for (let turn = 0; turn < 5; turn++) made.server.hold('/others')
    for (const wait of [400, 400, 400, 299]) {
      void made.session.fetch('/others')
      await later(wait)
    }
    expect(recoveries(made)).toBe(0)
    await later(1)
    expect(recoveries(made)).toBe(1)
  })

  test('is sent beside a request that has been silent for too long, not before', async () => {
    const made = await signedIn({ rules: '1.2.0' })
    made.server.hold('/others')
    void made.session.fetch('/others')
    await later(2_499)
    expect(recoveries(made)).toBe(0)
    await later(1)
    expect(recoveries(made)).toBe(1)
  })

  test('is sent once beside it, where the server keeps its tokens', async () => {
    const made = await signedIn({ rules: '1.2.0', changeHeadersOnEachRequest: false })
    made.server.hold('/others')
    void made.session.fetch('/others')
    await later(60_000)
    expect(recoveries(made)).toBe(1)
  })

  test('waits for the page to be online', async () => {
    const happens = stubWindow()
    vi.stubGlobal('navigator', { onLine: false })
    const made = await signedIn()
    await loseAnswer(made)
    await later(30_000)
    expect(recoveries(made)).toBe(0)
    vi.stubGlobal('navigator', { onLine: true })
    happens('online')
    await settled()
    expect(recoveries(made)).toBe(1)
  })

  test('is sent where nobody says whether there is a network', async () => {
    vi.stubGlobal('navigator', undefined)
    const made = await signedIn()
    await loseAnswer(made)
    await later(4_000)
    expect(recoveries(made)).toBe(1)
  })

  test('needs no more of a timer than browsers have: a number', async () => {
    const { setTimeout } = globalThis
    vi.stubGlobal('setTimeout', (...given: Parameters<typeof setTimeout>) => Number(setTimeout(...given)))
    const made = await signedIn()
    await loseAnswer(made)
    await later(4_000)
    expect(recoveries(made)).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is not sent twice at a time, whatever happens meanwhile', async () => {
    const happens = stubWindow()
    const made = await signedIn()
    made.server.hold('/auth/validate_token')
    await loseAnswer(made)
    await later(1_500)
    for (let turn = 0; turn < 5; turn++) happens('online')
    await later(900)
    happens('online')
    await settled()
    expect(recoveries(made)).toBe(1)
  })

  test('that is silent has one beside it, and never a third', async () => {
    const happens = stubWindow()
    const made = await signedIn()
    for (let turn = 0; turn < 9; turn++) made.server.hold('/auth/validate_token')
    await loseAnswer(made)
    await later(1_500)
    for (let turn = 0; turn < 20; turn++) {
      await later(1_000)
      happens('online')
    }
    await settled()
    expect(recoveries(made)).toBe(2)
  })

  test('that is silent has one beside it after a second', async () => {
    const happens = stubWindow()
    const made = await signedIn()
    made.server.hold('/auth/validate_token')
    await loseAnswer(made)
    await later(1_500)
    await later(999)
    happens('online')
    expect(recoveries(made)).toBe(1)
    await later(1)
    happens('online')
    await settled()
    expect(recoveries(made)).toBe(2)
  })

  test('that is silent has another beside it again, when that one is lost', async () => {
    const happens = stubWindow()
    const made = await signedIn()
    made.server.hold('/auth/validate_token')
    await loseAnswer(made)
    await later(1_500)
    made.server.loseAnswer('/auth/validate_token')
    await later(1_000)
    happens('online')
    await settled()
    expect(recoveries(made)).toBe(2)
    await later(4_000)
    expect(recoveries(made)).toBe(3)
    expect((await made.session.fetch('/items')).status).toBe(200)
  })

  /** Two recoveries, of which the first is answered while the second is under way. */
  async function oneBesideAnother() {
    const happens = stubWindow()
    const made = await signedIn()
    const attempts: number[] = []
    made.session.on('recovering', ({ attempt }) => attempts.push(attempt))
    const [first, second] = [1, 2].map(() => made.server.hold('/auth/validate_token'))
    await loseAnswer(made)
    await later(1_500)
    await later(1_000)
    happens('online')
    await settled()
    expect(recoveries(made)).toBe(2)
    first!.release()
    await settled()
    return { ...made, attempts, second: second! }
  }

  test('beside another is no failure when it is answered', async () => {
    const made = await oneBesideAnother()
    made.second.release()
    await later(pause)
    await loseAnswer(made)
    await later(pause)
    expect(made.attempts).toEqual([1, 1, 1])
  })

  test('that is still under way when another is answered is joined by a validation', async () => {
    const made = await oneBesideAnother()
    const validating = made.session.validateToken()
    await settled()
    made.second.release()
    expect(await validating).toMatchObject({ email: ada.email })
    expect(made.calls().filter(call => call === 'GET /auth/validate_token')).toHaveLength(2)
  })

  test('is not sent when another tab’s request has settled the doubt, though nobody told', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ session: { storage } })
    const other = made.another({ storage })
    made.server.loseRequest('/others')
    await failureOf(made.session.fetch('/others'))
    await later(1_000)
    // It rotates, and was sent after what was lost.
    await other.fetch('/items')
    other.dispose()
    await later(4_000)
    expect(recoveries(made)).toBe(0)
  })

  test('that was refused and waits for another request has none beside it', async () => {
    const happens = stubWindow()
    const made = await signedIn()
    made.server.hold('/others')
    void made.session.fetch('/others')
    await settled()
    const { clients, uid } = made.server.inspect().users[0]!
    const [client, { token }] = Object.entries(clients)[0]!
    await made.server.fetch(`${api}/auth/sign_out`, {
      method: 'DELETE',
      headers: { 'access-token': token, client, uid },
    })
    made.server.loseRequest('/items')
    await failureOf(made.session.fetch('/items'))
    await later(1_500)
    expect(made.events.at(-1)).toMatchObject({ type: 'rejected', event: { verdict: 'wait' } })
    for (let turn = 0; turn < 5; turn++) {
      await later(1_000)
      happens('online')
    }
    expect(recoveries(made)).toBe(1)
  })

  test('that a gateway answers is repeated ever more rarely, for as long as it takes', async () => {
    const { warnings } = silence()
    const asked: number[] = []
    const made = await signedIn()
    const session = made.another({
      fetch: async (input, init) => {
        if (!String(input).includes('unbatch')) return made.server.fetch(input, init)
        return asked.push(Date.now()) <= 12
          ? new Response(null, { status: 503 })
          : made.server.fetch(input, init)
      },
    })
    await session.signIn(ada)
    await later(pause)
    await loseAnswer({ ...made, session })
    await later(400_000)
    const seconds = asked.map((at, index) => (at - asked[index - 1]!) / 1_000).slice(2)
    expect(seconds).toEqual([2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30])
    expect(warnings).toEqual([])
    session.dispose()
  })

  test('whose answer is read is over: a validation after it asks itself', async () => {
    const made = await signedIn()
    await loseAnswer(made)
    await later(1_500)
    made.seen.length = 0
    expect(await made.session.validateToken()).toMatchObject({ email: ada.email })
    expect(made.calls()).toEqual(['GET /auth/validate_token'])
    expect(recoveries(made)).toBe(0)
  })

  test('that a gateway answered tells a validation nothing: it asks itself', async () => {
    let release = () => {}
    const made = await signedIn()
    const session = made.another({
      fetch: async (input, init) => {
        if (!String(input).includes('unbatch')) return made.server.fetch(input, init)
        await new Promise<void>(resolve => {
          release = resolve
        })
        return new Response(null, { status: 503 })
      },
    })
    await session.signIn(ada)
    await later(pause)
    await loseAnswer({ ...made, session })
    await later(1_500)
    const validating = session.validateToken()
    release()
    expect(await validating).toMatchObject({ email: ada.email })
    session.dispose()
  })

  test('that was refused is no failure of the next session', async () => {
    const made = await signedIn()
    const attempts: number[] = []
    made.session.on('recovering', ({ attempt }) => attempts.push(attempt))
    await loseAnswer(made)
    const { clients, uid } = made.server.inspect().users[0]!
    const [client, { token }] = Object.entries(clients)[0]!
    await made.server.fetch(`${api}/auth/sign_out`, {
      method: 'DELETE',
      headers: { 'access-token': token, client, uid },
    })
    await later(1_500)
    expect(made.session.getSnapshot().status).toBe('signed-out')
    await made.session.signIn(ada)
    await later(pause)
    await loseAnswer(made)
    await later(1_500)
    expect(attempts).toEqual([1, 1])
  })

  test('has no timer left when the session is disposed of with a request in flight', async () => {
    const made = await signedIn()
    made.server.hold('/items')
    void made.session.fetch('/items')
    await settled()
    expect(vi.getTimerCount()).toBe(1)
    made.session.dispose()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('without an answer is cut from its wire after a minute', async () => {
    const signals: AbortSignal[] = []
    const made = await signedIn()
    const session = made.another({
      fetch: (input, init) => {
        if (!String(input).includes('unbatch')) return made.server.fetch(input, init)
        signals.push(init!.signal!)
        return new Promise((_, reject) => init!.signal!.addEventListener('abort', reject))
      },
    })
    await session.signIn(ada)
    await later(pause)
    await loseAnswer({ ...made, session })
    await later(1_500)
    await later(59_999)
    expect(signals[0]!.aborted).toBe(false)
    await later(1)
    expect(signals[0]!.aborted).toBe(true)
    session.dispose()
  })

  test('that is too late is not sent: another tab signed out when it was about to', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ session: { storage, storageKey: 'session' } })
    const other = made.another({ storage, storageKey: 'session' })
    await loseAnswer(made)
    await later(1_400)
    await other.signOut()
    made.seen.length = 0
    await later(60_000)
    expect(made.seen).toEqual([])
    expect(made.session.getSnapshot().status).toBe('signed-out')
  })

  test('that is too late is not sent: another tab signed out in that very moment', async () => {
    const items = memoryStorage()
    let reads = Infinity
    const storage = {
      ...items,
      getItem(key: string) {
        const stored = items.getItem(key)
        if (reads-- !== 1) return stored
        const record = JSON.parse(stored!)
        return JSON.stringify({ ...record, epoch: record.epoch + 1, client: null, tokens: [], opened: 99 })
      },
    }
    const made = await signedIn({ session: { storage, storageKey: 'session' } })
    await loseAnswer(made)
    await later(1_400)
    reads = 2
    await later(60_000)
    expect(recoveries(made)).toBe(0)
    expect(made.session.getSnapshot().status).toBe('signed-out')
    await made.session.signIn(ada)
    await later(pause)
    await loseAnswer(made)
    await later(4_000)
    expect(recoveries(made)).toBe(1)
  })
})

describe('a local clock that is put back by more than a timer can wait for', () => {
  test('does not have it looked again and again whether a recovery is due', async () => {
    const made = await signedIn()
    // Polling inside the buffer for so long that the token is to be renewed.
    for (let second = 0; second < 590; second += 2) {
      await made.session.fetch('/items')
      await later(2_000)
    }
    vi.setSystemTime(Date.now() - 100 * 86_400_000)
    const timers = vi.spyOn(globalThis, 'setTimeout')
    await made.session.fetch('/items')
    await later(10_000)
    expect(timers.mock.calls.length).toBeLessThan(20)
  })
})

describe('a recovery that another tab is at', () => {
  /** Web Locks, of which another tab holds the session's for so many asks. */
  function lockedFor(asks: number) {
    let asked = 0
    const request = async (_: string, __: LockOptions, hold: (lock: Lock | null) => Promise<void>) =>
      hold(asked++ < asks ? null : { name: 'session', mode: 'exclusive' })
    vi.stubGlobal('navigator', { onLine: true, locks: { request } })
    return () => asked
  }

  test('is left to that one, and sent by this one when nothing came of it', async () => {
    const asked = lockedFor(2)
    const made = await signedIn()
    const session = made.another({
      storage: Object.assign(memoryStorage(), { shared: true }),
      fetch: async (input, init) => {
        const { url } = new Request(input, init)
        if (url.endsWith('/refused')) return new Response(null, { status: 401 })
        return made.server.fetch(input, init)
      },
    })
    await session.signIn(ada)
    await later(pause)
    const attempts: number[] = []
    session.on('recovering', ({ attempt }) => attempts.push(attempt))
    void session.fetch('/refused')
    await settled()
    expect(asked()).toBe(1)
    await later(999)
    expect(asked()).toBe(1)
    await later(1)
    expect(asked()).toBe(2)
    await later(1_999)
    expect(attempts).toEqual([])
    await later(1)
    expect(asked()).toBe(3)
    expect(attempts).toEqual([3])
    session.dispose()
  })
})

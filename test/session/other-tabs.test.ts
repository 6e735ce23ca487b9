import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage, type Session, type SessionOptions } from '../../src/index.ts'
import { ada, holdTime, later, letTimeGo, pause, settled, silence, world } from './given.ts'

/** Two tabs that share a storage and a channel, and a gateway before the API that may refuse on its own. */

const open: { close(): void }[] = []
beforeEach(() => {
  holdTime()
  silence()
})
afterEach(() => {
  for (const one of open.splice(0)) one.close()
  letTimeGo()
})

const storageKey = 'tabs that are busy'

async function twoTabs(options: Partial<SessionOptions> = {}) {
  const made = world()
  const storage = Object.assign(memoryStorage(), { shared: true })
  const gateway = { refuses: false, asked: 0 }
  const tab = (): Session => {
    const session = made.another({
      storage,
      storageKey,
      recovery: { path: false },
      fetch: async (input, init) => {
        if (!String(input).endsWith('/items')) return made.server.fetch(input, init)
        gateway.asked++
        return gateway.refuses ? new Response(null, { status: 401 }) : made.server.fetch(input, init)
      },
      ...options,
    })
    open.push({ close: session.dispose })
    return session
  }
  const [one, two] = [tab(), tab()]
  await one.signIn(ada)
  await told()
  // The token has changed just now, so that the next answers bring no other.
  await later(pause)
  await one.fetch('/others')
  await told()
  gateway.refuses = true
  return { server: made.server, gateway, one, two }
}

/** What tabs say to each other needs no time, and yet a few turns. */
async function told() {
  for (let turn = 0; turn < 5; turn++) await settled()
}

/** Lets time pass, with what tabs say to each other meanwhile. */
async function pass(milliseconds: number) {
  for (let passed = 0; passed < milliseconds; passed += 100) {
    await later(100)
    await told()
  }
}

describe('a refused request, while another tab has one in flight,', () => {
  test('waits until that is answered, and is sent again soon though the answer brings no token', async () => {
    const { server, gateway, one, two } = await twoTabs()
    const held = server.hold('/others')
    const others = two.fetch('/others')
    await held.begun
    const items = one.fetch('/items')
    await pass(3_000)
    expect(gateway.asked).toBe(1)
    expect(one.getSnapshot().status).toBe('signed-in')
    gateway.refuses = false
    held.release()
    expect((await others).headers.get('access-token')?.trim()).toBe('')
    await pass(1_500)
    expect(gateway.asked).toBe(2)
    expect((await items).status).toBe(200)
  })

  test('waits no longer than patience says, however long the other tab is busy', async () => {
    const { server, gateway, one, two } = await twoTabs({ patience: 2_000 })
    const held = server.hold('/others')
    void two.fetch('/others')
    await held.begun
    const items = one.fetch('/items')
    await pass(1_900)
    expect(gateway.asked).toBe(1)
    await pass(1_000)
    expect(gateway.asked).toBe(2)
    expect((await items).status).toBe(401)
    held.release()
  })

  test('waits for that one too, when it has waited for one of its own tab', async () => {
    const { server, gateway, one, two } = await twoTabs()
    const own = server.hold('/echo')
    const others = server.hold('/others')
    const echo = one.fetch('/echo')
    void two.fetch('/others')
    await own.begun
    await others.begun
    const items = one.fetch('/items')
    await pass(500)
    own.release()
    expect((await echo).status).toBe(200)
    await pass(2_000)
    expect(gateway.asked).toBe(1)
    gateway.refuses = false
    others.release()
    await pass(1_500)
    expect((await items).status).toBe(200)
  })
})

describe('what is told to the other tabs', () => {
  /** What a further tab hears of those that are open, from now on. */
  function listening() {
    const heard: unknown[] = []
    const channel = new BroadcastChannel(storageKey)
    channel.onmessage = ({ data }) => heard.push(data)
    open.push(channel)
    return heard
  }

  test('is told by the tab that it happened in, and by no other after it', async () => {
    const { one, two } = await twoTabs()
    const heard = listening()
    await one.signOut()
    await told()
    expect(two.getSnapshot().status).toBe('signed-out')
    expect(heard).toHaveLength(1)
  })

  test('is what is new: a user who is as before is none', async () => {
    const { one } = await twoTabs()
    await one.validateToken()
    await told()
    const heard = listening()
    const validated = vi.fn()
    one.on('validated', validated)
    await one.validateToken()
    await told()
    expect(validated).toHaveBeenCalledOnce()
    expect(heard).toEqual([])
  })
})

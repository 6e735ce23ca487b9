import { afterEach, describe, expect, test, vi } from 'vitest'
import { createTabs, type Tabs } from '../../src/session/tabs.ts'

/** What tabs tell and ask each other, over Node's own BroadcastChannel, and with locks as browsers have them. */

const open: Tabs[] = []
afterEach(() => {
  for (const tabs of open.splice(0)) tabs.close()
  Reflect.deleteProperty(navigator, 'locks')
  vi.unstubAllGlobals()
})

let names = 0
const aName = () => `tabs of test ${names++}`

function tab(name: string | null, { heard = (_: unknown) => {}, busy = (): boolean => false } = {}): Tabs {
  const tabs = createTabs(name, heard, () => ({ busy: busy() }))
  open.push(tabs)
  return tabs
}

async function timed<Value>(promise: Promise<Value>): Promise<[Value, number]> {
  const start = performance.now()
  return [await promise, performance.now() - start]
}

describe('what one tab tells', () => {
  test('the others hear, and it does not hear itself', async () => {
    const name = aName()
    const heard = { one: vi.fn(), two: vi.fn(), stranger: vi.fn() }
    const one = tab(name, { heard: heard.one })
    tab(name, { heard: heard.two })
    tab(aName(), { heard: heard.stranger })
    one.tell({ user: { name: 'Ada' } })
    await vi.waitFor(() => expect(heard.two).toHaveBeenCalledWith({ user: { name: 'Ada' } }))
    expect(heard.one).not.toHaveBeenCalled()
    expect(heard.stranger).not.toHaveBeenCalled()
  })

  test('is no question, but whoever asks hears what the others know', async () => {
    const name = aName()
    const heard = { one: vi.fn(), two: vi.fn() }
    const one = tab(name, { heard: heard.one })
    tab(name, { heard: heard.two, busy: () => true })
    await one.anyBusy()
    expect(heard.one.mock.calls).toEqual([[{ busy: true }]])
    expect(heard.two).not.toHaveBeenCalled()
  })

  test('nobody hears where a page may have no channel', async () => {
    vi.stubGlobal(
      'BroadcastChannel',
      class {
        constructor() {
          throw new DOMException('The operation is insecure.', 'SecurityError')
        }
      },
    )
    const one = tab(aName())
    one.tell({ user: null })
    expect(await one.anyBusy()).toBe(false)
  })

  test('nobody hears when it is closed', async () => {
    const name = aName()
    const heard = vi.fn()
    const one = tab(name)
    tab(name, { heard })
    one.close()
    one.tell({ user: {} })
    await one.anyBusy()
    expect(heard).not.toHaveBeenCalled()
    one.close()
  })
})

describe('whether another tab is busy', () => {
  test('is known at once when one says so', async () => {
    const name = aName()
    const one = tab(name)
    tab(name, { busy: () => false })
    tab(name, { busy: () => true })
    tab(name, { busy: () => true })
    const [busy, took] = await timed(one.anyBusy())
    expect(busy).toBe(true)
    expect(took).toBeLessThan(140)
  })

  test('is answered to everyone who asks at the same time', async () => {
    const name = aName()
    const one = tab(name)
    tab(name, { busy: () => true })
    expect(await Promise.all([one.anyBusy(), one.anyBusy(), one.anyBusy()])).toEqual([true, true, true])
  })

  test('is not so when none answers in time', async () => {
    const name = aName()
    const one = tab(name)
    tab(name, { busy: () => false })
    const [busy, took] = await timed(one.anyBusy())
    expect(busy).toBe(false)
    expect(took).toBeGreaterThan(100)
  })

  test('is asked anew each time', async () => {
    const name = aName()
    let busy = true
    const one = tab(name)
    tab(name, { busy: () => busy })
    expect(await one.anyBusy()).toBe(true)
    busy = false
    expect(await one.anyBusy()).toBe(false)
  })

  test('leaves no timer when it is known', async () => {
    const name = aName()
    const one = tab(name)
    tab(name, { busy: () => true })
    const clear = vi.spyOn(globalThis, 'clearTimeout')
    await one.anyBusy()
    expect(clear).toHaveBeenCalled()
    clear.mockClear()
    // A late word of another is nothing to a question that is over.
    await one.anyBusy()
    expect(clear).toHaveBeenCalledTimes(1)
    clear.mockRestore()
  })
})

describe('a session that no other tab can see', () => {
  test('asks nobody, and knows at once', async () => {
    const alone = tab(null)
    alone.tell({ user: {} })
    const [busy, took] = await timed(alone.anyBusy())
    expect(busy).toBe(false)
    expect(took).toBeLessThan(100)
  })

  test('needs no lock', async () => {
    const request = vi.fn()
    Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true })
    const act = vi.fn(async () => {})
    expect(await tab(null).exclusively(act)).toBe(true)
    expect(act).toHaveBeenCalledOnce()
    expect(request).not.toHaveBeenCalled()
  })
})

describe('where the platform has less', () => {
  test('no BroadcastChannel: each tab is on its own', async () => {
    vi.stubGlobal('BroadcastChannel', undefined)
    const one = tab(aName())
    one.tell({ user: {} })
    expect(await one.anyBusy()).toBe(false)
    one.close()
  })

  test('a channel that needs no unref, as in browsers', () => {
    class Channel {
      onmessage = null
      postMessage() {}
      close() {}
    }
    vi.stubGlobal('BroadcastChannel', Channel)
    expect(() => tab(aName())).not.toThrow()
  })

  test.each([undefined, {}])('no locks (%j): it acts all the same', async navigator => {
    vi.stubGlobal('navigator', navigator)
    const act = vi.fn(async () => {})
    expect(await tab(aName()).exclusively(act)).toBe(true)
    expect(act).toHaveBeenCalledOnce()
    vi.unstubAllGlobals()
  })
})

describe('what only one tab must do', () => {
  /** Web Locks, with ifAvailable. */
  function withLocks() {
    const held = new Set<string>()
    const asked: string[] = []
    const request = async (
      name: string,
      { ifAvailable = false }: LockOptions,
      callback: (lock: Lock | null) => Promise<unknown>,
    ) => {
      asked.push(name)
      if (!ifAvailable) throw new Error('It would wait for the other tab.')
      if (held.has(name)) return callback(null)
      held.add(name)
      try {
        return await callback({ name, mode: 'exclusive' })
      } finally {
        held.delete(name)
      }
    }
    Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true })
    return { held, asked }
  }

  test('it does under the session’s lock, and the others do not meanwhile', async () => {
    const { held, asked } = withLocks()
    const name = aName()
    const [one, two] = [tab(name), tab(name)]
    let finish = () => {}
    const acting = one.exclusively(() => new Promise<void>(resolve => (finish = resolve)))
    const other = vi.fn(async () => {})
    expect(await two.exclusively(other)).toBe(false)
    expect(other).not.toHaveBeenCalled()
    expect([...held]).toEqual([name])
    finish()
    expect(await acting).toBe(true)
    expect(asked).toEqual([name, name])
  })

  test('keeps the lock until the others have heard of it, and then lets it go', async () => {
    const { held } = withLocks()
    const name = aName()
    const [one, two] = [tab(name), tab(name)]
    const [ran, took] = await timed(one.exclusively(async () => {}))
    expect(ran).toBe(true)
    expect(took).toBeLessThan(90)
    expect(held.size).toBe(1)
    expect(await two.exclusively(async () => {})).toBe(false)
    await vi.waitFor(() => expect(held.size).toBe(0))
    expect(await two.exclusively(async () => {})).toBe(true)
  })

  test('of another session is no matter', async () => {
    withLocks()
    const never = tab(aName()).exclusively(() => new Promise(() => {}))
    never.catch(() => {})
    expect(await tab(aName()).exclusively(async () => {})).toBe(true)
  })

  test('that fails says so, and lets the lock go', async () => {
    const { held } = withLocks()
    const failing = tab(aName()).exclusively(() => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    await vi.waitFor(() => expect(held.size).toBe(0))
  })

  test('it does where locks are refused', async () => {
    const request = () => Promise.reject(new DOMException('not here', 'SecurityError'))
    Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true })
    const act = vi.fn(async () => {})
    expect(await tab(aName()).exclusively(act)).toBe(true)
    expect(act).toHaveBeenCalledOnce()
  })
})

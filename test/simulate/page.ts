import type { Clock, Timer } from './clock.ts'
import type { Random } from './random.ts'

/** The platform as a page sees it, in virtual time: what the library finds on globalThis. */
export interface Pages {
  /** What the pages share: a fake of localStorage. */
  storage: Storage
  /** The present page goes: its timers, listeners and locks with it. `pagehide` is heard before. */
  turn(): void
  dispatch(type: string): void
  setOnline(online: boolean): void
  /** How many timers and listeners the present page has, and how many locks it holds. */
  held(): { timers: number; listeners: number; locks: number }
  /** Puts the platform back as it was. */
  restore(): void
}

const mostTimersAtOnce = 10_000

type Listener = (event: Event) => void

const names = [
  'setTimeout',
  'clearTimeout',
  'addEventListener',
  'removeEventListener',
  'navigator',
  'BroadcastChannel',
  'FinalizationRegistry',
  'Storage',
] as const

/** One tab at a time: a channel on which nobody listens. */
class QuietChannel {
  onmessage = null
  postMessage(): void {}
  close(): void {}
}

/** The garbage collector's timing is not seeded, so it is never heard of here. */
class QuietRegistry {
  register(): void {}
  unregister(): void {}
}

class PageStorage {
  #items = new Map<string, string>()
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value)
  }
  removeItem(key: string): void {
    this.#items.delete(key)
  }
}

export function installPages(clock: Clock, random: Random): Pages {
  const real = names.map(name => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const)
  const { now } = Date
  const { random: mathRandom } = Math
  let page = newPage()
  let instant = Number.NaN
  let timersAtOnce = 0

  function newPage() {
    return {
      listeners: new Map<string, Set<Listener>>(),
      locks: new Set<string>(),
      timers: new Set<Timer>(),
      gone: false,
      online: true,
    }
  }

  function setTimeout(act: (...rest: unknown[]) => void, delay = 0, ...rest: unknown[]): Timer {
    const own = page
    guard()
    const timer = clock.after(delay, () => {
      own.timers.delete(timer)
      if (!own.gone) act(...rest)
    })
    own.timers.add(timer)
    return timer
  }

  function clearTimeout(timer?: Timer) {
    clock.cancel(timer)
    if (timer) page.timers.delete(timer)
  }

  /** Promises that wake each other would run for ever, and no test's timeout could end them. */
  function guard() {
    timersAtOnce = instant === clock.now() ? timersAtOnce + 1 : 0
    instant = clock.now()
    if (timersAtOnce > mostTimersAtOnce) throw new Error('The library runs in circles.')
  }

  const locks = {
    async request(name: string, _options: unknown, act: (lock: object | null) => unknown) {
      const own = page
      if (own.locks.has(name)) return act(null)
      own.locks.add(name)
      try {
        return await act({ name })
      } finally {
        own.locks.delete(name)
      }
    },
  }

  const platform: Record<(typeof names)[number], unknown> = {
    setTimeout,
    clearTimeout,
    addEventListener(type: string, listener: Listener) {
      const set = page.listeners.get(type) ?? new Set()
      page.listeners.set(type, set.add(listener))
    },
    removeEventListener: (type: string, listener: Listener) => page.listeners.get(type)?.delete(listener),
    navigator: {
      locks,
      get onLine() {
        return page.online
      },
    },
    BroadcastChannel: QuietChannel,
    FinalizationRegistry: QuietRegistry,
    Storage: PageStorage,
  }
  for (const name of names) {
    Object.defineProperty(globalThis, name, { value: platform[name], configurable: true, writable: true })
  }
  Date.now = () => Math.floor(clock.now())
  Math.random = random.next

  function dispatch(type: string) {
    for (const listener of [...(page.listeners.get(type) ?? [])]) listener(new Event(type))
  }

  return {
    storage: new PageStorage() as unknown as Storage,
    dispatch,
    turn() {
      dispatch('pagehide')
      page.gone = true
      page = newPage()
    },
    setOnline(online) {
      page.online = online
      dispatch(online ? 'online' : 'offline')
    },
    held() {
      let listeners = 0
      for (const set of page.listeners.values()) listeners += set.size
      return { timers: page.timers.size, listeners, locks: page.locks.size }
    },
    restore() {
      for (const [name, descriptor] of real) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor)
        else delete (globalThis as Record<string, unknown>)[name]
      }
      Date.now = now
      Math.random = mathRandom
    },
  }
}

/**
 * Time that stands still until it is told to pass, for everything in this page: sessions and servers read it as they
 * read any clock. So a schedule runs the same each time, and two weeks pass at once.
 */
export interface HeldTime {
  /** Milliseconds since the start. */
  now(): number
  /** Lets everything happen that is due until then, each at its own time. */
  passUntil(at: number): Promise<void>
  /** When the next timer is due; Infinity when there is none. */
  nextAt(): number
  /** Forgets every timer, and begins anew at 0. */
  restart(): void
  /** Waits for servers: their requests do not settle while time stands still. */
  sleep(ms: number): Promise<void>
  /** Tells of a request, so that time does not go on while it could. */
  watch<T>(request: Promise<T>): Promise<T>
  /** Gives the page its own time back. */
  release(): void
}

interface Timer {
  at: number
  order: number
  run: () => void
}

/** A whole second, as the servers store them. */
const start = Date.UTC(2026, 0, 1)

/** Holds the time of this page, and what else would make two runs differ: chance, locks, and channels between tabs. */
export function holdTime(): HeldTime {
  const timers = new Map<number, Timer>()
  let now = start
  let order = 0
  let open = 0
  let sleeping = 0
  let random = 1
  /** Counts beginnings: whoever let time pass before one does not do so after it. */
  let beginnings = 0

  const releases = [
    replace(Date, 'now', () => now),
    replace(globalThis, 'setTimeout', ((run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
      order += 1
      timers.set(order, { at: now + Math.max(0, ms || 0), order, run: () => run(...args) })
      return order
    }) as never),
    replace(globalThis, 'clearTimeout', ((timer: number) => void timers.delete(timer)) as never),
    // Spreads retries; each run the same.
    replace(Math, 'random', () => {
      random = (random * 16_807) % 2_147_483_647
      return random / 2_147_483_647
    }),
    replace(globalThis, 'BroadcastChannel', Channel as never),
    replace(navigator, 'locks', createLocks()),
    // The network is in the page: it is there in a tunnel, too.
    replace(navigator, 'onLine', true),
  ]

  const next = () => {
    let first: Timer | undefined
    for (const timer of timers.values()) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer
    }
    return first
  }

  /** Everything has happened that needs no time. Reading a body and telling other tabs take a few turns. */
  async function settled() {
    for (let turn = 0; turn < 6 || (open > sleeping && turn < 10_000); turn++) await macrotask()
  }

  return {
    now: () => now - start,
    async passUntil(at) {
      const until = Math.max(now, start + at)
      const own = beginnings
      for (;;) {
        // Before time goes on everything has happened; at one time one turn is enough.
        if (next()?.at === now) await macrotask()
        else await settled()
        if (own !== beginnings) return
        const timer = next()
        if (!timer || timer.at > until) break
        timers.delete(timer.order)
        now = Math.max(now, timer.at)
        timer.run()
      }
      now = until
    },
    nextAt: () => (next()?.at ?? Infinity) - start,
    restart() {
      beginnings++
      timers.clear()
      now = start
      open = sleeping = 0
      random = 1
    },
    sleep: ms =>
      new Promise(resolve => {
        sleeping++
        globalThis.setTimeout(() => {
          sleeping--
          resolve()
        }, ms)
      }),
    watch(request) {
      open++
      return request.finally(() => {
        open = Math.max(0, open - 1)
      })
    },
    release() {
      for (const release of releases) release()
    },
  }
}

function replace<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
  value: Owner[Name],
): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name)
  Object.defineProperty(owner, name, { value, configurable: true, writable: true })
  return () => {
    if (own) Object.defineProperty(owner, name, own)
    else Reflect.deleteProperty(owner, name)
  }
}

function macrotask(): Promise<void> {
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

const channels = new Set<Channel>()

/** As the platform's, but as quick as can be, and always the same. */
class Channel {
  readonly name: string
  onmessage: ((event: { data: unknown }) => void) | null = null

  constructor(name: string) {
    this.name = name
    channels.add(this)
  }

  postMessage(data: unknown): void {
    const copy = structuredClone(data)
    for (const other of channels) {
      if (other !== this && other.name === this.name) queueMicrotask(() => other.onmessage?.({ data: copy }))
    }
  }

  close(): void {
    channels.delete(this)
  }
}

/** As much of navigator.locks as sessions use: who does not get one at once goes without. */
function createLocks(): LockManager {
  const held = new Set<string>()
  const request = async (
    name: string,
    _: LockOptions,
    act: (lock: Lock | null) => Promise<unknown>,
  ): Promise<unknown> => {
    if (held.has(name)) return act(null)
    held.add(name)
    try {
      return await act({ name, mode: 'exclusive' })
    } finally {
      held.delete(name)
    }
  }
  return { request } as unknown as LockManager
}

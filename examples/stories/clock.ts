import type { Clock } from 'token-handoff/mock'

/** Where a story reads the time, and how it waits. */
export interface StoryClock {
  /** Milliseconds since the epoch. */
  now(): number
  wait(ms: number): Promise<void>
  /** Tells the clock of a request, so that it does not move on while one is on its way. */
  watch<T>(request: Promise<T>): Promise<T>
}

export interface VirtualClock extends StoryClock {
  /** The same time as the server sees it. */
  readonly server: Clock
  /** From now on it goes as fast as any other clock. */
  release(): void
}

export const realClock: StoryClock = {
  now: () => Date.now(),
  wait: ms => new Promise(resolve => setTimeout(resolve, ms)),
  watch: request => request,
}

/**
 * A clock that jumps: as soon as everybody waits, the story and every request that the server works on, it moves on to
 * the first of them. Between the jumps real requests cross the real network, and no time passes.
 */
export function virtualClock(): VirtualClock {
  let now = Date.now()
  let releasedAt: number | null = null
  let onTheWire = 0
  const sleepers = new Set<{ at: number; inServer: boolean; wake: () => void }>()

  const sleep = (ms: number, inServer: boolean) =>
    releasedAt === null
      ? new Promise<void>(wake => {
          sleepers.add({ at: now + ms, inServer, wake })
          look()
        })
      : realClock.wait(ms)

  // A macrotask later: what can go on without the clock has gone on by then.
  const look = () => setImmediate(jump)

  function jump() {
    const working = [...sleepers].filter(sleeper => sleeper.inServer).length
    const [next] = [...sleepers].sort((a, b) => a.at - b.at)
    if (!next || onTheWire > working) return
    sleepers.delete(next)
    now = next.at
    next.wake()
    look()
  }

  const clock: Clock = {
    now: () => (releasedAt === null ? now : now + Date.now() - releasedAt),
    sleep: ms => sleep(ms, true),
  }
  return {
    now: clock.now,
    server: clock,
    wait: ms => sleep(ms, false),
    watch(request) {
      onTheWire++
      return request.finally(() => {
        onTheWire--
        look()
      })
    },
    release() {
      releasedAt = Date.now()
    },
  }
}

/** Where the server reads the time, and how it waits. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after so many milliseconds. Default: real timers. */
  sleep?(ms: number): Promise<void>
}

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  sleep(ms: number): Promise<void>
  /** Moves the time forward. Sleepers wake in the order of their times, each at its own time. */
  advance(ms: number): Promise<void>
}

export const systemClock: Required<Clock> = {
  now: () => Date.now(),
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
}

/**
 * Makes a clock that a test holds.
 *
 * @param start where it stands at first, in milliseconds since the epoch. Default: 2026-01-01T00:00:00Z.
 * @example
 * const clock = manualClock()
 * const server = createMockServer({ clock })
 * await clock.advance(6000)
 */
export function manualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start
  let sleepers: { at: number; wake: () => void }[] = []

  return {
    now: () => now,
    sleep: ms => new Promise(wake => sleepers.push({ at: now + ms, wake })),
    async advance(ms) {
      const until = now + ms
      for (;;) {
        const due = sleepers.filter(sleeper => sleeper.at <= until).sort((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        sleepers = sleepers.filter(sleeper => sleeper !== due)
        now = Math.max(now, due.at)
        due.wake()
        // What was woken runs, and may go to sleep again, before the time moves on.
        await settled()
      }
      now = until
      await settled()
    },
  }
}

/** A macrotask: everything that can go on without the clock has gone on. */
function settled(): Promise<void> {
  return new Promise(resolve => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => {
      channel.port1.close()
      resolve()
    }
    channel.port2.postMessage(null)
  })
}

/** Time that stands still until it is told to pass, for everything in this process: a picture must not depend on the machine. */
export interface HeldTime {
  /** Lets milliseconds pass, and everything happen that they bring. */
  pass(ms: number): Promise<void>
}

interface Timer {
  at: number
  order: number
  run: () => void
}

/** @param start milliseconds since 1970 */
export function holdTime(start: number): HeldTime {
  const timers = new Map<number, Timer>()
  let now = start
  let order = 0

  Date.now = () => now
  Math.random = () => 0.5
  globalThis.setTimeout = ((run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    order += 1
    timers.set(order, { at: now + ms, order, run: () => run(...args) })
    return order
  }) as never
  globalThis.clearTimeout = ((timer: number) => timers.delete(timer)) as never

  return {
    async pass(ms) {
      const until = now + ms
      for (;;) {
        await settled()
        const [next] = [...timers.values()].sort((a, b) => a.at - b.at || a.order - b.order)
        if (!next || next.at > until) break
        timers.delete(next.order)
        now = next.at
        next.run()
      }
      now = until
      await settled()
    },
  }
}

/** Everything has happened that needs no time: messages between tabs take a few turns. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise(resolve => setImmediate(resolve))
}

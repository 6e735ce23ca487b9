/** An act that is due at a virtual time; `act` is null once it was cancelled or done. */
export interface Timer {
  readonly at: number
  readonly order: number
  act: (() => void) | null
}

/** Virtual time, in milliseconds. Acts of one moment run in the order in which they were asked for. */
export interface Clock {
  now(): number
  after(delay: number, act: () => void): Timer
  cancel(timer: Timer | undefined | null): void
  /** Runs what is due, one act after another, until nothing is left or `finished` says so. */
  runSync(finished: () => boolean): void
  /** The same, and lets all promises that an act has settled run their course before the next act. */
  run(finished: () => boolean): Promise<void>
}

// Kept from the time before any page may have replaced it.
const realSetImmediate = setImmediate
/** Node runs all microtasks between two immediates; a batch of them costs one turn of its event loop. */
const batch = 64

export function createClock(start: number): Clock {
  const heap: Timer[] = []
  let now = start
  let orders = 0

  const sooner = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order)

  function push(timer: Timer) {
    let index = heap.push(timer) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!sooner(timer, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = timer
  }

  function pop(): Timer | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (!last || heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && sooner(heap[child + 1]!, heap[child]!)) child++
      if (!sooner(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }

  /** Returns false when nothing is left. */
  function step(): boolean {
    for (;;) {
      const timer = pop()
      if (!timer) return false
      const { act } = timer
      if (!act) continue
      now = timer.at
      timer.act = null
      act()
      return true
    }
  }

  return {
    now: () => now,
    after(delay, act) {
      const timer = { at: now + Math.max(0, delay), order: orders++, act }
      push(timer)
      return timer
    },
    cancel(timer) {
      if (timer) timer.act = null
    },
    runSync(finished) {
      while (!finished() && step());
    },
    run(finished) {
      return new Promise((resolve, reject) => {
        let ended = false
        let left = 0
        const turn = () => {
          left--
          if (ended) return
          try {
            ended = finished() || !step()
          } catch (error) {
            ended = true
            reject(error)
            return
          }
          if (ended) realSetImmediate(resolve)
          else if (left === 0) schedule()
        }
        const schedule = () => {
          for (left = 0; left < batch; left++) realSetImmediate(turn)
        }
        schedule()
      })
    },
  }
}

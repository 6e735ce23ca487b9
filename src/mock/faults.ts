import type { Latency } from './options.ts'

/**
 * Which requests: 'GET /items', '/items' (any method; `*` stands for anything), a predicate, or undefined for every
 * request. The query does not count.
 */
export type Match = string | ((request: Request) => boolean) | undefined

/** How often a fault happens. */
export interface FaultOptions {
  /** How many requests it applies to, in the order of their arrival. Default: 1. */
  readonly times?: number
}

/** One request that is kept open inside its action. */
export interface Hold {
  /** True once the request is held; false if it was answered before its action (refused, no such route). */
  readonly begun: Promise<boolean>
  /** Lets it go on, also when it has not arrived yet. */
  release(): void
  /** Lets it go on, but its answer is lost. */
  releaseAndLoseAnswer(): void
}

/** What a test does to requests. Each applies to the next matching request that has none of its kind yet. */
export interface Faults {
  /** Keeps the next matching request open: authenticated, but not answered, until it is released. */
  hold(match?: Match): Hold
  /** Adds waiting time. */
  delay(match: Match, latency: number | Latency, options?: FaultOptions): void
  /** The next matching request never arrives: its fetch rejects with a TypeError. */
  loseRequest(match?: Match, options?: FaultOptions): void
  /** The next matching request is served as always, but its fetch rejects with a TypeError. */
  loseAnswer(match?: Match, options?: FaultOptions): void
}

/** What happens to one request. */
export interface Fate {
  readonly loseRequest: boolean
  readonly loseAnswer: boolean
  readonly latency: Latency | undefined
  readonly gate: Gate | undefined
}

export interface Gate {
  /** Says whether the request is held now; resolves when it is released. */
  enter(): Promise<void>
  /** The request was answered without its action. */
  pass(): void
  readonly loseAnswer: boolean
}

interface Pending<T> {
  readonly holds: (request: Request) => boolean
  times: number
  readonly value: T
}

export function createFaults(): Faults & { fateOf(request: Request): Fate } {
  const gates: Pending<Gate>[] = []
  const delays: Pending<Latency>[] = []
  const lostRequests: Pending<true>[] = []
  const lostAnswers: Pending<true>[] = []

  return {
    hold(match) {
      const { gate, hold } = createGate()
      gates.push({ holds: matcher(match), times: 1, value: gate })
      return hold
    },
    delay(match, latency, { times = 1 } = {}) {
      const value = typeof latency === 'number' ? { action: latency } : latency
      delays.push({ holds: matcher(match), times, value })
    },
    loseRequest(match, { times = 1 } = {}) {
      lostRequests.push({ holds: matcher(match), times, value: true })
    },
    loseAnswer(match, { times = 1 } = {}) {
      lostAnswers.push({ holds: matcher(match), times, value: true })
    },
    fateOf(request) {
      if (take(lostRequests, request))
        return { loseRequest: true, loseAnswer: false, latency: undefined, gate: undefined }
      return {
        loseRequest: false,
        loseAnswer: take(lostAnswers, request) ?? false,
        latency: take(delays, request),
        gate: take(gates, request),
      }
    },
  }
}

function take<T>(pending: Pending<T>[], request: Request): T | undefined {
  const index = pending.findIndex(entry => entry.holds(request))
  const entry = pending[index]
  if (entry === undefined) return undefined
  entry.times -= 1
  if (entry.times <= 0) pending.splice(index, 1)
  return entry.value
}

function matcher(match: Match): (request: Request) => boolean {
  if (match === undefined) return () => true
  if (typeof match === 'function') return match
  const [, method, path] = /^(?:([A-Za-z]+)\s+)?(.*)$/s.exec(match.trim())!
  const pattern = path!
    .split('*')
    .map(part => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    .join('.*')
  const expression = new RegExp(`^${pattern}$`)
  return request =>
    (method === undefined || method.toUpperCase() === request.method) &&
    expression.test(new URL(request.url).pathname)
}

function createGate(): { gate: Gate; hold: Hold } {
  const begun = deferred<boolean>()
  const open = deferred<void>()
  let loseAnswer = false
  return {
    gate: {
      enter() {
        begun.resolve(true)
        return open.promise
      },
      pass: () => begun.resolve(false),
      get loseAnswer() {
        return loseAnswer
      },
    },
    hold: {
      begun: begun.promise,
      release: () => open.resolve(),
      releaseAndLoseAnswer() {
        loseAnswer = true
        open.resolve()
      },
    },
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

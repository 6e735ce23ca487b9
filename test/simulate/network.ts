import type { Clock } from './clock.ts'
import { connections, type Fate, lostAnswerNoticed, lostRequestNoticed, type Reading } from './model.ts'
import type { Credentials, Server, ServerAnswer } from './server.ts'

export type RequestKind =
  | 'call'
  | 'validation'
  | 'recovery'
  | 'sign-in'
  | 'sign-out'
  | 'update-account'
  | 'update-password'

/** A request as the network sees it. */
export interface WireRequest extends Credentials {
  readonly id: number
  readonly kind: RequestKind
  readonly fate: Fate
  /** When it got its connection; NaN while it queues for one. */
  launchedAt: number
  /** Where it came to: nobody waits for it any more, though the server may still get it. */
  over: boolean
  answered(answer: ServerAnswer): void
  failed(): void
}

/** Hears of everything that happens on the wire. */
export interface NetworkWatch {
  launched(request: WireRequest): void
  /** The client got the answer, or its failure, or gave the request up: each request ends once. */
  ended(request: WireRequest, how: 'answered' | 'failed' | 'aborted' | 'cut', answer?: ServerAnswer): void
  /** An answer left the server. */
  answering(request: WireRequest, answer: ServerAnswer): void
}

/** What becomes of requests while the server is away: refused at once, never answered, or a gateway's 503. */
export type Outage = 'refused' | 'silent' | 'gateway'

const bare = { token: null, expiry: null, client: null, uid: null }

/** One browser's connections to one server. */
export interface Network {
  send(request: WireRequest): void
  /** Closes the request's connection: what has been sent arrives nevertheless, its answer does not. */
  abort(request: WireRequest): void
  /** The page is gone, and with it all that it had on the wire or queued for it. */
  cut(): void
  readonly open: ReadonlySet<WireRequest>
}

/** @param outage what the server's state is at the present moment; null: it is there */
export function createNetwork(
  clock: Clock,
  server: Server,
  reading: Reading,
  watch: NetworkWatch,
  outage: () => Outage | null = () => null,
): Network {
  const open = new Set<WireRequest>()
  let queue: WireRequest[] = []

  function launch(request: WireRequest) {
    open.add(request)
    request.launchedAt = clock.now()
    watch.launched(request)
    const { fate } = request
    if (fate.requestLost) clock.after(fate.up + lostRequestNoticed, () => fail(request))
    else clock.after(fate.up, () => arrive(request))
  }

  function arrive(request: WireRequest) {
    const { fate } = request
    if (outage()) return meetOutage(request)
    const begun = server.begin(request)
    // A sign-out that is refused finds no user.
    if (!begun) answer(request, { ...bare, status: request.kind === 'sign-out' ? 404 : 401 })
    // A server that goes away takes with it what it has not finished.
    else clock.after(fate.work, () => (outage() ? meetOutage(request) : answer(request, begun())))
  }

  function meetOutage(request: WireRequest) {
    const { fate } = request
    const how = outage()
    if (how === 'gateway') answer(request, { ...bare, status: 503 })
    else clock.after(how === 'refused' ? fate.down : lostAnswerNoticed, () => fail(request))
  }

  function answer(request: WireRequest, given: ServerAnswer) {
    const { fate } = request
    watch.answering(request, given)
    if (!fate.answerLost) {
      clock.after(fate.down, () => {
        if (end(request, 'answered', given)) request.answered(given)
      })
      return
    }
    const sinceRequest = clock.now() - request.launchedAt
    const delay = reading.noticed === 'after-answer' ? lostAnswerNoticed : lostAnswerNoticed - sinceRequest
    clock.after(delay, () => fail(request))
  }

  function fail(request: WireRequest) {
    if (end(request, 'failed')) request.failed()
  }

  function end(request: WireRequest, how: Parameters<NetworkWatch['ended']>[1], given?: ServerAnswer) {
    if (request.over) return false
    request.over = true
    open.delete(request)
    watch.ended(request, how, given)
    // The next in the queue gets the connection when this one's answer has been dealt with.
    if (queue.length > 0) clock.after(0, launchQueued)
    return true
  }

  function launchQueued() {
    while (queue.length > 0 && open.size < connections) launch(queue.shift()!)
  }

  return {
    open,
    send(request) {
      if (open.size < connections && queue.length === 0) launch(request)
      else queue.push(request)
    },
    abort(request) {
      if (open.has(request)) end(request, 'aborted')
      else {
        request.over = true
        queue = queue.filter(other => other !== request)
      }
    },
    cut() {
      for (const request of queue) request.over = true
      queue = []
      for (const request of [...open]) end(request, 'cut')
    },
  }
}

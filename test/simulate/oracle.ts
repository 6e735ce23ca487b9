import type { ClientEntry } from '../../src/mock/rules.ts'
import type { Clock } from './clock.ts'
import type { Network, WireRequest } from './network.ts'
import type { Server, ServerAnswer } from './server.ts'

/**
 * What an oracle says of a lost session.
 *
 * - `held`: a token that this client had received would have been accepted at that very moment. No session may
 *   end so: it is a violation of the library's third promise.
 * - `revived`: all tokens had been dead, when a request of a page that is gone, or one whose answer was lost, opened
 *   the server's buffer again for one of them. Nobody here can know.
 * - `coming`: an answer was on its way to it, with such a token.
 * - `unseen`: when the first sign of trouble could be seen, the server accepted no received token any more, or
 *   would not have when a request got there. No client at all could have saved it.
 * - `tried`: it was seen in time, and a recovery was sent in time, but the network lost it, its answer, or both.
 * - `missed`: it was seen in time, and nothing was sent that could have saved it.
 */
export type LossVerdict = 'held' | 'revived' | 'coming' | 'unseen' | 'tried' | 'missed'

export interface Oracle {
  launched(request: WireRequest): void
  answering(request: WireRequest, answer: ServerAnswer): void
  ended(request: WireRequest, how: 'answered' | 'failed' | 'aborted' | 'cut', answer?: ServerAnswer): void
  /** The app's session is this sign-in from now on. */
  signedIn(client: string, token: string): void
  /** Whether the server would accept, now, a token that this client has received, or that is on its way. */
  wayOut(): 'held' | 'revived' | 'coming' | null
  verdict(): LossVerdict
  /** How the loss came about, in a few words. */
  cause(): string
  /** When the server first kept a token that this client never received. */
  since(): number
}

/** An answer that takes longer than this is a sign of trouble (a tenth of that is usual). */
const silence = 1_000
/** No request gets to the server faster than this. */
const fastest = 20

export function createOracle(clock: Clock, server: Server, network: () => Network): Oracle {
  let client = ''
  let received = new Set<string>()
  const answers = new Map<WireRequest, ServerAnswer>()
  /** What the server kept since it first kept a token that this client had not received. */
  let history: { at: number; entry: ClientEntry; by: WireRequest; rotated: boolean }[] = []
  let culprit: WireRequest | null = null
  let signs: number[] = []
  let recoveries: number[] = []
  let revived = false

  function healthy() {
    history = []
    signs = []
    recoveries = []
    culprit = null
  }

  function receive(answer: ServerAnswer) {
    if (!answer.token || answer.client !== client) return
    received.add(answer.token)
    const entry = server.entry(client)
    if (!entry || entry.token !== answer.token) return
    // The server's own present token: whatever came before counts no more.
    received = new Set(
      [entry.previous, entry.last, answer.token].filter(token => isReceived(token)) as string[],
    )
    healthy()
  }

  const isReceived = (token: string | null) => token !== null && received.has(token)

  function wayOut() {
    for (const token of received) if (server.accepts(client, token)) return revived ? 'revived' : 'held'
    for (const request of network().open) {
      const answer = answers.get(request)
      if (answer?.token && !request.fate.answerLost && server.accepts(client, answer.token)) return 'coming'
    }
    return null
  }

  /** When the server accepted a received token for the last time. */
  function closedAt(): number {
    const { generation, throttleMs } = server.rules
    let closed = history[0]?.at ?? clock.now()
    history.forEach(({ at, entry }, index) => {
      const until = history[index + 1]?.at ?? clock.now()
      if (isReceived(entry.token) || (generation !== '1.2.0' && isReceived(entry.previous))) closed = until
      else if (isReceived(entry.last)) {
        closed = Math.max(at, Math.min(until, (entry.updatedAt ?? 0) * 1_000 + throttleMs))
      }
    })
    return closed
  }

  function firstSign(): number {
    const since = history[0]?.at ?? clock.now()
    let first = Infinity
    for (const sign of signs) if (sign >= since && sign < first) first = sign
    if (culprit) {
      const noticed = Math.min(troubles.get(culprit) ?? Infinity, culprit.launchedAt + silence)
      first = Math.min(first, Math.max(since, noticed))
    }
    for (const request of network().open) {
      const noticed = request.launchedAt + silence
      if (noticed < clock.now()) first = Math.min(first, Math.max(since, noticed))
    }
    return first
  }

  const troubles = new WeakMap<WireRequest, number>()
  const ends = new WeakMap<WireRequest, string>()

  return {
    launched(request) {
      if (request.kind === 'recovery') recoveries.push(clock.now())
    },
    answering(request, answer) {
      if (request.client === null || answer.client === null || answer.client !== client) return
      if (!request.over) answers.set(request, answer)
      const entry = server.entry(client)
      if (!entry || received.has(entry.token)) return
      if (history.length === 0) culprit = request
      else if ((request.over || request.fate.answerLost) && closedAt() < clock.now()) revived = true
      history.push({ at: clock.now(), entry, by: request, rotated: !!answer.token })
    },
    ended(request, how, answer) {
      answers.delete(request)
      ends.set(request, how)
      const now = clock.now()
      if (how === 'answered' && answer!.status !== 401) {
        revived = false
        if (now - request.launchedAt > silence) signs.push(request.launchedAt + silence)
        receive(answer!)
        return
      }
      signs.push(now)
      troubles.set(request, now)
    },
    signedIn(newClient, token) {
      client = newClient
      received = new Set([token])
      answers.clear()
      revived = false
      healthy()
    },
    wayOut,
    verdict() {
      const way = wayOut()
      if (way) return way
      const closed = closedAt()
      const sign = firstSign()
      if (sign + fastest >= closed) return 'unseen'
      return recoveries.some(at => at < closed) ? 'tried' : 'missed'
    },
    cause() {
      const rotations = history.filter(({ rotated }) => rotated).map(({ by }) => describe(by))
      const [first] = history
      if (!first) return 'nothing was lost'
      const asked = recoveries.some(at => at > first.at && at < closedAt())
      return `${rotations.join(', then ')}${asked ? '' : '; no recovery in time'}`
    },
    since: () => history[0]?.at ?? clock.now(),
  }

  function describe(request: WireRequest): string {
    const { fate, kind } = request
    const end = ends.get(request)
    const slow = fate.up > 1_000 || fate.work > 1_000 || fate.down > 1_000 ? 'slow ' : ''
    const what = end === undefined ? 'still open' : end === 'failed' ? 'answer lost' : end
    return `${slow}${kind}${request.unbatch ? '!' : ''} ${what}`
  }
}

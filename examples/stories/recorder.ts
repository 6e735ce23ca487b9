import type { FreshnessReason, Session, SessionEvents } from 'token-handoff'
import type { ServerEvent } from 'token-handoff/mock'
import type { StoryClock } from './clock.ts'

/** What a server that shows its log did with a request. */
interface ServerSide {
  accepted?: 'token' | 'previous' | 'last'
  refused?: true
  answer?: 'rotate' | 'blank' | 'keep'
}

/** One request and its answer, as they really were. Tokens appear as numbers, in the order in which they came. */
export interface Exchange {
  /** From 1, in the order of sending. */
  readonly number: number
  readonly method: string
  readonly path: string
  /** What the session sent it for; null for what went past the session or opened it. */
  readonly purpose: SessionEvents['sent']['purpose'] | null
  readonly byHand: boolean
  readonly sentToken: number | null
  readonly sentAt: number
  status: number
  answeredAt: number
  /** Null: the answer has no such header. */
  broughtToken: number | 'blank' | null
  /** What the session made of the answer. */
  decision: { taken: boolean; reason: FreshnessReason } | null
  verdict: SessionEvents['rejected']['verdict'] | null
  /** The token that the session held after it; null: none. */
  held: number | null
  server: ServerSide | null
}

/** A point in time at which one thing happened: a request went out, or an answer came. */
export interface Step {
  readonly exchange: Exchange
  readonly kind: 'request' | 'answer'
}

export interface Figures {
  requests: number
  rotations: number
  blanks: number
  accidentalSignOuts: number
}

/** How long a server may take before it counts as silent, in milliseconds. */
const answerTime = 15_000

/** Writes down what goes over the wire, what the session says of it, and what the server says of it. */
export function createRecorder(clock: StoryClock) {
  const tokens: string[] = []
  const exchanges: Exchange[] = []
  const bySequence = new Map<number, Exchange>()
  const byRequest = new Map<number, Exchange>()
  let steps: Step[] = []
  let sent: SessionEvents['sent'] | null = null
  let account = { client: '', uid: '' }
  let held: number | null = null
  let accidentalSignOuts = 0

  function numberOf(token: string | null): number | null {
    if (!token?.trim()) return null
    if (!tokens.includes(token)) tokens.push(token)
    return tokens.indexOf(token) + 1
  }

  async function exchangeOver(request: Request, byHand: boolean): Promise<Response> {
    const exchange: Exchange = {
      number: exchanges.length + 1,
      method: request.method,
      path: new URL(request.url).pathname,
      purpose: sent?.purpose ?? null,
      byHand,
      sentToken: numberOf(request.headers.get('access-token')),
      sentAt: clock.now(),
      status: 0,
      answeredAt: 0,
      broughtToken: null,
      decision: null,
      verdict: null,
      held,
      server: null,
    }
    if (sent) bySequence.set(sent.sequence, exchange)
    sent = null
    exchanges.push(exchange)
    steps.push({ exchange, kind: 'request' })
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(answerTime)])
    const response = await clock.watch(fetch(request, { signal }))
    const { status, headers } = response
    const token = headers.get('access-token')
    exchange.status = status
    exchange.answeredAt = clock.now()
    exchange.broughtToken = token === null ? null : (numberOf(token) ?? 'blank')
    exchange.held = held
    steps.push({ exchange, kind: 'answer' })
    if (token && !byHand) account = { client: headers.get('client') ?? '', uid: headers.get('uid') ?? '' }
    return response
  }

  function decide({ sequence, reason }: { sequence: number; reason: FreshnessReason }, taken: boolean) {
    const exchange = bySequence.get(sequence)
    if (!exchange) return
    exchange.decision = { taken, reason }
    if (taken && typeof exchange.broughtToken === 'number') held = exchange.broughtToken
    exchange.held = held
  }

  return {
    /** The fetch that a session is given. */
    fetch: ((input, init) => exchangeOver(new Request(input, init), false)) as typeof fetch,

    /** Sends a request past the session, with a token that it received once. */
    async sendByHand(url: string, token: number): Promise<void> {
      const headers = { 'access-token': tokens[token - 1]!, ...account }
      const response = await exchangeOver(new Request(url, { headers }), true)
      await response.body?.cancel()
    },

    /** Listens to the session. */
    follow(session: Session): void {
      session.on('sent', event => {
        sent = event
      })
      session.on('signed-in', () => {
        const signIn = exchanges.findLast(({ broughtToken }) => typeof broughtToken === 'number')!
        held = signIn.held = signIn.broughtToken as number
      })
      session.on('rotated', event => decide(event, true))
      session.on('kept', event => decide(event, false))
      session.on('rejected', ({ sequence, verdict }) => {
        const exchange = bySequence.get(sequence)
        if (exchange) exchange.verdict = verdict
      })
      session.on('signed-out', ({ reason }) => {
        held = null
        if (reason !== 'asked') accidentalSignOuts++
      })
    },

    /** Listens to a server that shows its log. */
    heard(event: ServerEvent): void {
      if (event.type === 'begin') {
        const waiting = exchanges.find(
          ({ method, path, server }) => !server && method === event.method && path === event.path,
        )
        if (waiting) byRequest.set(event.request, waiting)
        if (waiting) waiting.server = {}
      }
      const side = byRequest.get(event.request)?.server
      if (!side) return
      if (event.type === 'accept') side.accepted = event.as
      else if (event.type === 'reject') side.refused = true
      else if (event.type === 'rotate' || event.type === 'blank' || event.type === 'keep')
        side.answer = event.type
    },

    /** What happened since it was asked last. */
    takeSteps(): Step[] {
      const taken = steps
      steps = []
      return taken
    },

    /** The number of the token that the session holds; null when it is signed out. */
    held: () => held,

    /** The number of a token's value, if it ever came. */
    known: (token: string | null) => (token !== null && tokens.includes(token) ? numberOf(token) : null),

    figures: (): Figures => ({
      requests: exchanges.length,
      rotations: exchanges.filter(isRotation).length,
      blanks: exchanges.filter(({ broughtToken }) => broughtToken === 'blank').length,
      accidentalSignOuts,
    }),
  }
}

export type Recorder = ReturnType<typeof createRecorder>

/** Whether the server replaced the token: a sign-in's first token replaces none. */
export function isRotation({ sentToken, broughtToken }: Exchange): boolean {
  return sentToken !== null && typeof broughtToken === 'number' && broughtToken !== sentToken
}

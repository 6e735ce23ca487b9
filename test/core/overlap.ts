import fc from 'fast-check'
import type { Answer } from '../../src/core/credentials.ts'
import type { FreshnessReason } from '../../src/core/freshness.ts'
import {
  createHandoff,
  type Handoff,
  openSession,
  openTicket,
  reopenTicket,
  type Ticket,
} from '../../src/core/handoff.ts'
import { judge } from '../../src/core/judge.ts'
import type { Token } from '../../src/core/record.ts'
import { settle } from '../../src/core/settle.ts'
import {
  begin,
  type Clients,
  type Finish,
  finish,
  type Generation,
  type Rules,
  signIn,
} from '../../src/mock/rules.ts'
import { refusal } from './given.ts'

/** Requests that overlap, played by the core against the server's rules, in virtual milliseconds. */
export interface Schedule {
  generation: Generation
  throttleMs: number
  /** Where in its second the sign-in falls: the server floors to seconds. */
  phase: number
  requests: Request[]
  /** When a deploy lowers the lifespan from two weeks to an hour. */
  loweredAt?: number
}

/** When it is sent, and how long each part of its way takes. */
interface Request {
  at: number
  up: number
  work: number
  down: number
  /** Rotates inside the buffer, too. */
  unbatch: boolean
  cacheable: boolean
}

/** What a step did to the stored token. */
export interface Step {
  reason: FreshnessReason | 'rejected'
  /** What the core said that it did, and the token that it was about. */
  taken: boolean
  token: string | null
  /** The stored token was refused: whatever takes its place is better. */
  refused: boolean
  before: Token
  after: Token[]
}

export interface Played {
  steps: Step[]
  /** Tokens in the order in which the server minted them. */
  minted: string[]
  /** Each token that an answer brought, with its expiry. */
  received: Map<string, number>
  /** Whether the server would accept the stored token, or a spare, long after the last request. */
  alive: boolean
}

const lifespanMs = 1_209_600_000
const client = 'c1'
const uid = 'u@example.com'

/** @param unbatch whether some of the requests ask for a fresh token at once */
export function schedules(throttles: number[], unbatch: boolean): fc.Arbitrary<Schedule> {
  return fc.record({
    generation: fc.constantFrom<Generation>('1.3.0', '1.2.0'),
    throttleMs: fc.constantFrom(...throttles),
    phase: fc.nat(999),
    requests: fc.array(
      fc.record({
        at: fc.oneof(fc.nat(20_000), fc.constantFrom(0, 5_000, 5_001, 10_000)),
        up: fc.oneof(fc.nat(50), fc.nat(3_000)),
        work: fc.oneof(fc.nat(100), fc.nat(12_000)),
        down: fc.oneof(fc.nat(50), fc.nat(9_000)),
        unbatch: unbatch ? fc.boolean() : fc.constant(false),
        cacheable: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
}

export function play({ generation, throttleMs, phase, requests, loweredAt }: Schedule): Played {
  let rules: Rules = { generation, throttleMs, lifespanMs, changeHeaders: true, maxDevices: 10 }
  const minted: string[] = []
  const mint = () => minted[minted.push(`token ${minted.length}`) - 1]!
  const handoff = createHandoff({ recovers: false, shared: false, buffer: throttleMs })
  const received = new Map<string, number>()
  const steps: Step[] = []
  const refused: { ticket: Ticket; request: Request }[] = []
  const events: { at: number; act(now: number): void }[] = []
  let clients: Clients = []

  const later = (at: number, act: (now: number) => void) => events.push({ at, act })

  function travel(ticket: Ticket, request: Request, now: number) {
    const { token } = ticket
    later(now + request.up, beganMs => {
      if (begin(rules, clients, { client, token }, beganMs) === null) {
        return later(beganMs + request.down, at => arrive(ticket, request, refusal, at))
      }
      later(beganMs + request.work, finishedMs => {
        const { unbatch } = request
        const done = finish(rules, clients, { client, token, beganMs, unbatch }, finishedMs, mint)
        clients = done.clients
        later(finishedMs + request.down, at => arrive(ticket, request, answerOf(done), at))
      })
    })
  }

  function arrive(ticket: Ticket, request: Request, answer: Answer, now: number) {
    if (answer.token) received.set(answer.token, answer.expiry)
    const before = handoff.record.tokens[0]
    if (!before) return
    const rejected = answer.status === 401
    const { freshness } = settle(handoff, ticket, answer, now)
    const ofStored = rejected && ticket.token === before.value
    note(before, rejected ? 'rejected' : freshness.reason, ofStored, freshness.taken, answer.token)
    if (rejected) refused.push({ ticket, request })
    for (const one of [...refused]) reconsider(one, now)
  }

  function reconsider(one: { ticket: Ticket; request: Request }, now: number) {
    const before = handoff.record.tokens[0]
    if (!before) return
    const verdict = judge(handoff, one.ticket, 'idle')
    note(before, 'rejected', one.ticket.token === before.value)
    if (verdict.action === 'wait') return
    refused.splice(refused.indexOf(one), 1)
    if (verdict.action !== 'replay') return
    reopenTicket(handoff, one.ticket, now)
    travel(one.ticket, one.request, now)
  }

  function note(
    before: Token,
    reason: Step['reason'],
    refused: boolean,
    taken = false,
    token: string | null = null,
  ) {
    const after = handoff.record.tokens
    if (after.length > 0) steps.push({ reason, taken, token, refused, before, after })
  }

  const start = Date.UTC(2026, 0, 1) + phase
  const first = signIn(rules, clients, client, start, mint)
  clients = first.clients
  open(handoff, answerOf(first), start)
  received.set(handoff.record.tokens[0]!.value, handoff.record.tokens[0]!.expiry)
  if (loweredAt !== undefined) {
    later(start + loweredAt, () => {
      rules = { ...rules, lifespanMs: 3_600_000 }
    })
  }
  for (const request of requests) {
    const { cacheable, unbatch } = request
    later(start + request.at, now => {
      const purpose = unbatch ? 'recovery' : 'call'
      const ticket = openTicket(handoff, { purpose, cacheable: cacheable && !unbatch, replayable: true }, now)
      if (ticket) travel(ticket, request, now)
    })
  }
  for (;;) {
    const next = events.reduce<number>(
      (best, { at }, index) => (best < 0 || at < events[best]!.at ? index : best),
      -1,
    )
    if (next < 0) return { steps, minted, received, alive: isAccepted() }
    const [{ at, act }] = events.splice(next, 1) as [(typeof events)[0]]
    act(at)
  }

  function isAccepted(): boolean {
    const longAfter = start + 100_000
    return handoff.record.tokens.some(
      ({ value }) => begin(rules, clients, { client, token: value }, longAfter) !== null,
    )
  }
}

function open(handoff: Handoff, answer: Answer, now: number) {
  openSession(handoff, 1, answer, now)
}

function answerOf(done: Finish): Answer {
  if (done.kind === 'gone') return { ...refusal, status: 200 }
  const rotated = done.kind === 'rotated'
  return {
    status: 200,
    token: rotated ? done.token : '',
    client,
    uid,
    expiry: rotated ? done.expiry : Number.NaN,
    bearer: false,
  }
}

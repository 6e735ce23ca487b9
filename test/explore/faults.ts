import { type Answer, isRejected } from '../../src/core/credentials.ts'
import type { Handoff, Ticket } from '../../src/core/handoff.ts'
import type { SessionRecord, Token } from '../../src/core/record.ts'
import { type Core, core } from './core.ts'

/** A core with one rule broken. The search has to notice, or it proves nothing. */
export const faults: Record<string, Core> = {
  'the last answer wins': withTaken((_stored, _incoming) => true),
  'the later request wins': withTaken((stored, incoming) => incoming.sequence > stored.sequence),
  'only direct successors are taken': withTaken((stored, _incoming, ticket) => ticket.token === stored.value),
  'a blank is taken': {
    ...core,
    settle(handoff, ticket, answer, now) {
      const settlement = core.settle(handoff, ticket, answer, now)
      if (answer.token === '') store(handoff, ticket, answer, now)
      return settlement
    },
  },
  'an answer to another sign-in is taken': {
    ...core,
    settle(handoff, ticket, answer, now) {
      const settlement = core.settle(handoff, ticket, answer, now)
      if (answer.token && ticket.epoch !== handoff.record.epoch) store(handoff, ticket, answer, now)
      return settlement
    },
  },
  'an ended session is revived': {
    ...core,
    receive(handoff, record) {
      if (handoff.record.client !== null || record.client === null) return core.receive(handoff, record)
      handoff.record = record
      return true
    },
  },
  'nothing in flight is waited for': withJudge((handoff, ticket, elsewhere) =>
    core.judge({ ...handoff, open: new Set() }, ticket, elsewhere),
  ),
  'other tabs are not asked': withJudge((handoff, ticket) => core.judge(handoff, ticket, 'idle')),
  'nothing is sent again': withJudge((handoff, ticket, elsewhere, patient) => {
    const verdict = core.judge(handoff, ticket, elsewhere, patient)
    return verdict.action === 'replay' ? { action: 'deliver', reason: 'refused' } : verdict
  }),
  'a call’s refusal is waited out for ever': withJudge((handoff, ticket, elsewhere, patient) => {
    const verdict = core.judge(handoff, ticket, elsewhere, patient)
    return verdict.action === 'replay' ? { action: 'wait', for: 'recovery' } : verdict
  }),
  'a record from another tab replaces one’s own': {
    ...core,
    receive(handoff, record) {
      const changed = core.receive(handoff, record)
      if (record.client !== null && record.epoch === handoff.record.epoch) handoff.record = record
      return changed
    },
  },
  'what an email change will bring is forgotten': {
    ...core,
    expectUid: () => false,
  },
  'a lost request is forgotten, not let go': {
    ...core,
    lose: () => false,
  },
}

/** Keeps or takes a token by another rule than the core's. */
function withTaken(takes: (stored: Token, incoming: Token, ticket: Ticket) => boolean): Core {
  return {
    ...core,
    settle(handoff, ticket, answer, now) {
      const stored = handoff.record.tokens[0]
      const settlement = core.settle(handoff, ticket, answer, now)
      if (!answer.token || !stored || ticket.epoch !== handoff.record.epoch) return settlement
      const incoming = tokenOf(ticket, answer, now)
      const tokens = takes(stored, incoming, ticket) ? [incoming] : [stored]
      handoff.record = { ...handoff.record, tokens }
      return settlement
    },
  }
}

function withJudge(judge: Core['judge']): Core {
  return {
    ...core,
    judge,
    settle(handoff, ticket, answer, now) {
      if (!isRejected(answer)) return core.settle(handoff, ticket, answer, now)
      handoff.open.delete(ticket)
      const verdict = judge(handoff, ticket, 'unknown', true)
      return { verdict, freshness: { taken: false, reason: 'blank' }, lost: false }
    },
  }
}

function store(handoff: Handoff, ticket: Ticket, answer: Answer, now: number): void {
  const { record } = handoff
  if (record.client !== null)
    handoff.record = { ...record, tokens: [tokenOf(ticket, answer, now)] } as SessionRecord
}

function tokenOf({ sequence }: Ticket, { token, expiry }: Answer, at: number): Token {
  return { value: token ?? '', expiry: expiry || 0, sequence, at }
}

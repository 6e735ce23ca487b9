import { beforeEach, describe, expect, test } from 'vitest'
import { depthOfDoubt } from '../../src/core/doubt.ts'
import {
  createHandoff,
  endSession,
  expectUid,
  type Handoff,
  nextSequence,
  openSession,
  openTicket,
  type Purpose,
  receive,
  reopenTicket,
  type Ticket,
} from '../../src/core/handoff.ts'
import { judge } from '../../src/core/judge.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import { settle } from '../../src/core/settle.ts'
import { answer, refusal, signedIn, token } from './given.ts'

/** What becomes of a request that the server refused. */

let handoff: Handoff
beforeEach(() => {
  handoff = holder()
})

function holder(record: Partial<SessionRecord> = {}, state: Partial<Handoff> = {}): Handoff {
  const made = createHandoff({ recovers: true, shared: false, buffer: 5_000 })
  receive(made, signedIn(record))
  return Object.assign(made, state)
}

function send(purpose: Purpose = 'call', replayable = true): Ticket {
  return openTicket(handoff, { purpose, cacheable: false, replayable }, 0)!
}

function refuse(ticket: Ticket, status = 401) {
  return settle(handoff, ticket, { ...refusal, status }, 0)
}

/** A refusal that was sent again to be sure, and refused again. */
function refuseForSure(ticket: Ticket) {
  expect(refuse(ticket).verdict).toEqual({ action: 'replay' })
  reopenTicket(handoff, ticket, 0)
  return refuse(ticket).verdict
}

const newer = signedIn({ tokens: [token('newer', { expiry: 9_999, sequence: 9 })] })
const values = () => handoff.record.tokens.map(({ value }) => value)
const replay = { action: 'replay' }
const refused = { action: 'deliver', reason: 'refused' }

test('a refusal closes its ticket, and teaches nothing', () => {
  const { record } = handoff
  const settlement = refuse(send())
  expect(settlement.freshness).toEqual({ taken: false, reason: 'blank' })
  expect(settlement.lost).toBe(false)
  expect(handoff.open.size).toBe(0)
  expect(handoff.record).toBe(record)
})

describe('of a session that is over', () => {
  test('it is delivered: nobody is signed in', () => {
    const ticket = send()
    endSession(handoff)
    expect(refuse(ticket).verdict).toEqual({ action: 'deliver', reason: 'signed-out' })
  })

  test('it is delivered: a sign-in at the same time, in another tab, took the place of its own', () => {
    const ticket = send()
    receive(handoff, signedIn({ client: 'c2', uid: { value: 'other', sequence: 1 } }))
    expect(refuse(ticket).verdict).toEqual({ action: 'deliver', reason: 'other-session' })
  })

  test('it is delivered: somebody else is signed in', () => {
    const ticket = send()
    receive(handoff, signedIn({ epoch: 3, client: 'c3', tokens: [token('third')] }))
    expect(refuse(ticket).verdict).toEqual({ action: 'deliver', reason: 'other-session' })
  })

  test('it is delivered, when this one was ended here and the next was opened', () => {
    const ticket = send()
    endSession(handoff)
    receive(handoff, signedIn({ epoch: 3, client: 'c3', tokens: [token('third')] }))
    expect(refuse(ticket).verdict).toEqual({ action: 'deliver', reason: 'other-session' })
  })
})

describe('when another token or uid is stored by now', () => {
  test('it is sent again with the token', () => {
    const ticket = send()
    receive(handoff, newer)
    expect(refuse(ticket).verdict).toEqual(replay)
  })

  test('it is sent again with the uid', () => {
    const ticket = send()
    receive(handoff, signedIn({ uid: { value: 'new', sequence: 9 } }))
    expect(refuse(ticket).verdict).toEqual(replay)
  })

  test('it is sent again whatever else is in flight', () => {
    const ticket = send()
    send()
    receive(handoff, newer)
    expect(refuse(ticket).verdict).toEqual(replay)
  })

  test('it is sent again five times at most', () => {
    const ticket = send()
    receive(handoff, newer)
    for (const replays of [0, 1, 2, 3, 4])
      expect(judge(handoff, { ...ticket, replays }, 'unknown')).toEqual(replay)
    expect(judge(handoff, { ...ticket, replays: 5 }, 'unknown')).toEqual(refused)
  })

  test('and it cannot be sent again, it is delivered, and nobody suspects the token', () => {
    const ticket = send('call', false)
    receive(handoff, newer)
    expect(refuse(ticket).verdict).toEqual({ action: 'deliver', reason: 'not-replayable' })
    expect(handoff.suspect).toBeNull()
  })
})

describe('while others are in flight that may bring a newer token', () => {
  test('it waits for them', () => {
    const ticket = send()
    send()
    expect(refuse(ticket).verdict).toEqual({ action: 'wait', for: 'in-flight' })
    expect(judge(handoff, ticket, 'idle')).toEqual({ action: 'wait', for: 'in-flight' })
  })

  test('it waits no longer than it may', () => {
    const ticket = send()
    send()
    refuse(ticket)
    expect(judge(handoff, ticket, 'unknown', false)).toEqual(refused)
  })

  describe('and another token or uid may be the right one', () => {
    test('a validation is sent at once with the other uid', () => {
      expectUid(handoff, 'new@example.com', 0)
      send()
      const ticket = send('validation')
      expect(refuse(ticket).verdict).toEqual(replay)
      expect(handoff.record.uid.value).toBe('new@example.com')
      reopenTicket(handoff, ticket, 0)
      expect(refuse(ticket).verdict).toEqual({ action: 'wait', for: 'in-flight' })
    })

    test('a validation is sent at once with the spare, and the refused one has its turn when they are answered', () => {
      receive(handoff, signedIn({ tokens: [token('spare')] }))
      const call = send()
      const ticket = send('validation')
      expect(refuse(ticket).verdict).toEqual(replay)
      expect(values()).toEqual(['spare', 'stored'])
      reopenTicket(handoff, ticket, 0)
      expect(refuse(ticket).verdict).toEqual({ action: 'wait', for: 'in-flight' })
      handoff.open.delete(call)
      handoff.refused = { token: 'spare', clock: 0 }
      expect(judge(handoff, ticket, 'idle')).toEqual(replay)
      expect(values()).toEqual(['stored', 'spare'])
    })

    test('a validation is sent at once with each uid and each token', () => {
      handoff = holder({ tokens: [token('stored'), token('spare')] })
      expectUid(handoff, 'a@example.com', 0)
      send()
      const ticket = send('validation')
      const seen = [[ticket.uid, ticket.token]]
      while (refuse(ticket).verdict.action === 'replay') {
        reopenTicket(handoff, ticket, 0)
        seen.push([ticket.uid, ticket.token])
      }
      expect(seen).toEqual([
        ['u@example.com', 'stored'],
        ['u@example.com', 'spare'],
        ['a@example.com', 'spare'],
        ['a@example.com', 'stored'],
      ])
      expect(handoff.record.client).toBe('c1')
    })

    test('a call waits until a recovery knows which: it has few replays', () => {
      expectUid(handoff, 'new@example.com', 0)
      const [early, late] = [send(), send()]
      expect(refuse(early).verdict).toEqual({ action: 'wait', for: 'recovery' })
      expect(refuse(send('recovery')).verdict).toEqual(replay)
      handoff.suspect = null
      expect(refuse(late).verdict).toEqual({ action: 'wait', for: 'recovery' })
      expect(handoff.suspect).toBe('stored')
      expect(judge(handoff, late, 'unknown', false)).toEqual(replay)
      handoff.triedUids = 0
      expect(judge(handoff, late, 'unknown')).toEqual(replay)
    })

    test('a validation waits for them where the two were in conflict: an old response may have come back', () => {
      receive(handoff, signedIn({ tokens: [token('conflict', { sequence: 0 })] }))
      send()
      expect(refuse(send('validation')).verdict).toEqual({ action: 'wait', for: 'in-flight' })
      expect(values()).toEqual(['stored', 'conflict'])
    })

    test('a sign-out waits for them', () => {
      send()
      const ended = endSession(
        Object.assign(handoff, { record: signedIn({ tokens: [token('stored'), token('spare')] }) }),
      )!
      const ticket = openTicket(
        handoff,
        { purpose: 'sign-out', cacheable: false, replayable: true },
        0,
        ended,
      )!
      expect(refuse(ticket).verdict).toEqual({ action: 'wait', for: 'in-flight' })
    })
  })

  test('it does not wait for itself, for a sign-out, or for another session', () => {
    const ticket = send()
    handoff.open.add({ ...ticket, purpose: 'sign-out' })
    handoff.open.add({ ...ticket, epoch: 0 })
    expect(judge(handoff, ticket, 'unknown')).toEqual({ action: 'wait', for: 'recovery' })
  })
})

describe('of a call, where a recovery can be asked for,', () => {
  test('it waits for a recovery, which alone can end a session', () => {
    const ticket = send()
    expect(refuse(ticket).verdict).toEqual({ action: 'wait', for: 'recovery' })
    expect(handoff.suspect).toBe('stored')
    expect(judge(handoff, ticket, 'idle')).toEqual({ action: 'wait', for: 'recovery' })
    expect(handoff.record.client).toBe('c1')
  })

  test('it is sent again, once, when the server has accepted the same token for a later request', () => {
    const ticket = send()
    const [early, late] = [send(), send()]
    expect(refuse(ticket).verdict).toEqual({ action: 'wait', for: 'in-flight' })
    settle(handoff, late, answer({ token: '' }), 0)
    settle(handoff, early, answer({ token: '' }), 0)
    expect(judge(handoff, ticket, 'unknown')).toEqual(replay)
    expect(judge(handoff, { ...ticket, replays: 1 }, 'unknown')).toEqual({ action: 'wait', for: 'recovery' })
    expect(judge(handoff, { ...ticket, sequence: late.sequence }, 'unknown')).toMatchObject({
      action: 'wait',
    })
  })

  test('it is sent again, five times at most, as often as that was seen before it may wait no longer', () => {
    const ticket = send()
    settle(handoff, send(), answer({ token: '' }), 0)
    expect(judge(handoff, { ...ticket, replays: 1 }, 'unknown', false)).toEqual(replay)
    expect(judge(handoff, { ...ticket, replays: 4 }, 'unknown', false)).toEqual(replay)
    expect(judge(handoff, { ...ticket, replays: 5 }, 'unknown', false)).toEqual(refused)
  })

  test('it waits no longer than it may, and suspects nothing then', () => {
    const ticket = send()
    expect(judge(handoff, ticket, 'unknown', false)).toEqual(refused)
    expect(handoff.suspect).toBeNull()
  })

  test('it is delivered when a validation that was sent later found the token good', () => {
    const ticket = send()
    handoff.vouched = { token: 'stored', sequence: ticket.sequence + 1, at: 0 }
    expect(refuse(ticket).verdict).toEqual(refused)
  })

  test('it is asked about when the validation was sent before, or found another token good', () => {
    const ticket = send()
    handoff.vouched = { token: 'stored', sequence: ticket.sequence, at: 0 }
    expect(refuse(ticket).verdict).toEqual({ action: 'wait', for: 'recovery' })
    handoff.vouched = { token: 'other', sequence: ticket.sequence + 1, at: 0 }
    expect(refuse(ticket).verdict).toEqual({ action: 'wait', for: 'recovery' })
  })

  test('it is delivered when it was sent again with a token that a validation found good', () => {
    const ticket = send()
    handoff.vouched = { token: 'stored', sequence: 0, at: 0 }
    reopenTicket(handoff, ticket, 0)
    expect(refuse(ticket).verdict).toEqual(refused)
  })

  test('it is asked about once more when the token was found good longer ago than the buffer surely lasts', () => {
    const ticket = send()
    handoff.vouched = { token: 'stored', sequence: 0, at: 0 }
    reopenTicket(handoff, ticket, 3_999)
    expect(refuse(ticket).verdict).toEqual(refused)
    reopenTicket(handoff, ticket, 4_000)
    expect(refuse(ticket).verdict).toEqual({ action: 'wait', for: 'recovery' })
  })

  test('it is asked about once more when there is a spare, which may be the good one', () => {
    receive(handoff, signedIn({ tokens: [token('spare', { sequence: 0 })] }))
    const ticket = send()
    handoff.vouched = { token: 'stored', sequence: 0, at: 0 }
    reopenTicket(handoff, ticket, 0)
    expect(refuse(ticket).verdict).toEqual({ action: 'wait', for: 'recovery' })
  })

  test('it asks other tabs before it is delivered: they may have a newer token', () => {
    handoff = holder({}, { shared: true })
    const ticket = send()
    handoff.vouched = { token: 'stored', sequence: ticket.sequence + 1, at: 0 }
    expect(refuse(ticket).verdict).toEqual({ action: 'ask' })
    expect(judge(handoff, ticket, 'idle')).toEqual(refused)
    expect(judge(handoff, ticket, 'busy')).toEqual(refused)
    expect(judge(handoff, ticket, 'unknown', false)).toEqual(refused)
  })

  test('it is delivered when it cannot be sent again, and the token is asked about', () => {
    const ticket = send('call', false)
    expect(refuse(ticket).verdict).toEqual({ action: 'deliver', reason: 'not-replayable' })
    expect(handoff.suspect).toBe('stored')
  })
})

describe.each<[string, Purpose, boolean]>([
  ['of a recovery', 'recovery', true],
  ['of a validation', 'validation', true],
  ['of a call, where no recovery can be asked for', 'call', false],
])('%s', (_, purpose, recovers) => {
  beforeEach(() => {
    handoff = holder({}, { recovers })
  })

  test('it ends the session when it is refused twice', () => {
    const ticket = send(purpose)
    expect(refuseForSure(ticket)).toEqual({ action: 'sign-out' })
    expect(handoff.record).toMatchObject({ client: null, epoch: 2, tokens: [] })
    expect(handoff.suspect).toBeNull()
  })

  test('it is no proof when something was sent since the first refusal, and answered later', () => {
    const ticket = send(purpose)
    const early = send(purpose)
    expect(refuse(early).verdict).toEqual({ action: 'wait', for: 'in-flight' })
    handoff.open.delete(ticket)
    expect(judge(handoff, early, 'unknown')).toEqual(replay)
    expect(judge(handoff, ticket, 'unknown')).toEqual(replay)
    expect(handoff.record.client).toBe('c1')
  })

  test('a first refusal of another token proves nothing', () => {
    handoff.refused = { token: 'other', clock: 0 }
    expect(refuse(send(purpose)).verdict).toEqual(replay)
    expect(handoff.refused).toMatchObject({ token: 'stored' })
  })

  test('a first refusal proves nothing any more when the server has accepted a request since', () => {
    const ticket = send(purpose)
    expect(refuse(ticket).verdict).toEqual(replay)
    reopenTicket(handoff, ticket, 0)
    settle(handoff, send(), answer({ token: '' }), 0)
    expect(refuse(ticket).verdict).toEqual(replay)
  })

  test('it ends the session all the same when that happens again and again', () => {
    const ticket = Object.assign(send(purpose), { replays: 5 })
    expect(refuse(ticket).verdict).toEqual({ action: 'sign-out' })
  })

  test('other tabs are asked first, and waited for when they are busy', () => {
    handoff.shared = true
    const ticket = send(purpose)
    expect(refuse(ticket).verdict).toEqual({ action: 'ask' })
    expect(judge(handoff, ticket, 'busy')).toEqual({ action: 'wait', for: 'other-tabs' })
    expect(judge(handoff, ticket, 'unknown')).toEqual({ action: 'ask' })
    expect(handoff.refused).toBeNull()
    expect(judge(handoff, ticket, 'idle')).toEqual(replay)
    reopenTicket(handoff, ticket, 0)
    expect(refuse(ticket).verdict).toEqual({ action: 'sign-out' })
  })

  test('other tabs are not asked, nor waited for, when it may wait no longer', () => {
    handoff.shared = true
    const ticket = send(purpose)
    expect(judge(handoff, ticket, 'unknown', false)).toEqual(replay)
    handoff.refused = null
    expect(judge(handoff, ticket, 'busy', false)).toEqual(replay)
  })

  test('where there are no other tabs, none is asked', () => {
    const ticket = send(purpose)
    expect(judge(handoff, ticket, 'unknown')).toEqual(replay)
  })
})

describe('before a session is given up', () => {
  test('a spare takes the place of the refused token, and its doubt goes', () => {
    handoff = holder({ doubt: { lost: 1, settled: 0, since: 0 } })
    receive(handoff, signedIn({ tokens: [token('spare', { sequence: 0 })] }))
    expect(refuseForSure(send('validation'))).toEqual(replay)
    expect(values()).toEqual(['spare', 'stored'])
    expect(depthOfDoubt(handoff.record)).toBe(0)
  })

  test('each spare gets its turn, once', () => {
    receive(handoff, signedIn({ tokens: [token('a', { sequence: 0 }), token('b', { sequence: -1 })] }))
    const ticket = send('validation')
    const seen = [handoff.record.tokens[0]!.value]
    for (let turn = 0; turn < 10 && handoff.record.client; turn++) {
      if (refuse(ticket).verdict.action === 'sign-out') break
      reopenTicket(handoff, ticket, 0)
      if (ticket.token !== seen.at(-1)) seen.push(ticket.token)
    }
    expect(seen).toEqual(['stored', 'a', 'b'])
    expect(handoff.record.client).toBeNull()
  })

  test('no other holder brings the refused token back', () => {
    const before = signedIn({ tokens: [token('stored'), token('spare', { sequence: 0 })] })
    receive(handoff, before)
    refuseForSure(send('validation'))
    receive(handoff, before)
    expect(values()).toEqual(['spare', 'stored'])
  })

  test('another uid gets its turn when no spare is left, and then with each token again', () => {
    const spare = token('spare', { sequence: 0 })
    handoff = holder({ tokens: [spare, token('stored', { refused: 1 })], uids: ['old', 'u@example.com'] })
    const ticket = send('validation')
    expect(refuseForSure(ticket)).toEqual(replay)
    const seen = [ticket.token]
    expect(handoff.record.uid).toEqual({ value: 'old', sequence: ticket.sequence + 1 })
    reopenTicket(handoff, ticket, 0)
    for (;;) {
      const { action } = refuse(ticket).verdict
      if (ticket.token !== seen.at(-1)) seen.push(ticket.token)
      if (action === 'sign-out') break
      reopenTicket(handoff, ticket, 0)
    }
    expect(seen.slice(0, 2)).toEqual(['spare', 'stored'])
  })

  test('each uid that the user may have gets its turn, and again: it may have changed meanwhile', () => {
    expectUid(handoff, 'z@example.com', 0)
    expectUid(handoff, 'a@example.com', 0)
    const ticket = send('validation')
    const seen = [ticket.uid]
    while (refuse(ticket).verdict.action === 'replay') {
      reopenTicket(handoff, ticket, 0)
      if (ticket.uid !== seen.at(-1)) seen.push(ticket.uid)
    }
    const names = ['u@example.com', 'z@example.com', 'a@example.com']
    expect(seen).toEqual([...names, ...names, names[0]])
    expect(handoff.record.client).toBeNull()
  })

  test('what another holder knows to be refused under another uid gets its turn under this one', () => {
    handoff = holder({ uid: { value: 'new', sequence: 7 }, tokens: [token('spare', { sequence: 0 })] })
    receive(handoff, signedIn({ tokens: [token('stored', { refused: 1 })] }))
    expect(values()).toEqual(['spare', 'stored'])
    expect(refuseForSure(send('validation'))).toEqual(replay)
    expect(values()).toEqual(['stored', 'spare'])
  })
})

describe('of a sign-out', () => {
  function signOut(): Ticket {
    const ended = endSession(handoff)!
    return openTicket(handoff, { purpose: 'sign-out', cacheable: false, replayable: true }, 0, ended)!
  }

  test('it is sent again with a token that came since', () => {
    const late = send()
    const ticket = signOut()
    settle(handoff, late, answer({ expiry: 2_000 }), 0)
    expect(refuse(ticket, 404).verdict).toEqual(replay)
    reopenTicket(handoff, ticket, 0)
    expect(ticket).toMatchObject({ token: 'fresh', epoch: 1 })
  })

  test('it waits for what may bring one', () => {
    send()
    const ticket = signOut()
    expect(refuse(ticket, 404).verdict).toEqual({ action: 'wait', for: 'in-flight' })
  })

  test('it waits for that also when there are spares to try, of this session and the next', () => {
    const spare = token('spare')
    receive(handoff, signedIn({ tokens: [spare] }))
    send()
    const ticket = signOut()
    openSession(handoff, nextSequence(handoff), answer({ client: 'c2', token: 'next' }), 0)
    const { record } = handoff
    receive(handoff, { ...record, tokens: [...record.tokens, spare] })
    expect(refuse(ticket, 404).verdict).toEqual({ action: 'wait', for: 'in-flight' })
  })

  test('it is sent again with a spare', () => {
    receive(handoff, signedIn({ tokens: [token('spare', { sequence: 0 })] }))
    const ticket = signOut()
    const { record } = handoff
    expect(refuse(ticket, 404).verdict).toEqual(replay)
    expect(handoff.ended!.tokens[0]!.value).toBe('spare')
    expect(handoff.record).toBe(record)
  })

  test('it is delivered when nothing is left to try', () => {
    const ticket = signOut()
    expect(refuse(ticket, 404).verdict).toEqual(refused)
    expect(refuse(ticket, 401).verdict).toEqual(refused)
    expect(handoff.record.client).toBeNull()
  })

  test('a 404 of any other request is an answer', () => {
    expect(refuse(send('validation'), 404).verdict).toEqual({ action: 'deliver', reason: 'answered' })
  })
})

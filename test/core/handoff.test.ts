import { beforeEach, describe, expect, test } from 'vitest'
import type { Answer } from '../../src/core/credentials.ts'
import { depthOfDoubt } from '../../src/core/doubt.ts'
import {
  createHandoff,
  endSession,
  expectUid,
  type Handoff,
  nextSequence,
  openSession,
  openTicket,
  receive,
  reopenTicket,
  storedToken,
  type Ticket,
} from '../../src/core/handoff.ts'
import { noDoubt, type SessionRecord, signedOutRecord } from '../../src/core/record.ts'
import { lose, loseAll, settle, settleWithoutToken } from '../../src/core/settle.ts'
import { answer, signedIn, token } from './given.ts'

const plain = { purpose: 'call', cacheable: false, replayable: true } as const
const cached: Parameters<typeof openTicket>[1] = { ...plain, cacheable: true }
const buffer = 5_000

let handoff: Handoff
beforeEach(() => {
  handoff = holder()
})

/** The server's buffer has closed long ago, as far as it knows. */
function holder(record: Partial<SessionRecord> = {}): Handoff {
  const made = createHandoff({ recovers: true, shared: false, buffer })
  receive(made, signedIn(record))
  return Object.assign(made, { acceptedAt: -9_000, heardAt: -9_000 })
}

function send(traits: Parameters<typeof openTicket>[1] = plain, now = 0): Ticket {
  return openTicket(handoff, traits, now)!
}

const values = () => handoff.record.tokens.map(({ value }) => value)
const blank: Partial<Answer> = { token: '', expiry: Number.NaN }
const nothing: Partial<Answer> = { token: null, client: null, uid: null, expiry: Number.NaN }

describe('opening a ticket', () => {
  test('remembers what the request carries, and gives it the next number', () => {
    const first = send({ purpose: 'validation', cacheable: true, replayable: false }, 77)
    expect(first).toEqual({
      sequence: 2,
      epoch: 1,
      era: 0,
      client: 'c1',
      uid: 'u@example.com',
      token: 'stored',
      purpose: 'validation',
      cacheable: true,
      replayable: false,
      replays: 0,
      sentAt: 77,
      buffer: 'closed',
      missedAt: 0,
      refusedAt: 0,
    })
    expect(send().sequence).toBe(3)
    expect([...handoff.open]).toHaveLength(2)
  })

  test('is not possible signed out', () => {
    const empty = createHandoff({ recovers: true, shared: false, buffer })
    expect(openTicket(empty, plain, 0)).toBeNull()
    expect(openTicket(empty, plain, 0, null)).toBeNull()
    expect(empty.open.size).toBe(0)
    expect(storedToken(empty)).toBeUndefined()
  })

  test('for another record than the stored one carries that one’s credentials', () => {
    const ended = signedIn({ client: 'c0', tokens: [token('ended')] })
    expect(openTicket(handoff, plain, 0, ended)).toMatchObject({ client: 'c0', token: 'ended' })
  })

  test('anew stamps what is stored by then', () => {
    const ticket = send(plain, 1)
    handoff.open.delete(ticket)
    settle(handoff, send(), answer({ uid: 'new@example.com', expiry: 10 }), 0)
    reopenTicket(handoff, ticket, 99)
    expect(ticket).toMatchObject({
      sequence: 4,
      era: 1,
      token: 'fresh',
      uid: 'new@example.com',
      replays: 1,
      sentAt: 99,
    })
    expect(handoff.open.has(ticket)).toBe(true)
    reopenTicket(handoff, ticket, 99)
    expect(ticket.replays).toBe(2)
  })

  test('anew stamps nothing of a session that another one has followed, ended or not', () => {
    const ticket = send(plain, 1)
    endSession(handoff)
    for (const end of [() => {}, () => endSession(handoff)]) {
      openSession(handoff, nextSequence(handoff), answer({ client: 'c2', uid: 'b', token: 'bobs' }), 0)
      end()
      reopenTicket(handoff, ticket, 99)
      expect(ticket).toMatchObject({ client: 'c1', uid: 'u@example.com', token: 'stored' })
    }
  })
})

describe('what other holders know', () => {
  test('is taken in, and said to be news once', () => {
    const newer = signedIn({ tokens: [token('newer', { expiry: 2_000, sequence: 40 })] })
    expect(receive(handoff, newer)).toBe(true)
    expect(values()).toEqual(['newer'])
    expect(receive(handoff, newer)).toBe(false)
    expect(receive(handoff, { ...newer })).toBe(false)
    expect(receive(handoff, signedIn())).toBe(false)
    expect(nextSequence(handoff)).toBe(41)
  })

  test('clears a suspicion against a token that is no longer stored, and no other', () => {
    handoff.suspect = 'stored'
    receive(handoff, signedIn({ grace: true, doubt: { lost: 1, settled: 0, since: 1 } }))
    expect(handoff.suspect).toBe('stored')
    receive(handoff, signedIn({ tokens: [token('newer', { expiry: 2_000 })] }))
    expect(handoff.suspect).toBeNull()
  })
})

describe('an answer', () => {
  test('closes its ticket and is delivered', () => {
    const ticket = send()
    const settlement = settle(handoff, ticket, answer(), 9)
    expect(settlement).toEqual({
      verdict: { action: 'deliver', reason: 'answered' },
      freshness: { taken: true, reason: 'successor' },
      lost: false,
    })
    expect(handoff.open.size).toBe(0)
    expect(handoff.record.tokens).toEqual([token('fresh', { sequence: 2, at: 9 }), token('stored')])
  })

  test('with a token of a later second leaves no spare', () => {
    settle(handoff, send(), answer({ expiry: 1_003 }), 0)
    expect(values()).toEqual(['fresh'])
  })

  test('that is older is kept as a spare only where it may be as new', () => {
    const early = send()
    settle(handoff, send(), answer({ token: 'second', expiry: 2_000 }), 10_000)
    settle(handoff, early, answer({ token: 'spare', expiry: 1_999 }), 10_000)
    expect(values()).toEqual(['second', 'spare'])
    const again = handoff.record
    settle(handoff, early, answer({ token: 'far older', expiry: 1_990 }), 10_000)
    expect(handoff.record).toBe(again)
  })

  test('that only a shortened lifespan explains opens a new era', () => {
    const early = send()
    settle(handoff, send(), answer({ token: 'second', expiry: 2_000 }), 10_000)
    settle(handoff, early, answer({ token: 'shortened', expiry: 1_987 }), 10_000)
    // A raised lifespan would look like this too, so the other one stays at hand.
    expect(handoff.record).toMatchObject({
      era: 1,
      tokens: [
        { value: 'shortened', expiry: 1_987 },
        { value: 'second', expiry: 1_987 },
      ],
    })
  })

  test('with a spare that is held already changes nothing', () => {
    const early = send()
    settle(handoff, send(), answer({ token: 'second', expiry: 1_001 }), 0)
    settle(handoff, early, answer({ token: 'spare' }), 0)
    const { record } = handoff
    settle(handoff, early, answer({ token: 'spare' }), 5)
    expect(handoff.record).toBe(record)
  })

  test('takes a spare in where there are four that are older', () => {
    receive(
      handoff,
      signedIn({ tokens: [7, 6, 5, 4, 3].map(sequence => token(`t${sequence}`, { sequence })) }),
    )
    const ticket = { ...send(), token: 'before', sequence: 6.5 }
    settle(handoff, ticket, answer(), 0)
    expect(values()).toEqual(['t7', 'fresh', 't6', 't5', 't4'])
  })

  test('that is blank leaves the token', () => {
    const { record } = handoff
    expect(settle(handoff, send(), answer(blank), 0).freshness.reason).toBe('blank')
    expect(handoff.record).toBe(record)
  })

  test('of another client changes nothing, not the uid either', () => {
    const { record } = handoff
    settle(handoff, send(), answer({ client: 'c2', uid: 'other@example.com', expiry: 9_999 }), 0)
    expect(handoff.record).toBe(record)
  })

  test('of a session that is over changes nothing', () => {
    const ticket = send()
    receive(handoff, signedIn({ epoch: 3, client: 'c3', tokens: [token('third')] }))
    const { record } = handoff
    settle(handoff, ticket, answer({ client: null, uid: 'other@example.com', expiry: 9_999 }), 0)
    expect(handoff.record).toBe(record)
  })

  test('of a session that is over is told from others also when it comes out of a cache', () => {
    const ticket = send(cached)
    endSession(handoff)
    const { freshness } = settle(handoff, ticket, answer({ token: 'stored' }), 0)
    expect(freshness).toEqual({ taken: false, reason: 'signed-out' })
  })

  test('of a session that was ended here helps to close the server’s side, and nothing else', () => {
    const ticket = send()
    endSession(handoff)
    const { record } = handoff
    settle(handoff, ticket, answer(), 0)
    expect(handoff.record).toBe(record)
    expect(handoff.ended!.tokens[0]!.value).toBe('fresh')
  })

  test('tells whether the server lets the previous token live on', () => {
    handoff = holder({ grace: false })
    settle(handoff, send(), answer(), 0)
    expect(handoff.record.grace).toBe(false)
    settle(handoff, send(), answer({ token: 'next', bearer: true }), 0)
    expect(handoff.record.grace).toBe(true)
    settle(handoff, send(), answer({ token: 'last' }), 0)
    expect(handoff.record.grace).toBe(true)
  })
})

describe('a successor with a smaller expiry', () => {
  test('opens an era: the lifespan was shortened', () => {
    handoff = holder({ grace: false, doubt: { lost: 1, settled: 0, since: 0 } })
    settle(handoff, send(plain, 1), answer({ expiry: 999, bearer: true }), 1)
    expect(handoff.record).toMatchObject({
      era: 1,
      tokens: [{ value: 'fresh', expiry: 999 }],
      doubt: { lost: 1, settled: 1 },
      grace: true,
    })
    expect(values()).toEqual(['fresh'])
  })

  test('opens none where the expiry is the same', () => {
    settle(handoff, send(), answer(), 0)
    expect(handoff.record.era).toBe(0)
  })

  test('that may be out of a cache is in conflict: both are kept, and a recovery is asked for', () => {
    const { freshness } = settle(handoff, send(cached), answer({ expiry: 10 }), 4)
    expect(freshness).toEqual({ taken: false, reason: 'conflict' })
    expect(handoff.record.tokens).toEqual([
      token('stored'),
      token('fresh', { expiry: 1_000, sequence: 0, at: 4 }),
    ])
    expect(handoff.suspect).toBe('stored')
    expect(handoff.record.era).toBe(0)
  })
})

describe('the uid', () => {
  test('that differs from the carried one has changed', () => {
    const ticket = send()
    settle(handoff, ticket, answer({ ...blank, uid: 'new' }), 0)
    expect(handoff.record.uid).toEqual({ value: 'new', sequence: ticket.sequence })
  })

  test('that equals the carried one is an echo', () => {
    const early = send()
    settle(handoff, send(), answer({ ...blank, uid: 'new' }), 0)
    const { uid } = handoff.record
    settle(handoff, early, answer(blank), 0)
    expect(handoff.record.uid).toBe(uid)
    settle(handoff, { ...send(), uid: 'u@example.com' }, answer(blank), 0)
    expect(handoff.record.uid).toBe(uid)
  })

  test('is the later request’s, of two that tell of a change', () => {
    const early = send()
    const late = send()
    settle(handoff, late, answer({ ...blank, uid: 'late' }), 0)
    settle(handoff, early, answer({ ...blank, uid: 'early' }), 0)
    expect(handoff.record.uid.value).toBe('late')
    settle(handoff, late, answer({ ...blank, uid: 'late again' }), 0)
    expect(handoff.record.uid.value).toBe('late')
  })

  test('that is stored already, or not there, changes nothing', () => {
    settle(handoff, send(), answer({ ...blank, uid: 'new' }), 0)
    const { record } = handoff
    settle(handoff, { ...send(), uid: 'older' }, answer({ ...blank, uid: 'new' }), 0)
    settle(handoff, send(), answer({ ...blank, uid: '' }), 0)
    settle(handoff, send(), answer({ ...blank, uid: null }), 0)
    expect(handoff.record).toBe(record)
  })

  test('that changes keeps the former one at hand: the answer may have come out of a cache', () => {
    settle(handoff, send(cached), answer({ ...blank, uid: 'new' }), 0)
    expect(handoff.record.uid.value).toBe('new')
    expect(handoff.record.uids).toEqual(['new', 'u@example.com'])
  })

  test.each(['past', 'spare'])(
    'of an answer out of a cache, with a token of the %s, is as old as that',
    from => {
      const [newest, spare] = [token('newest', { sequence: 9 }), token('spare', { sequence: 8 })]
      receive(handoff, signedIn({ tokens: [newest, spare, token('past')] }))
      receive(
        handoff,
        signedIn({
          tokens: [
            { ...newest, expiry: 1_001 },
            { ...spare, expiry: 1_001 },
          ],
        }),
      )
      const { record } = handoff
      const { freshness } = settle(handoff, send(cached), answer({ token: from, uid: 'former' }), 0)
      expect(freshness).toEqual({ taken: false, reason: 'older' })
      expect(handoff.record).toBe(record)
      settle(handoff, send(), answer({ token: from, uid: 'new' }), 0)
      expect(handoff.record.uid.value).toBe('new')
    },
  )

  test('that an earlier request tells of is kept at hand: of two changes it may have been done last', () => {
    const early = send()
    settle(handoff, send(), answer({ ...blank, uid: 'late' }), 0)
    settle(handoff, early, answer({ ...blank, uid: 'early' }), 0)
    expect(handoff.record.uid.value).toBe('late')
    expect(handoff.record.uids).toEqual(['early', 'late', 'u@example.com'])
  })

  test('that is expected is kept at hand', () => {
    expect(expectUid(handoff, 'new', 5)).toBe(true)
    expect(expectUid(handoff, 'new', 5)).toBe(false)
    expect(handoff.record.uid.value).toBe('u@example.com')
    expect(handoff.record.uids).toEqual(['new', 'u@example.com'])
    expect(handoff.record.expectedAt).toBe(5)
    endSession(handoff)
    expect(expectUid(handoff, 'late', 5)).toBe(false)
  })

  test('that is expected makes those forgotten that were expected ten minutes ago', () => {
    expectUid(handoff, 'first', 1_000)
    expectUid(handoff, 'second', 600_999)
    expect(handoff.record.uids).toEqual(['first', 'second', 'u@example.com'])
    expectUid(handoff, 'third', 1_200_999)
    expect(handoff.record.uids).toEqual(['third', 'u@example.com'])
  })

  test('that is expected is kept of very many as one of the last', () => {
    for (let change = 0; change < 100; change++) expectUid(handoff, `change ${change}`, 0)
    expect(handoff.record.uids).toContain('change 99')
    expect(handoff.record.uids.length).toBeLessThan(22)
  })

  test('that is expected stays at hand when the same user signs in again, and goes with another one', () => {
    expectUid(handoff, 'new', 0)
    openSession(handoff, nextSequence(handoff), answer({ client: 'c2' }), 0)
    expect(handoff.record).toMatchObject({ uids: ['new', 'u@example.com'], expectedAt: 0 })
    openSession(handoff, nextSequence(handoff), answer({ client: 'c3', uid: 'new' }), 0)
    expect(handoff.record.uids).toEqual(['new', 'u@example.com'])
    openSession(handoff, nextSequence(handoff), answer({ client: 'c4', uid: 'somebody else' }), 0)
    expect(handoff.record.uids).toEqual([])
  })

  test('that is expected stays at hand when the same user signs out and in again within a minute', () => {
    expectUid(handoff, 'new', 1_000)
    endSession(handoff)
    openSession(handoff, nextSequence(handoff), answer({ client: 'c2' }), 60_999)
    expect(handoff.record).toMatchObject({ uids: ['new', 'u@example.com'], expectedAt: 1_000 })
    openSession(handoff, nextSequence(handoff), answer({ client: 'c3' }), 61_000)
    expect(handoff.record).toMatchObject({ uids: [], expectedAt: 0 })
  })

  test('that an answer merely repeats is right for sure, where the stored one is a guess', () => {
    expectUid(handoff, 'new', 0)
    const [call, validation] = [send(), send()]
    handoff.triedUids = 1
    handoff.record = { ...handoff.record, uid: { value: 'new', sequence: nextSequence(handoff) } }
    settle(handoff, call, answer(blank), 0)
    expect(handoff.record.uid.value).toBe('u@example.com')
    expect(handoff.record.uid.sequence).toBeGreaterThan(validation.sequence)
  })
})

describe('doubt', () => {
  const depth = () => depthOfDoubt(handoff.record)

  test('comes with a lost answer to a request with the stored token', () => {
    const ticket = send(plain, 100)
    expect(lose(handoff, ticket, 200)).toBe(true)
    expect(handoff.open.size).toBe(0)
    expect(handoff.record.doubt).toEqual({ lost: 1, settled: 0, since: 100 })
  })

  test('comes with a lost answer to a request with a spare: the server may have rotated from that', () => {
    receive(handoff, signedIn({ tokens: [token('stored', { sequence: 9 }), token('spare')] }))
    const ticket = { ...send(), token: 'spare' }
    handoff.open.add(ticket)
    expect(lose(handoff, ticket, 0)).toBe(true)
  })

  test('comes once for one request', () => {
    const ticket = send()
    lose(handoff, ticket, 0)
    expect(lose(handoff, ticket, 0)).toBe(false)
    expect(depth()).toBe(1)
  })

  test('is the same for all requests that are in flight at one time: one of them can have rotated', () => {
    const tickets = [send(plain, 100), send(plain, 200), send(plain, 100 + buffer)]
    for (const ticket of tickets) expect(lose(handoff, ticket, 6_000)).toBe(true)
    expect(handoff.record.doubt).toEqual({ lost: 1, settled: 0, since: 100 + buffer })
  })

  test('deepens with a request that was sent when the buffer had closed', () => {
    const tickets = [send(plain, 100), send(plain, 101 + buffer)]
    for (const ticket of tickets) lose(handoff, ticket, 6_000)
    expect(depth()).toBe(2)
  })

  test('deepens with each recovery: it rotates inside the buffer, too', () => {
    lose(handoff, send(plain, 100), 200)
    lose(handoff, send({ ...plain, purpose: 'recovery' }, 100), 200)
    expect(depth()).toBe(2)
  })

  test('does not come with an old token, soon after a newer came', () => {
    const early = send(plain, 0)
    settle(handoff, send(), answer({ expiry: 2_000 }), 1_000)
    expect(lose(handoff, early, 1_000 + buffer)).toBe(false)
    expect(depth()).toBe(0)
  })

  test('comes with an old token that was still under way a buffer later', () => {
    const early = send(plain, 0)
    settle(handoff, send(), answer({ expiry: 2_000 }), 1_000)
    expect(lose(handoff, early, 1_001 + buffer)).toBe(true)
  })

  test('comes with an old token of a recovery at any time', () => {
    const early = send({ ...plain, purpose: 'recovery' }, 0)
    settle(handoff, send(), answer({ expiry: 2_000 }), 1_000)
    expect(lose(handoff, early, 1_000)).toBe(true)
  })

  test('does not come with a session that is over', () => {
    const ticket = send()
    endSession(handoff)
    expect(lose(handoff, ticket, 0)).toBe(false)
    const next = send.bind(null, plain)
    openSession(handoff, 90, answer(), 0)
    expect(lose(handoff, { ...next(), epoch: 1 }, 0)).toBe(false)
  })

  test('goes when a later request brings a newer token', () => {
    lose(handoff, send(), 0)
    settle(handoff, send(plain, 1), answer(), 1)
    expect(depth()).toBe(0)
  })

  test('stays when the newer token was asked for before: what was lost may have rotated beyond it', () => {
    const early = send()
    lose(handoff, send({ ...plain, purpose: 'recovery' }, 1), 2)
    settle(handoff, early, answer(), 3)
    expect(storedToken(handoff)!.value).toBe('fresh')
    expect(handoff.record.doubt).toEqual({ lost: 1, settled: 0, since: 1 })
  })

  test('stays when an older token comes', () => {
    const early = send()
    receive(handoff, signedIn({ tokens: [token('newer', { expiry: 2_000, sequence: 9 })] }))
    lose(handoff, send(), 0)
    settle(handoff, early, answer({ expiry: 1_999 }), 0)
    expect(depth()).toBe(1)
  })

  test('is settled by a recovery that finds nothing newer', () => {
    lose(handoff, send(plain, 7), 0)
    settle(handoff, send({ ...plain, purpose: 'recovery' }), answer(blank), 0)
    expect(handoff.record.doubt).toEqual({ lost: 1, settled: 1, since: 7 })
  })

  test('is settled by an answer with the stored token itself: the server hands it out still', () => {
    lose(handoff, send(), 0)
    settle(handoff, send(), answer({ token: 'stored' }), 0)
    expect(depth()).toBe(0)
  })

  test('is not settled by the stored token where a cache may have given it, whatever it says', () => {
    lose(handoff, send(), 0)
    settle(handoff, send(cached), answer({ token: 'stored', asked: true }), 0)
    expect(depth()).toBe(1)
  })

  test('is settled by no blank of a call, and by no recovery with another token', () => {
    lose(handoff, send(), 0)
    settle(handoff, send(), answer(blank), 0)
    expect(depth()).toBe(1)
    settle(handoff, { ...send({ ...plain, purpose: 'recovery' }), token: 'before' }, answer(blank), 0)
    expect(depth()).toBe(1)
    settle(handoff, { ...send({ ...plain, purpose: 'recovery' }), epoch: 0 }, answer(blank), 0)
    expect(depth()).toBe(1)
  })

  test('of every request in flight is written down when the page goes away', () => {
    expect(loseAll(handoff, 0)).toBe(false)
    send(plain, 1)
    send(plain, 2)
    expect(loseAll(handoff, 3)).toBe(true)
    expect(depth()).toBe(1)
    expect(handoff.open.size).toBe(2)
  })

  test('of a page that goes away is there when any of them is doubtful', () => {
    const early = send(plain, 0)
    settle(handoff, send(), answer({ expiry: 2_000 }), 1_000)
    expect([...handoff.open]).toEqual([early])
    expect(loseAll(handoff, 1_000)).toBe(false)
    const mixed = send(plain, buffer)
    handoff.open = new Set([mixed, early])
    expect(loseAll(handoff, buffer)).toBe(true)
  })

  describe('about a request that was sent to an open buffer', () => {
    beforeEach(() => {
      settle(handoff, send(), answer({ token: 'stored' }), 0)
    })

    test('does not come: it can have brought a blank only', () => {
      expect(lose(handoff, send(plain, 3_999), 4_100)).toBe(false)
      expect(lose(handoff, send(plain, 4_000), 4_100)).toBe(true)
    })

    test('comes when it may have got there late, and nothing lives on', () => {
      const [early, late] = [send(plain, 100), send(plain, 100)]
      handoff.record = { ...handoff.record, grace: false }
      expect(lose(handoff, early, 4_100)).toBe(false)
      expect(lose(handoff, late, 4_101)).toBe(true)
    })

    test('does not come when the previous token lives on, however late it got there', () => {
      expect(lose(handoff, send(plain, 100), 60_000)).toBe(false)
    })

    test('comes with a page that goes away, for how long it was on its way nobody knows', () => {
      send(plain, 100)
      expect(loseAll(handoff, 200)).toBe(false)
      handoff.record = { ...handoff.record, grace: false }
      expect(loseAll(handoff, 200)).toBe(true)
    })

    test('comes with a recovery: it rotates all the same', () => {
      expect(lose(handoff, send({ ...plain, purpose: 'recovery' }, 100), 200)).toBe(true)
    })
  })

  test('is not needed where a blank tells of it while the answer is still awaited', () => {
    const [rotating, other, old] = [send(), send(), { ...send(), token: 'before' }]
    handoff.open = new Set([rotating, other, old])
    settle(handoff, other, answer(blank), 70)
    expect([rotating.missedAt, old.missedAt]).toEqual([70, 0])
    settle(handoff, send(plain, 80), answer(blank), 90)
    expect(rotating.missedAt).toBe(70)
  })

  test('of a blank to a request that was sent before tells nothing', () => {
    settle(handoff, send(plain, -4_000), answer({ token: 'stored' }), -4_000)
    const early = send(plain, 0)
    const late = send(plain, 1_001)
    expect([early.buffer, late.buffer]).toEqual(['unsure', 'closed'])
    settle(handoff, early, answer(blank), 1_100)
    expect(late.missedAt).toBe(0)
    const inside = send(plain, 1_200)
    expect(inside.buffer).toBe('open')
    settle(handoff, inside, answer(blank), 1_300)
    expect(late.missedAt).toBe(1_300)
  })

  test('comes with a gateway’s error, which may hide a rotation', () => {
    const settlement = settle(handoff, send(), answer({ ...nothing, status: 504 }), 0)
    expect(settlement).toMatchObject({ verdict: { action: 'deliver', reason: 'answered' }, lost: true })
    expect(depth()).toBe(1)
    expect(settle(handoff, send(), answer({ ...nothing, status: 500 }), 0).lost).toBe(false)
    expect(settle(handoff, send(), answer({ ...nothing, status: 200 }), 0).lost).toBe(false)
  })

  test('that is none needs no settling', () => {
    handoff.suspect = 'stored'
    expect(settleWithoutToken(handoff)).toBe(false)
    expect(handoff.suspect).toBeNull()
    lose(handoff, send(), 0)
    expect(settleWithoutToken(handoff)).toBe(true)
  })
})

describe('what the server accepted', () => {
  test('kept the buffer open since it was sent', () => {
    settle(handoff, send(plain, 500), answer(blank), 900)
    expect(handoff.acceptedAt).toBe(500)
    settle(handoff, send(plain, 300), answer(blank), 900)
    expect(handoff.acceptedAt).toBe(500)
  })

  test.each<[string, typeof cached, Partial<Answer>, number]>([
    ['a blank to what no cache answers', plain, blank, 500],
    ['a blank that a cache may have given', cached, blank, -9_000],
    ['a blank that no cache keeps', cached, { ...blank, asked: true }, 500],
    ['the stored token, out of a cache perhaps', cached, { token: 'stored' }, -9_000],
    ['a new token', cached, {}, 500],
    ['a token in conflict', cached, { expiry: 10 }, -9_000],
  ])('is told by an answer that no cache can have given: %s', (_, traits, given, acceptedAt) => {
    settle(handoff, send(traits, 500), answer(given), 900)
    expect(handoff.acceptedAt).toBe(acceptedAt)
    expect(handoff.heardAt).toBe(900)
  })

  test('is told by a clock that was put back, too', () => {
    handoff.acceptedAt = 9_000
    settle(handoff, send(plain, 500), answer(blank), 900)
    expect(handoff.acceptedAt).toBe(500)
  })

  test('is not a refusal, nor an answer without headers', () => {
    settle(handoff, send(plain, 500), answer({ ...nothing, status: 401 }), 900)
    settle(handoff, send(plain, 500), answer({ ...nothing, status: 200 }), 900)
    expect(handoff.acceptedAt).toBe(-9_000)
    expect(handoff.heardAt).toBe(-9_000)
  })

  test('by a validation vouches for the stored token', () => {
    settle(handoff, send(), answer(blank), 0)
    expect(handoff.vouched).toBeNull()
    const validation = send({ ...plain, purpose: 'validation' })
    settle(handoff, validation, answer(), 0)
    expect(handoff.vouched).toEqual({ token: 'fresh', sequence: validation.sequence, at: 0 })
  })

  test('of another session counts for nothing', () => {
    const ticket = send({ ...plain, purpose: 'validation' }, 700)
    endSession(handoff)
    openSession(handoff, 90, answer({ token: 'next' }), 100)
    settle(handoff, ticket, answer(blank), 800)
    expect(handoff.acceptedAt).toBe(100)
    expect(handoff.vouched).toBeNull()
  })
})

describe('opening a session', () => {
  test('stores what the answer of an account call says', () => {
    const empty = createHandoff({ recovers: true, shared: false, buffer })
    expect(openSession(empty, 5, answer({ bearer: true }), 88)).toBe(true)
    expect(empty.record).toEqual({
      version: 1,
      epoch: 88,
      opened: 5,
      client: 'c1',
      uid: { value: 'u@example.com', sequence: 5 },
      uids: [],
      expectedAt: 0,
      era: 0,
      tokens: [token('fresh', { sequence: 5, at: 88 })],
      doubt: noDoubt,
      grace: true,
    })
    expect(empty.acceptedAt).toBe(88)
    expect(nextSequence(empty)).toBe(6)
  })

  test('opens a later epoch than the last, whatever the clock says', () => {
    openSession(handoff, 5, answer({ client: 'c2' }), 8_000)
    openSession(handoff, 6, answer({ client: 'c3' }), 7_000)
    expect(handoff.record).toMatchObject({ client: 'c3', epoch: 8_001 })
  })

  test('makes do with an answer that says little', () => {
    openSession(handoff, 5, answer({ client: null, uid: null, expiry: Number.NaN }), 0)
    expect(handoff.record).toMatchObject({ client: '', uid: { value: '' }, tokens: [{ expiry: 0 }] })
  })

  test('needs a token', () => {
    const { record } = handoff
    expect(openSession(handoff, 5, answer({ token: '' }), 0)).toBe(false)
    expect(openSession(handoff, 5, answer({ token: null }), 0)).toBe(false)
    expect(handoff.record).toBe(record)
  })

  test('that was asked for before the last sign-in or sign-out is too late', () => {
    expect(openSession(handoff, 1, answer(), 0)).toBe(false)
    expect(openSession(handoff, 2, answer(), 0)).toBe(true)
    endSession(handoff)
    expect(openSession(handoff, handoff.record.opened, answer(), 0)).toBe(false)
    expect(openSession(handoff, nextSequence(handoff), answer(), 0)).toBe(true)
  })
})

describe('ending a session', () => {
  test('opens an epoch without credentials, and gives back what was there', () => {
    const { record } = handoff
    expect(endSession(handoff)).toBe(record)
    expect(handoff.record).toEqual(signedOutRecord(2, 2))
    expect(handoff.ended).toBe(record)
  })

  test('is nothing where none is open', () => {
    endSession(handoff)
    const { record, ended } = handoff
    expect(endSession(handoff)).toBeNull()
    expect(handoff.record).toBe(record)
    expect(handoff.ended).toBe(ended)
  })
})

import { describe, expect, test } from 'vitest'
import {
  begin,
  type ClientEntry,
  type Clients,
  finish,
  issue,
  keepNewest,
  purge,
  type Rules,
  signIn,
  signOut,
} from '../../src/mock/rules.ts'

const NEW: Rules = {
  generation: '1.3.0',
  throttleMs: 5000,
  lifespanMs: 1_000_000,
  changeHeaders: true,
  maxDevices: 10,
}
const OLD: Rules = { ...NEW, generation: '1.2.0' }
const BOTH = [NEW, OLD]

const entry = (changes: Partial<ClientEntry> = {}): ClientEntry => ({
  client: 'c',
  token: 'current',
  previous: 'previous',
  last: 'last',
  updatedAt: 100,
  expiry: 1000,
  ...changes,
})

/** Counts up, so that a test sees which tokens were minted and that no other was. */
function counter(): () => string {
  let count = 0
  return () => {
    count += 1
    return `minted-${count}`
  }
}

const accepted = (rules: Rules, clients: Clients, token: string, nowMs: number, client = 'c') =>
  begin(rules, clients, { client, token }, nowMs)

const request = (beganMs: number, changes: { token?: string; client?: string; unbatch?: boolean } = {}) => ({
  client: 'c',
  token: 'current',
  beganMs,
  unbatch: false,
  ...changes,
})

describe('authentication', () => {
  test('the current token is accepted until its expiry, and not at it', () => {
    for (const rules of BOTH) {
      expect(accepted(rules, [entry()], 'current', 999_999)).toBe('token')
      expect(accepted(rules, [entry()], 'current', 1_000_000)).toBeNull()
    }
  })

  test('since 1.2.1 the previous token is accepted as long as the entry lives', () => {
    expect(accepted(NEW, [entry()], 'previous', 999_999)).toBe('previous')
    expect(accepted(NEW, [entry()], 'previous', 1_000_000)).toBeNull()
  })

  test('1.2.0 knows no previous token', () => {
    expect(accepted(OLD, [entry()], 'previous', 100_000)).toBeNull()
  })

  test('the last token is accepted while the buffer is open', () => {
    for (const rules of BOTH) {
      expect(accepted(rules, [entry()], 'last', 104_999)).toBe('last')
      expect(accepted(rules, [entry()], 'last', 105_000)).toBeNull()
    }
  })

  test('the last token is accepted inside the buffer although the entry has expired', () => {
    expect(accepted(NEW, [entry({ expiry: 101 })], 'last', 102_000)).toBe('last')
    expect(accepted(NEW, [entry({ expiry: 101 })], 'current', 102_000)).toBeNull()
  })

  test('there is no last token where none was rotated out', () => {
    expect(accepted(NEW, [entry({ last: null })], 'null', 100_000)).toBeNull()
    expect(accepted(NEW, [entry({ updatedAt: null })], 'last', 100_000)).toBeNull()
  })

  test('a token that is none of the three, or of another client, is refused', () => {
    const clients = [entry(), entry({ client: 'd', token: 'of d', previous: null, last: null })]
    expect(accepted(NEW, clients, 'unknown', 100_000)).toBeNull()
    expect(accepted(NEW, clients, 'of d', 100_000)).toBeNull()
    expect(accepted(NEW, clients, 'of d', 100_000, 'd')).toBe('token')
    expect(accepted(NEW, clients, 'current', 100_000, 'nobody')).toBeNull()
  })
})

describe('rotation', () => {
  test('a request that began outside the buffer gets a new token and a new expiry', () => {
    const done = finish(NEW, [entry()], request(105_000), 107_900, counter())
    expect(done).toEqual({
      kind: 'rotated',
      token: 'minted-1',
      expiry: 1107,
      clients: [
        {
          client: 'c',
          token: 'minted-1',
          previous: 'current',
          last: 'previous',
          updatedAt: 107,
          expiry: 1107,
        },
      ],
    })
  })

  test('under 1.2.0 the replaced token becomes the last one at once', () => {
    const done = finish(OLD, [entry({ previous: null })], request(105_000), 107_900, counter())
    expect(done.clients).toEqual([
      { client: 'c', token: 'minted-1', previous: null, last: 'current', updatedAt: 107, expiry: 1107 },
    ])
  })

  test('a request that began inside the buffer gets a blank: the buffer slides, the expiry stays', () => {
    for (const rules of BOTH) {
      const mint = counter()
      const done = finish(rules, [entry()], request(104_999), 120_500, mint)
      expect(done).toEqual({ kind: 'blank', expiry: 1000, clients: [entry({ updatedAt: 120 })] })
      expect(mint()).toBe('minted-1')
    }
  })

  test('the buffer is compared with the begin, whenever the request finishes', () => {
    expect(finish(NEW, [entry()], request(104_999), 900_000, counter()).kind).toBe('blank')
    expect(finish(NEW, [entry()], request(105_000), 105_001, counter()).kind).toBe('rotated')
  })

  test('a request that began before a rotation, or in its second, is a batch even with a throttle of 0', () => {
    const rules = { ...NEW, throttleMs: 0 }
    expect(finish(rules, [entry()], request(99_999), 101_000, counter()).kind).toBe('blank')
    expect(finish(rules, [entry()], request(100_000), 101_000, counter()).kind).toBe('rotated')
  })

  test('unbatch rotates inside the buffer', () => {
    const done = finish(NEW, [entry()], request(100_000, { unbatch: true }), 100_500, counter())
    expect(done.kind).toBe('rotated')
  })

  test('an entry that was never rotated opens no buffer', () => {
    for (const nowMs of [0, 100_000]) {
      const done = finish(NEW, [entry({ updatedAt: null })], request(nowMs), nowMs, counter())
      expect(done.kind).toBe('rotated')
    }
  })

  test('without a change of headers the sent token goes out again, and nothing is kept', () => {
    const rules = { ...NEW, changeHeaders: false }
    const clients = [entry()]
    for (const unbatch of [false, true]) {
      const sent = request(500_000, { token: 'previous', unbatch })
      const done = finish(rules, clients, sent, 500_000, counter())
      expect(done).toEqual({ kind: 'kept', token: 'previous', expiry: 1000, clients })
      expect(done.clients).toBe(clients)
    }
  })

  test('a client that is gone gets nothing, and stays gone', () => {
    for (const changeHeaders of [true, false]) {
      const clients = [entry({ client: 'other' })]
      const done = finish({ ...NEW, changeHeaders }, clients, request(500_000), 500_000, counter())
      expect(done).toEqual({ kind: 'gone', clients })
    }
  })

  test('the other sign-ins stay as they are, in their order', () => {
    const before = entry({ client: 'before' })
    const after = entry({ client: 'after' })
    const done = finish(NEW, [before, entry(), after], request(500_000), 500_000, counter())
    expect(done.clients.map(({ client }) => client)).toEqual(['before', 'c', 'after'])
    expect(done.clients[0]).toBe(before)
    expect(done.clients[2]).toBe(after)
  })

  test('an answer that is saved after the expiry is a blank and purges its own entry', () => {
    const expired = entry({ updatedAt: 998, expiry: 1000 })
    expect(finish(NEW, [expired], request(999_000), 1_000_001, counter())).toEqual({
      kind: 'blank',
      expiry: 1000,
      clients: [],
    })
    expect(finish(NEW, [expired], request(999_000), 1_000_000, counter()).clients).toHaveLength(1)
  })

  test('a rotation purges the sign-ins that have expired', () => {
    const clients = [entry({ client: 'expired', expiry: 400 }), entry()]
    expect(finish(NEW, clients, request(500_000), 500_000, counter()).clients).toHaveLength(1)
  })

  test('a rotation evicts when fewer devices are allowed than there are', () => {
    const clients = [entry({ client: 'a', expiry: 950 }), entry({ client: 'b', expiry: 900 }), entry()]
    const done = finish({ ...NEW, maxDevices: 2 }, clients, request(500_000), 500_000, counter())
    expect(done.clients.map(({ client }) => client)).toEqual(['a', 'c'])
  })

  test('nothing that is given is changed', () => {
    const clients = Object.freeze([Object.freeze(entry())])
    finish(NEW, clients, request(500_000), 500_000, counter())
    finish(NEW, clients, request(100_000), 100_000, counter())
    expect(clients).toEqual([entry()])
  })
})

describe('sign-in', () => {
  test('a hidden token is issued and rotated at once, so the buffer is open from the start', () => {
    expect(signIn(NEW, [], 'c', 100_900, counter())).toEqual({
      kind: 'rotated',
      token: 'minted-2',
      expiry: 1100,
      clients: [
        { client: 'c', token: 'minted-2', previous: 'minted-1', last: null, updatedAt: 100, expiry: 1100 },
      ],
    })
  })

  test('under 1.2.0 the hidden token is the last one', () => {
    expect(signIn(OLD, [], 'c', 100_900, counter()).clients).toEqual([
      { client: 'c', token: 'minted-2', previous: null, last: 'minted-1', updatedAt: 100, expiry: 1100 },
    ])
  })

  test('without a change of headers the first token goes out', () => {
    expect(signIn({ ...NEW, changeHeaders: false }, [], 'c', 100_900, counter())).toEqual({
      kind: 'kept',
      token: 'minted-1',
      expiry: 1100,
      clients: [
        { client: 'c', token: 'minted-1', previous: null, last: null, updatedAt: null, expiry: 1100 },
      ],
    })
  })

  test('a new sign-in comes after those that are there', () => {
    expect(signIn(NEW, [entry()], 'd', 100_000, counter()).clients.map(({ client }) => client)).toEqual([
      'c',
      'd',
    ])
  })

  test('one device too many evicts the smallest expiry, and sorts the rest', () => {
    const clients = [
      entry({ client: 'late', expiry: 1050 }),
      entry({ client: 'early', expiry: 1000 }),
      entry({ client: 'middle', expiry: 1020 }),
    ]
    const done = signIn({ ...NEW, maxDevices: 3 }, clients, 'new', 100_000, counter())
    expect(done.clients.map(({ client }) => client)).toEqual(['middle', 'late', 'new'])
    const room = signIn({ ...NEW, maxDevices: 4 }, clients, 'new', 100_000, counter())
    expect(room.clients.map(({ client }) => client)).toEqual(['late', 'early', 'middle', 'new'])
  })

  test('of two with the same expiry the one that was there first is evicted', () => {
    const clients = [entry({ client: 'first' }), entry({ client: 'second' })]
    const done = signIn({ ...NEW, maxDevices: 2 }, clients, 'new', 100_000, counter())
    expect(done.clients.map(({ client }) => client)).toEqual(['second', 'new'])
  })

  test('after the lifespan was shortened the new sign-in can be the one that is evicted', () => {
    const rules = { ...NEW, maxDevices: 1, lifespanMs: 1000 }
    expect(signIn(rules, [entry()], 'new', 100_000, counter())).toEqual({ kind: 'gone', clients: [entry()] })
  })

  test('what has expired is purged, not at its second but after it', () => {
    const clients = [entry({ client: 'gone', expiry: 99 }), entry({ client: 'just', expiry: 100 })]
    expect(signIn(NEW, clients, 'new', 100_000, counter()).clients.map(({ client }) => client)).toEqual([
      'just',
      'new',
    ])
  })

  test('an issued token waits for its first use, which rotates it', () => {
    const clients = issue(NEW, [], 'mail', 100_000, () => 'from the mail')
    expect(clients).toEqual([
      { client: 'mail', token: 'from the mail', previous: null, last: null, updatedAt: null, expiry: 1100 },
    ])
    const sent = request(100_000, { client: 'mail', token: 'from the mail' })
    expect(finish(NEW, clients, sent, 100_000, counter()).kind).toBe('rotated')
  })
})

describe('sign-out and clean-up', () => {
  test('sign-out removes its own client, and what has expired', () => {
    const clients = [entry({ client: 'expired', expiry: 99 }), entry(), entry({ client: 'other' })]
    expect(signOut(clients, 'c', 100_000).map(({ client }) => client)).toEqual(['other'])
  })

  test('a purge without anything to purge gives the same value back', () => {
    const clients = [entry()]
    expect(purge(clients, 1_000_000)).toBe(clients)
    expect(purge([...clients, entry({ client: 'old', expiry: 999 })], 1_000_000)).toEqual(clients)
  })

  test('a new password keeps the sign-in with the latest expiry, of equals the first', () => {
    const clients = [
      entry({ client: 'a', expiry: 900 }),
      entry({ client: 'b', expiry: 950 }),
      entry({ client: 'c', expiry: 950 }),
      entry({ client: 'd', expiry: 940 }),
    ]
    expect(keepNewest(clients).map(({ client }) => client)).toEqual(['b'])
    expect(keepNewest([])).toEqual([])
    expect(keepNewest([entry()])).toEqual([entry()])
  })
})

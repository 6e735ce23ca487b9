import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareTokens,
  greatestSequence,
  keepNewest,
  merge,
  parseRecord,
  type SessionRecord,
  sameRecord,
  signedOutRecord,
  type Token,
} from '../../src/core/record.ts'
import { hold } from '../support/properties.ts'
import { signedIn, token } from './given.ts'

describe('the order of tokens', () => {
  test('is that of expiry, then of the requests that brought them', () => {
    expect(compareTokens(token('a', { expiry: 2 }), token('b', { expiry: 1, sequence: 9 }))).toBeGreaterThan(
      0,
    )
    expect(compareTokens(token('a', { sequence: 1 }), token('b', { sequence: 2 }))).toBeLessThan(0)
  })

  test('leaves no two different tokens equal', () => {
    expect(compareTokens(token('a'), token('b'))).toBeLessThan(0)
    expect(compareTokens(token('b'), token('a'))).toBeGreaterThan(0)
    expect(compareTokens(token('a', { at: 1 }), token('a', { at: 2 }))).toBeLessThan(0)
    expect(compareTokens(token('a'), token('a'))).toBe(0)
  })
})

describe('spares', () => {
  const values = (tokens: Token[]) => keepNewest(tokens).map(({ value }) => value)

  test('are tokens that may be as new as the first', () => {
    expect(values([token('a', { expiry: 98 }), token('b', { expiry: 100 })])).toEqual(['b', 'a'])
    expect(values([token('a', { sequence: 7 }), token('b', { sequence: 8 })])).toEqual(['b', 'a'])
  })

  test('are gone when a token comes that is surely newer', () => {
    expect(values([token('a', { expiry: 97 }), token('b', { expiry: 100 })])).toEqual(['b'])
  })

  test('are four at most, the greatest', () => {
    const many = [1, 2, 3, 4, 5, 6, 7].map(sequence => token(`t${sequence}`, { sequence }))
    expect(values(many)).toEqual(['t7', 't6', 't5', 't4', 't3'])
  })

  test('hold each token once, where it is greatest', () => {
    const tokens = [token('a', { sequence: 1 }), token('a', { sequence: 9 }), token('b', { sequence: 5 })]
    expect(keepNewest(tokens)).toEqual([tokens[1], tokens[2]])
  })

  test('change nothing in the list that they are taken from', () => {
    const tokens = [token('a', { sequence: 1 }), token('b', { sequence: 2 })]
    keepNewest(tokens)
    expect(tokens.map(({ value }) => value)).toEqual(['a', 'b'])
  })

  test('may be none at all', () => {
    expect(keepNewest([])).toEqual([])
  })
})

describe('two holders’ records', () => {
  test('a later sign-in or sign-out wins, whatever its token', () => {
    const old = signedIn({ tokens: [token('old', { expiry: 9_999, sequence: 99 })] })
    const next = signedIn({ epoch: 2, client: 'c2', tokens: [token('next', { expiry: 1 })] })
    expect(both(old, next)).toEqual(next)
    expect(both(old, signedOutRecord(2, 9))).toEqual(signedOutRecord(2, 9))
    expect(both(signedOutRecord(2, 9), signedIn({ epoch: 3 }))).toEqual(signedIn({ epoch: 3 }))
  })

  test('of one epoch a sign-in wins over a sign-out', () => {
    expect(both(signedIn(), signedOutRecord(1, 99))).toEqual(signedIn())
  })

  test('of two sign-ins that did not know of each other the later asked wins', () => {
    const early = signedIn({ opened: 4, client: 'z' })
    const late = signedIn({ opened: 5, client: 'a' })
    expect(both(early, late)).toEqual(late)
  })

  test('of two sign-ins asked for at once both holders choose the same', () => {
    expect(both(signedIn({ client: 'a' }), signedIn({ client: 'b' })).client).toBe('b')
  })

  test('the newer token wins, the other is a spare when it may be as new', () => {
    const mine = signedIn({ tokens: [token('mine', { sequence: 3 })] })
    const theirs = signedIn({ tokens: [token('theirs', { sequence: 4 })] })
    expect(both(mine, theirs).tokens).toEqual([...theirs.tokens, ...mine.tokens])
    const later = signedIn({ tokens: [token('later', { expiry: 2_000 })] })
    expect(both(mine, later).tokens).toEqual(later.tokens)
  })

  test('a later era wins, whatever the expiry', () => {
    const before = signedIn({ tokens: [token('before', { expiry: 9_999 })] })
    const after = signedIn({ era: 1, tokens: [token('after', { expiry: 10 })] })
    expect(both(before, after)).toMatchObject({ era: 1, tokens: after.tokens })
  })

  test('the uid that was heard of later wins, whichever token does', () => {
    const renamed = signedIn({ uid: { value: 'new@example.com', sequence: 7 } })
    const rotated = signedIn({ tokens: [token('rotated', { expiry: 2_000 })] })
    expect(both(renamed, rotated)).toMatchObject({ uid: renamed.uid, tokens: rotated.tokens })
  })

  test('of two uids heard of at once both holders choose the same', () => {
    const a = signedIn({ uid: { value: 'a', sequence: 7 } })
    const b = signedIn({ uid: { value: 'b', sequence: 7 } })
    expect(both(a, b).uid.value).toBe('b')
  })

  test('the uid may be what either of them knows of', () => {
    const renamed = signedIn({ uid: { value: 'b', sequence: 7 }, uids: ['a', 'b'] })
    const asked = signedIn({ uids: ['b', 'c'] })
    expect(both(renamed, asked)).toMatchObject({ uid: renamed.uid, uids: ['a', 'b', 'c'] })
  })

  test('an email change was asked for when the later of them was', () => {
    expect(both(signedIn({ expectedAt: 1_000 }), signedIn({ expectedAt: 2_000 })).expectedAt).toBe(2_000)
  })

  test('doubt about the token that both hold is as deep as in either', () => {
    const deep = signedIn({ doubt: { lost: 2, settled: 0, since: 5 } })
    const late = signedIn({ doubt: { lost: 1, settled: 1, since: 9 } })
    expect(both(deep, late).doubt).toEqual({ lost: 2, settled: 1, since: 9 })
  })

  test('doubt is heard of whatever token is held: what was lost may have rotated beyond the newer one', () => {
    const { doubt } = signedIn({ doubt: { lost: 2, settled: 0, since: 5 } })
    expect(both(signedIn({ doubt }), signedIn({ tokens: [token('next', { expiry: 2_000 })] })).doubt).toEqual(
      doubt,
    )
    expect(both(signedIn({ doubt }), signedIn({ era: 1 })).doubt).toEqual(doubt)
  })

  test('what one knows of the server’s grace, both know', () => {
    expect(both(signedIn({ grace: false }), signedIn({ grace: true })).grace).toBe(true)
    expect(both(signedIn({ grace: false }), signedIn({ grace: false })).grace).toBe(false)
    expect(both(signedIn({ grace: true }), signedOutRecord(2)).grace).toBe(false)
  })

  test('that are one object stay that object', () => {
    const record = signedIn()
    expect(merge(record, record)).toBe(record)
  })

  test('are the same when they say the same', () => {
    expect(sameRecord(signedIn(), signedIn())).toBe(true)
    expect(sameRecord(signedIn(), signedIn({ era: 1 }))).toBe(false)
  })
})

describe('merging', () => {
  test('does not depend on who merges: it is commutative', () => {
    hold(
      fc.property(records, records, (a, b) => {
        expect(merge(a, b)).toEqual(merge(b, a))
      }),
      2_000,
    )
  })

  test('does not depend on the order of the news: it is associative', () => {
    hold(
      fc.property(records, records, records, (a, b, c) => {
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)))
      }),
      5_000,
    )
  })

  test('does not depend on how often the news comes: it is idempotent', () => {
    hold(
      fc.property(records, records, (a, b) => {
        expect(merge(a, { ...a })).toEqual(a)
        const once = merge(a, b)
        expect(merge(once, b)).toEqual(once)
        expect(merge(once, a)).toEqual(once)
      }),
      2_000,
    )
  })

  test('any number of holders that tell each other everything hold one record in the end', () => {
    const news = fc
      .array(records, { minLength: 1, maxLength: 6 })
      .chain(all =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })),
      )
    hold(
      fc.property(news, ([inOrder, late]) => {
        expect(late.reduce(merge)).toEqual(inOrder.reduce(merge))
      }),
      1_000,
    )
  })

  test('does not depend on any of this where holders know of refusals that others have not heard of', () => {
    hold(
      fc.property(refusedRecords, refusedRecords, refusedRecords, (a, b, c) => {
        expect(merge(a, b)).toEqual(merge(b, a))
        expect(merge(merge(a, b), b)).toEqual(merge(a, b))
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)))
      }),
      5_000,
    )
  })

  test('brings no refused token back before others', () => {
    hold(
      fc.property(refusedRecords, refusedRecords, (a, b) => {
        const { tokens, era } = merge(a, b)
        for (const record of [a, b]) {
          if (record.era !== era) continue
          for (const { value, refused } of record.tokens) {
            const kept = tokens.find(token => token.value === value)
            if (refused !== undefined && kept) expect(kept.refused).toBeGreaterThanOrEqual(refused)
          }
        }
        const order = tokens.map(({ refused }) => refused ?? -1)
        expect(order).toEqual(order.toSorted())
      }),
      1_000,
    )
  })

  test('keeps the first token the greatest of its era, and never older than what it was', () => {
    hold(
      fc.property(records, records, (a, b) => {
        const { era, epoch, tokens } = merge(a, b)
        for (const record of [a, b]) {
          const [first] = record.tokens
          if (!first || record.epoch !== epoch || record.era !== era || record.client !== merge(a, b).client)
            continue
          if (record.opened === merge(a, b).opened)
            expect(compareTokens(tokens[0]!, first)).toBeGreaterThanOrEqual(0)
        }
      }),
      1_000,
    )
  })
})

test('a record of nobody has no credentials, and no doubt', () => {
  expect(signedOutRecord()).toEqual({
    version: 1,
    epoch: 0,
    opened: 0,
    client: null,
    uid: { value: '', sequence: 0 },
    uids: [],
    expectedAt: 0,
    era: 0,
    tokens: [],
    doubt: { lost: 0, settled: 0, since: 0 },
    grace: false,
  })
})

describe('the greatest sequence number that a record knows of', () => {
  test('is that of the sign-in, of the uid or of any token', () => {
    expect(greatestSequence(signedOutRecord(1, 8))).toBe(8)
    expect(greatestSequence(signedIn({ uid: { value: 'u', sequence: 9 } }))).toBe(9)
    expect(greatestSequence(signedIn({ tokens: [token('a'), token('b', { sequence: 12 })] }))).toBe(12)
  })
})

describe('a stored record', () => {
  test('is read as it was written', () => {
    hold(
      fc.property(records, record => {
        expect(parseRecord(JSON.stringify(record))).toEqual(record)
      }),
      1_000,
    )
  })

  test('is read from an object, too, as other tabs send it', () => {
    expect(parseRecord(signedIn())).toEqual(signedIn())
    expect(parseRecord(signedOutRecord(3, 4))).toEqual(signedOutRecord(3, 4))
  })

  test.each([
    ['nothing', null],
    ['undefined', undefined],
    ['no text', ''],
    ['no JSON', '{'],
    ['JSON null', 'null'],
    ['a number', '7'],
    ['a text', '"access-token"'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['what another library wrote', '{"access-token":"a","client":"b","uid":"c"}'],
  ])('is no record: %s', (_, value) => {
    expect(parseRecord(value)).toBeNull()
  })

  const wrong: Record<string, Record<string, unknown>> = {
    'another version': { version: 2 },
    'no version': { version: undefined },
    'no epoch': { epoch: undefined },
    'an epoch that is a text': { epoch: '1' },
    'an epoch that is no number': { epoch: null },
    'an epoch that no other can follow': { epoch: 2 ** 53 },
    'an opening that no other can follow': { opened: 1e308 },
    'a uid that no other can follow': { uid: { value: 'u', sequence: 2 ** 52 } },
    'a client without a name': { client: '' },
    'no opening': { opened: null },
    'no time of an email change': { expectedAt: undefined },
    'no era': { era: null },
    'no uid': { uid: undefined },
    'a uid that is a text': { uid: 'u' },
    'a uid without a number': { uid: { value: 'u', sequence: null } },
    'a uid that no header can carry': { uid: { value: 'u\n', sequence: 1 } },
    'a uid that is not a text': { uid: { value: 5, sequence: 1 } },
    'no other uids': { uids: undefined },
    'another uid that no header can carry': { uids: ['u', 'u\n'] },
    'other uids that are no list': { uids: 'u' },
    'a client that is a number': { client: 7 },
    'a client that no header can carry': { client: 'c\u0000' },
    'a client beyond bytes': { client: '人' },
    'no tokens': { tokens: [] },
    'tokens that are no list': { tokens: 'stored' },
    'a token that is a text': { tokens: ['stored'] },
    'a blank token': { tokens: [token(' ')] },
    'an empty token': { tokens: [token('')] },
    'a token that no header can carry': { tokens: [token('a\r\nx-evil: 1')] },
    'a spare that no header can carry': { tokens: [token('a'), token('b\n')] },
    'a token that expires never': { tokens: [token('a', { expiry: Number.POSITIVE_INFINITY })] },
    'a token without its request’s number': { tokens: [{ value: 'a', expiry: 1, at: 0 }] },
    'a token without its time': { tokens: [{ value: 'a', expiry: 1, sequence: 0 }] },
    'no doubt at all': { doubt: undefined },
    'a doubt without its depth': { doubt: { settled: 0, since: 0 } },
    'a doubt without its end': { doubt: { lost: 0, since: 0 } },
    'a doubt without its time': { doubt: { lost: 0, settled: 0 } },
    'a sign-out with tokens': { client: null },
  }
  test.each(Object.entries(wrong))('is refused: %s', (_, change) => {
    expect(parseRecord(JSON.stringify({ ...signedIn(), ...change }))).toBeNull()
  })

  test('of any content at all costs nothing but itself', () => {
    hold(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.jsonValue()), value => {
        expect(parseRecord(value)).toBeNull()
      }),
      1_000,
    )
  })

  test('with one part of it exchanged for anything is refused, or can be sent', () => {
    const paths = [
      'epoch',
      'client',
      'uid',
      'uids',
      'expectedAt',
      'era',
      'tokens',
      'doubt',
      'opened',
      'grace',
      'version',
    ]
    hold(
      fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 2 }), (part, value) => {
        const record = parseRecord(JSON.stringify({ ...signedIn(), [part]: value }))
        if (!record?.client) return
        for (const { value } of record.tokens) new Headers({ 'access-token': value })
        for (const uid of [record.uid.value, ...record.uids]) new Headers({ client: record.client, uid })
        expect(merge(record, signedIn({ epoch: 2 }))).toBeTruthy()
      }),
      1_000,
    )
  })

  test('may hold a uid beyond ASCII, as the bytes of its UTF-8', () => {
    const record = signedIn({ uid: { value: 'zo\u00c3\u00ab@example.com', sequence: 1 } })
    expect(parseRecord(JSON.stringify(record))).toEqual(record)
  })
})

/** Small numbers and few names, so that ties of every kind are drawn often. */
const small = fc.nat(3)
const tokens = fc
  .array(
    fc.record({
      value: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      expiry: fc.nat(4),
      sequence: small,
      at: fc.nat(1),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map(drawn => keepNewest(drawn))

const signedInRecords = (epochs: number, openings: number, clients: string[], held = tokens) =>
  fc.record<SessionRecord>({
    version: fc.constant(1 as const),
    epoch: fc.nat(epochs),
    opened: fc.nat(openings),
    client: fc.constantFrom(...clients),
    uid: fc.record({
      value: fc.constantFrom('u', 'v'),
      sequence: small,
    }),
    uids: fc.subarray(['u', 'v', 'w']),
    expectedAt: small,
    era: fc.nat(1),
    tokens: held,
    doubt: fc.record({ lost: small, settled: small, since: small }),
    grace: fc.boolean(),
  })

/** Tokens of which each holder knows the same numbers, but not whether the server has refused them. */
const refusedTokens = fc
  .uniqueArray(fc.record({ index: fc.nat(4), refused: fc.option(small, { nil: undefined }) }), {
    selector: ({ index }) => index,
    minLength: 1,
  })
  .map(drawn =>
    keepNewest(
      drawn.map(({ index, refused }) => {
        const one = token('abcde'[index]!, { expiry: index >> 1, sequence: index })
        return refused === undefined ? one : { ...one, refused }
      }),
    ),
  )

const records: fc.Arbitrary<SessionRecord> = fc.oneof(
  fc.tuple(small, small).map(([epoch, opened]) => signedOutRecord(epoch, opened)),
  signedInRecords(1, 1, ['c1', 'c2']),
  { arbitrary: signedInRecords(0, 0, ['c1']), weight: 8 },
)
const refusedRecords = signedInRecords(0, 0, ['c1'], refusedTokens)

/** What two holders have in common, which must not depend on who asks. */
function both(a: SessionRecord, b: SessionRecord): SessionRecord {
  expect(merge(b, a)).toEqual(merge(a, b))
  return merge(a, b)
}

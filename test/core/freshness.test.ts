import { describe, expect, test } from 'vitest'
import { freshness } from '../../src/core/freshness.ts'
import { signedOutRecord, type Token } from '../../src/core/record.ts'
import { answer, sent, signedIn, token } from './given.ts'

/** A session whose token is not the one that the request under test carried. */
function replaced(stored: Partial<Token> = {}) {
  return signedIn({ tokens: [token('replaced', { expiry: 1_000, sequence: 5, ...stored })] })
}

describe('a response’s token', () => {
  test('blank: there is none', () => {
    expect(freshness(signedIn(), sent(), answer({ token: null }))).toEqual({ taken: false, reason: 'blank' })
    expect(freshness(signedIn(), sent(), answer({ token: '' }))).toEqual({ taken: false, reason: 'blank' })
  })

  test('blank: whatever else there is to say', () => {
    expect(freshness(signedOutRecord(), sent(), answer({ token: '' })).reason).toBe('blank')
  })

  test('signed-out: nobody is signed in any more', () => {
    expect(freshness(signedOutRecord(2), sent(), answer())).toEqual({ taken: false, reason: 'signed-out' })
  })

  test('other-session: the request belongs to a sign-in before this one', () => {
    const decision = freshness(signedIn({ epoch: 3 }), sent({ epoch: 1 }), answer({ expiry: 9_999 }))
    expect(decision).toEqual({ taken: false, reason: 'other-session' })
  })

  test('other-session: the answer names another client', () => {
    const decision = freshness(signedIn(), sent(), answer({ client: 'c2', expiry: 9_999 }))
    expect(decision).toEqual({ taken: false, reason: 'other-session' })
  })

  test('other-session: the answer names none, and the request was another client’s', () => {
    const decision = freshness(signedIn(), sent({ client: 'c2' }), answer({ client: null }))
    expect(decision).toEqual({ taken: false, reason: 'other-session' })
  })

  test('an answer that names no client belongs to the request’s', () => {
    expect(freshness(signedIn(), sent(), answer({ client: null })).taken).toBe(true)
    expect(freshness(signedIn(), sent(), answer({ client: '' })).taken).toBe(true)
  })

  test('same: it is stored already', () => {
    const decision = freshness(signedIn(), sent(), answer({ token: 'stored', expiry: 9_999 }))
    expect(decision).toEqual({ taken: false, reason: 'same' })
  })

  test('successor: the request carried the stored token', () => {
    expect(freshness(signedIn(), sent(), answer())).toEqual({ taken: true, reason: 'successor' })
    expect(freshness(signedIn(), sent({ cacheable: true }), answer()).reason).toBe('successor')
    expect(freshness(signedIn(), sent({ cacheable: true }), answer({ expiry: 1_001 })).reason).toBe(
      'successor',
    )
    expect(freshness(signedIn(), sent({ cacheable: true }), answer({ expiry: Number.NaN })).reason).toBe(
      'successor',
    )
  })

  test('successor: also with a smaller expiry, when no cache can have answered: the lifespan was shortened', () => {
    expect(freshness(signedIn(), sent(), answer({ expiry: 10 }))).toEqual({
      taken: true,
      reason: 'successor',
    })
  })

  test('conflict: a smaller expiry that may be an old response out of a cache', () => {
    const decision = freshness(signedIn(), sent({ cacheable: true }), answer({ expiry: 999 }))
    expect(decision).toEqual({ taken: false, reason: 'conflict' })
  })

  test('newer: a greater expiry, however early its request was sent', () => {
    const decision = freshness(replaced(), sent({ sequence: 1 }), answer({ expiry: 1_001 }))
    expect(decision).toEqual({ taken: true, reason: 'newer' })
  })

  test('older: a smaller expiry, however late its request was sent', () => {
    const decision = freshness(replaced(), sent({ sequence: 99 }), answer({ expiry: 999 }))
    expect(decision).toEqual({ taken: false, reason: 'older' })
  })

  test('later-request: the expiry does not tell', () => {
    const decision = freshness(replaced(), sent({ sequence: 6 }), answer())
    expect(decision).toEqual({ taken: true, reason: 'later-request' })
  })

  test('later-request: the expiry cannot be read', () => {
    const decision = freshness(replaced(), sent({ sequence: 6 }), answer({ expiry: Number.NaN }))
    expect(decision).toEqual({ taken: true, reason: 'later-request' })
  })

  test('earlier-request: the expiry does not tell', () => {
    const decision = freshness(replaced(), sent({ sequence: 4 }), answer())
    expect(decision).toEqual({ taken: false, reason: 'earlier-request' })
  })

  test('newer, with an expiry so small that only a shortened lifespan explains it', () => {
    // Sent ten seconds before the stored token came: in one lifespan it cannot be older by more.
    const stored = signedIn({ tokens: [token('replaced', { at: 10_000 })] })
    const reasonFor = (expiry: number, cacheable = false) =>
      freshness(stored, sent({ cacheable }), answer({ expiry })).reason
    expect(reasonFor(988)).toBe('older')
    expect(reasonFor(987)).toBe('newer')
    expect(reasonFor(987, true)).toBe('older')
  })

  test('later-request, earlier-request: the lifespan was another when the request was sent', () => {
    const stored = signedIn({ era: 1, tokens: [token('replaced', { sequence: 5 })] })
    expect(freshness(stored, sent({ sequence: 4 }), answer({ expiry: 9_999 }))).toEqual({
      taken: false,
      reason: 'earlier-request',
    })
    expect(freshness(stored, sent({ sequence: 6 }), answer({ expiry: 10 }))).toEqual({
      taken: true,
      reason: 'later-request',
    })
    const long = sent({ sequence: 6, era: 1, sentAt: -988_000 })
    expect(freshness(stored, long, answer({ expiry: 10 })).reason).toBe('older')
    expect(freshness(stored, sent({ token: 'replaced' }), answer({ expiry: 10 })).reason).toBe('successor')
    expect(
      freshness(stored, sent({ token: 'replaced', cacheable: true }), answer({ expiry: 10 })).reason,
    ).toBe('conflict')
  })

  test('earlier-request: the expiry cannot be read', () => {
    const decision = freshness(replaced(), sent({ sequence: 4 }), answer({ expiry: Number.NaN }))
    expect(decision).toEqual({ taken: false, reason: 'earlier-request' })
  })
})

import { describe, expect, test } from 'vitest'
import { depthOfDoubt, raiseDoubt, settleDoubt } from '../../src/core/doubt.ts'
import { signedIn } from './given.ts'

const once = signedIn({ doubt: { lost: 1, settled: 0, since: 100 } })

describe('doubt', () => {
  test('is as deep as there are rotations that may have got lost', () => {
    expect(depthOfDoubt(signedIn())).toBe(0)
    expect(depthOfDoubt(once)).toBe(1)
    expect(depthOfDoubt(signedIn({ doubt: { lost: 3, settled: 1, since: 0 } }))).toBe(2)
  })

  test('deepens with each rotation that may have got lost', () => {
    expect(raiseDoubt(signedIn(), 50, true)).toEqual({ lost: 1, settled: 0, since: 50 })
    expect(raiseDoubt(once, 150, true)).toEqual({ lost: 2, settled: 0, since: 150 })
  })

  test('does not deepen with a request of the same batch, but is as young as that', () => {
    expect(raiseDoubt(once, 150, false)).toEqual({ lost: 1, settled: 0, since: 150 })
    expect(raiseDoubt(once, 50, false)).toEqual({ lost: 1, settled: 0, since: 100 })
  })

  test('is over when an answer settles it, and can come again', () => {
    const doubt = settleDoubt(once)
    expect(depthOfDoubt(signedIn({ doubt }))).toBe(0)
    expect(depthOfDoubt(signedIn({ doubt: raiseDoubt(signedIn({ doubt }), 300, true) }))).toBe(1)
  })
})

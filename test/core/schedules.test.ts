import { describe, expect, test } from 'vitest'
import { tell } from '../explore/script.ts'

// The core against the server's rules, step by step. c1:2 is the token of the sign-in, c1:3 what comes of it.

describe('schedules that trip other clients', () => {
  test('blank batch', () => {
    const told = tell(
      {},
      `0 call a
       0 call b
       0 call c
       begin a b c
       finish b a c
       deliver a c b`,
    )
    expect(told.delivered).toEqual({ a: [200], b: [200], c: [200] })
    expect(told.tokens()).toEqual(['c1:3'])
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('late response overwrites', () => {
    const told = tell(
      {},
      `0 call slow
       begin slow
       finish slow
       wait 6000
       0 call fast
       answer fast
       deliver slow`,
    )
    expect(told.tokens()).toEqual(['c1:4'])
  })

  test('late token after sign-out', () => {
    const told = tell(
      {},
      `0 call late
       begin late
       finish late
       0 sign-out out
       deliver late`,
    )
    expect(told.world.tabs[0]!.handoff.record.client).toBeNull()
    expect(told.delivered).toEqual({ late: [200] })
  })

  test('late blank after sign-out', () => {
    const told = tell(
      { start: 'fresh' },
      `0 call late
       begin late
       0 sign-out out
       finish late
       deliver late`,
    )
    expect(told.world.tabs[0]!.handoff.record.client).toBeNull()
  })

  test.each(['the same', 'a shorter'])(
    'first user’s late answer after the second signs in, with %s lifespan',
    lifespan => {
      const told = tell(
        {},
        `0 call late
         begin late
         finish late
         0 sign-out out
         ${lifespan === 'a shorter' ? 'deploy' : ''}
         0 sign-in in
         begin in
         deliver in
         deliver late`,
      )
      expect(told.world.tabs[0]!.handoff.record).toMatchObject({ client: 'c2', uid: { value: 'u2' } })
      expect(told.tokens()).toEqual(['c2:5'])
      told.playOut()
      expect(told.losses).toEqual([])
    },
  )

  test('second sign-in without sign-out', () => {
    const told = tell(
      {},
      `0 call early
       0 sign-in in
       begin in
       deliver in
       answer early`,
    )
    expect(told.tokens()).toEqual(['c2:4'])
    expect(told.delivered).toEqual({ early: [200] })
  })

  test.each(['validation', 'call'])('stale %s 401 while holding a good token', kind => {
    const told = tell(
      { rules: '1.2.0' },
      `0 ${kind} stale
       0 call a
       answer a
       wait 6000
       begin stale
       deliver stale
       answer stale`,
    )
    expect(told.delivered.stale).toEqual([200])
    expect(told.tokens()).toEqual(['c1:4'])
  })

  test('sign-out refused by the server', () => {
    const told = tell(
      { rules: '1.2.0' },
      `0 call a
       begin a
       finish a
       0 sign-out out
       wait 6000
       begin out
       deliver out
       deliver a
       begin out
       finish out
       deliver out`,
    )
    expect(told.world.clients).toEqual([])
    expect(told.delivered.out).toEqual([200])
  })

  test('one lost answer', () => {
    const told = tell(
      {},
      `0 call a
       begin a
       finish a
       lose a
       wait 1500
       0 recover r
       answer r`,
    )
    expect(told.tokens()).toEqual(['c1:4'])
  })

  test('two lost answers in a row', () => {
    const told = tell(
      {},
      `0 call a
       begin a
       finish a
       lose a
       wait 1500
       0 recover r
       begin r
       finish r
       lose r
       wait 1500
       0 recover r
       answer r`,
    )
    expect(told.tokens()).toEqual(['c1:5'])
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('one lost answer under rules 1.2.0', () => {
    const told = tell(
      { rules: '1.2.0' },
      `0 call a
       begin a
       finish a
       lose a
       wait 1500
       0 recover r
       answer r`,
    )
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('lifespan lowered by a deploy', () => {
    const told = tell(
      {},
      `deploy
       0 call a
       answer a
       0 recover r
       answer r`,
    )
    expect(told.tokens()).toEqual(['c1:4'])
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('newest token on an overtaken slow upload', () => {
    const told = tell(
      {},
      `0 upload slow
       begin slow
       0 call fast
       answer fast
       wait 6000
       finish slow
       deliver slow`,
    )
    expect(told.tokens()).toEqual(['c1:3'])
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('newest token on an overtaken slow upload that began late, plus one lost answer', () => {
    const told = tell(
      {},
      `0 upload slow
       0 call fast
       answer fast
       wait 6000
       begin slow
       finish slow
       deliver slow
       wait 6000
       0 call a
       begin a
       finish a
       lose a`,
    )
    expect(told.tokens()).toEqual(['c1:4'])
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('uid changed on a blank answer only', () => {
    const told = tell(
      { start: 'fresh' },
      `0 email e
       answer e
       0 call a
       answer a`,
    )
    expect(told.world.tabs[0]!.handoff.record.uid.value).toBe("u1'")
    expect(told.delivered).toEqual({ e: [200], a: [200] })
  })

  test('stale POST executed exactly once', () => {
    const told = tell(
      { rules: '1.2.0' },
      `0 email post
       0 call a
       answer a
       wait 6000
       begin post
       deliver post
       answer post`,
    )
    expect(told.runs('post')).toBe(1)
    expect(told.delivered.post).toEqual([200])
  })
})

describe('found by the search', () => {
  test('a token that one tab finds refused takes no newer one from another', () => {
    // Tab 0 holds two tokens of one second. It has not heard yet that tab 1 went on.
    const told = tell(
      { tabs: 2 },
      `0 call a
       begin a
       finish a
       lose a
       wait 1500
       0 recover r
       wait 1000
       0 recover s
       begin r s
       finish r s
       deliver s r
       1 hear
       1 hear
       1 hear
       0 validation v
       wait 5000
       1 call b
       answer b
       wait 6000
       1 call c
       answer c
       wait 6000
       begin v
       deliver v
       0 reply
       answer v`,
    )
    expect(told.tokens(0)).toEqual(['c1:8'])
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('a refusal that another answer has overtaken is asked about once more', () => {
    // The blank opens the buffer again, and inside it the server accepts the last token.
    const told = tell(
      { rules: '1.2.0' },
      `0 call a
       0 call b
       begin a b
       finish b
       lose b
       wait 1500
       0 recover r
       wait 1000
       0 recover s
       wait 3000
       begin r s
       finish a
       deliver a r s
       answer s r`,
    )
    expect(told.tokens()[0]).toBe('c1:5')
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('a refusal that an answer in another tab has overtaken is asked about once more', () => {
    const told = tell(
      { rules: '1.2.0', tabs: 2 },
      `0 call a
       begin a
       finish a
       lose a
       1 hear
       wait 1500
       0 recover r
       begin r
       lose r
       1 hear
       wait 1500
       0 recover s
       begin s
       finish s r
       deliver s
       1 hear
       0 call b
       begin b
       wait 5000
       1 call c
       begin c
       deliver c
       1 recover r
       begin r
       finish b
       deliver b r
       1 reply
       answer r
       answer c`,
    )
    expect(told.delivered).toMatchObject({ b: [200], c: [200] })
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('a call that is refused with a token that was found good learns what another tab has', () => {
    const told = tell(
      { rules: '1.2.0', tabs: 2 },
      `0 call a
       begin a
       finish a
       lose a
       1 hear
       wait 1500
       0 recover r
       begin r
       finish r
       0 call b
       deliver r
       1 hear
       begin b
       deliver b
       0 call c
       wait 5000
       begin c
       finish c
       lose c
       1 hear
       1 recover s
       begin s
       finish s
       begin b
       deliver s
       deliver b
       0 reply
       answer b`,
    )
    expect(told.delivered.b).toEqual([200])
  })

  test('a loss in one tab is known in another that has a newer token: it may have rotated beyond that', () => {
    const told = tell(
      { tabs: 2 },
      `0 call a
       answer a
       1 call b
       wait 5000
       begin b
       finish b
       1 reload
       wait 1500
       1 recover r
       begin r
       finish r
       0 hear
       lose r
       0 hear
       1 hear`,
    )
    expect(told.tokens(1)).toEqual(['c1:3'])
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('a lost answer to a request with a spare leaves doubt: the server may have rotated from it', () => {
    const told = tell(
      { rules: '1.2.0' },
      `0 call a
       begin a
       lose a
       wait 1500
       0 recover r
       begin r
       0 call b
       begin b
       finish b r
       deliver r
       0 call c
       deliver b
       wait 5000
       begin c
       finish c
       lose c`,
    )
    expect(told.tokens()).toEqual(['c1:4', 'c1:3'])
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('a spare is tried with the uid of today before the one of yesterday is', () => {
    const told = tell(
      { rules: '1.2.0' },
      `0 email e
       begin e
       lose e
       wait 1500
       0 recover r
       0 call a
       begin r a
       finish a r
       deliver a r
       0 call b
       begin b
       finish e b
       deliver b`,
    )
    expect(told.tokens()).toEqual(['c1:4', 'c1:3'])
    const { record } = told.world.tabs[0]!.handoff
    expect(record).toMatchObject({ uid: { value: "u1'" }, uids: ['u1', "u1'"] })
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('a late answer from before a lowered lifespan does not hide what the recovery brings', () => {
    const told = tell(
      {},
      `0 call a
       begin a
       finish a
       0 call b
       deploy
       wait 5000
       begin b
       finish b
       deliver b
       0 recover r
       deliver a
       answer r`,
    )
    expect(told.tokens()).toEqual(['c1:5', 'c1:3'])
    told.playOut()
    expect(told.losses).toEqual([])
  })

  test('a recovery that was lost keeps its doubt when an earlier request brings a token', () => {
    const told = tell(
      { rules: '1.2.0' },
      `0 call a
       begin a
       lose a
       wait 1500
       0 recover r
       begin r
       wait 1000
       0 recover s
       begin s
       finish r s
       lose s
       deliver r`,
    )
    expect(told.tokens()).toEqual(['c1:3'])
    expect(told.world.tabs[0]!.handoff.record.doubt).toMatchObject({ lost: 2, settled: 1 })
    told.playOut()
    expect(told.losses).toEqual([])
  })
})

describe('what cannot be sent again', () => {
  test('is delivered refused, and costs no session where recovery is turned off', () => {
    const told = tell(
      { rules: '1.2.0', recovers: false },
      `0 call a
       begin a
       finish a
       lose a
       wait 6000
       0 upload u
       begin u
       deliver u`,
    )
    expect(told.delivered.u).toEqual([401])
    expect(told.tokens()).toEqual(['c1:2'])
  })

  test('has the token looked into, so that the next try goes through', () => {
    const told = tell(
      {},
      `0 upload u
       0 call a
       answer a
       wait 6000
       0 call b
       answer b
       wait 6000
       begin u
       deliver u
       0 upload v
       answer v`,
    )
    expect(told.delivered).toMatchObject({ u: [401], v: [200] })
  })
})

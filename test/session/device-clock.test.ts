import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { holdTime, later, letTimeGo, settled, signedIn, silence, stillSignedIn } from './given.ts'

/** Devices' clocks are put right and wrong at any time. */

beforeEach(() => {
  holdTime()
  silence()
})
afterEach(letTimeGo)

/** The server has a clock of its own: the device's is put back without it. */
function clocks() {
  let ahead = 0
  return {
    clock: { now: () => Date.now() + ahead },
    putBack(ms: number) {
      ahead += ms
      vi.setSystemTime(Date.now() - ms)
    },
  }
}

const tokens = (made: Awaited<ReturnType<typeof signedIn>>) =>
  made.session.exchange.record.tokens.map(t => t.value)

test.each([0, -3_600_000, 3_600_000, 30_000, 10_000])(
  '1.2.0: a silent POST, the recovery beside it, and a clock that is put back by %i ms',
  async ms => {
    const { clock, putBack } = clocks()
    const made = await signedIn({ rules: '1.2.0', clock })
    made.server.delay('POST /echo', { response: 4_000 })
    const post = made.session.fetch('/echo', { method: 'POST', body: 'a' })
    await settled()
    await later(1_000)
    putBack(ms)
    await later(2_500)
    const newest = tokens(made)[0]
    await later(1_000)
    expect((await post).status).toBe(200)
    expect(tokens(made)[0]).toBe(newest)
    expect(await stillSignedIn(made)).toBe(true)
  },
)

test.each([0, -3_600_000, 3_600_000, 30_000])(
  '1.3.0: a slow POST that two others overtake, and a clock put back by %i ms',
  async ms => {
    const { clock, putBack } = clocks()
    const made = await signedIn({ clock })
    made.server.delay('POST /echo', { response: 13_000 })
    const post = made.session.fetch('/echo', { method: 'POST', body: 'a' })
    await later(1_000)
    putBack(ms)
    await later(5_500)
    await made.session.fetch('/items')
    await later(6_000)
    await made.session.fetch('/items')
    const newest = tokens(made)[0]
    await later(1_000)
    expect((await post).status).toBe(200)
    expect(tokens(made)[0]).toBe(newest)
    expect(await stillSignedIn(made)).toBe(true)
  },
)

test('a token is renewed in time also when the clock was put back by a month', async () => {
  const { clock, putBack } = clocks()
  const made = await signedIn({ clock, tokenLifespan: 1_200 })
  await made.session.fetch('/items')
  putBack(30 * 86_400_000)
  const statuses = new Set<number>()
  for (let i = 0; i < 700; i++) {
    statuses.add((await made.session.fetch('/items')).status)
    await vi.advanceTimersByTimeAsync(2_000)
  }
  expect([...statuses]).toEqual([200])
})

import { beforeAll, describe, expect, test } from 'vitest'
import { networkNames } from './model.ts'
import { playOutage } from './outage.ts'
import { type Cell, libraryName, simulate } from './simulation.ts'
import type { Figures } from './world.ts'

const short = { calls: 20_000, seed: 20_260_101 }
const perMillion = (count: number, { calls }: Figures) => (count * 1e6) / calls

/** The acceptance bars, per million calls, as what a cell of this size may show. */
const bars: Record<Cell['rules'], Record<Cell['network'], number>> = {
  '1.3.0': { good: 0, spa: 0, mobile: 1, reloads: 0 },
  '1.2.0': { good: 0, spa: 1, mobile: 12, reloads: 5 },
}

describe.each(['1.3.0', '1.2.0'] as const)('under rules %s', rules => {
  describe.each(networkNames)('on the network "%s"', network => {
    let ours: Figures
    beforeAll(async () => {
      ours = await simulate({ rules, network, ...short }, libraryName)
    })

    test('the user is signed out by accident almost never', () => {
      expect(ours.calls).toBeGreaterThanOrEqual(short.calls)
      expect(ours.losses).toBeLessThanOrEqual(bars[rules][network])
    })

    test('no session is given up, and no 401 shown, while a good token is at hand', () => {
      expect(ours.verdicts.held).toBe(0)
      expect(ours.avoidableUnauthorized).toBe(0)
    })

    test('recovery costs few requests', () => {
      const most = { good: 2_500, spa: 10_000, mobile: 80_000, reloads: 40_000 }[network]
      expect(perMillion(ours.extra, ours)).toBeLessThan(most)
    })
  })
})

describe('the simulation', () => {
  const cell: Cell = { rules: '1.2.0', network: 'mobile', ...short }

  test('shows the same for the same seed, and something else for another', async () => {
    const figures = await simulate(cell, libraryName)
    expect(await simulate(cell, libraryName)).toEqual(figures)
    expect(await simulate({ ...cell, seed: 2 }, libraryName)).not.toEqual(figures)
  })

  test('notices when nothing is recovered', async () => {
    const [with_, without] = [
      await simulate(cell, libraryName),
      await simulate({ ...cell, recovery: false }, libraryName),
    ]
    expect(without.losses).toBeGreaterThan(3 * Math.max(1, with_.losses))
    expect(without.recoveries).toBe(0)
  })

  test('shows what a rule alone is worth', async () => {
    const ours = await simulate(cell, libraryName)
    for (const rival of ['overwrite always', 'expiry not older', 'request later']) {
      const figures = await simulate(cell, rival)
      expect(figures.losses).toBeGreaterThan(10 * Math.max(1, ours.losses))
      expect(figures.extra).toBe(0)
    }
  })

  test('puts the platform back as it was', async () => {
    const { setTimeout, navigator } = globalThis
    const { now } = Date
    await simulate({ ...cell, calls: 10 }, libraryName)
    expect(globalThis.setTimeout).toBe(setTimeout)
    expect(globalThis.navigator).toBe(navigator)
    expect(Date.now).toBe(now)
  })
})

describe.each(['1.3.0', '1.2.0'] as const)(
  'a user who changes the account all the time, under rules %s',
  rules => {
    const busy: Cell = { rules, network: 'mobile', ...short, account: true }

    test('is signed out by accident almost never, and never while a good token is at hand', async () => {
      const figures = await simulate(busy, libraryName)
      for (const count of Object.values(figures.account)) expect(count).toBeGreaterThan(50)
      expect(figures.losses).toBeLessThanOrEqual(bars[rules].mobile)
      expect(figures.verdicts.held + figures.verdicts.coming).toBe(0)
      expect(await simulate(busy, libraryName)).toEqual(figures)
    })
  },
)

describe('after a minute without a server', () => {
  test.each(['refused', 'silent', 'gateway'] as const)('there is no stampede (%s)', async kind => {
    const { usual, after } = await playOutage('1.3.0', kind, 200, 1)
    expect(usual).toBeGreaterThan(500)
    expect(after).toBeLessThan(1.5 * usual)
  })
})

import { afterEach, expect, test } from 'vitest'
import type { Session } from '../../src/index.ts'
import { createClock } from './clock.ts'
import { createLibraryClient } from './library.ts'
import { defaultReading, networks } from './model.ts'
import { installPages, type Pages } from './page.ts'
import { createRandom } from './random.ts'
import { createWorld } from './world.ts'

const hour = 3_600_000

let pages: Pages
afterEach(() => pages.restore())

test.each(['1.3.0', '1.2.0'] as const)(
  'an hour of bad network in one tab leaves no ticket, timer, listener or lock behind (%s)',
  async rules => {
    const start = Date.UTC(2026, 0, 1)
    const clock = createClock(start)
    pages = installPages(clock, createRandom(1, 3))
    const untouched = pages.held()
    const sessions: Session[] = []
    const world = createWorld(
      {
        clock,
        rules,
        model: { ...networks.mobile, reload: 0 },
        reading: defaultReading,
        seed: 1,
        calls: Infinity,
        trace: null,
      },
      createLibraryClient(pages, {}, session => sessions.push(session)),
    )
    await clock.run(() => clock.now() > start + hour)

    expect(world.figures().calls).toBeGreaterThan(500)
    expect(world.figures().recoveries).toBeGreaterThan(10)
    const [session, ...others] = sessions
    expect(others).toEqual([])
    expect(pages.held().listeners).toBeGreaterThan(untouched.listeners)

    session!.dispose()
    // What was in flight then comes in, or is lost, and nothing else begins.
    const { handoff } = session!.account()
    const inFlight = handoff.open.size
    await clock.run(() => clock.now() > start + hour + 120_000)
    expect(handoff.open.size).toBe(0)
    expect(inFlight).toBeLessThan(12)
    expect(pages.held()).toEqual(untouched)
  },
)

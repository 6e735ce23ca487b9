import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Timed } from '../../examples/playground/actions.ts'
import { createPlayer, type Player } from '../../examples/playground/player.ts'
import { judge, type Schedule, schedules } from '../../examples/playground/schedules.ts'
import { type HeldTime, holdTime } from '../../examples/playground/time.ts'
import { endingOfRival } from './endings.ts'

let time: HeldTime
beforeAll(() => {
  time = holdTime()
  // A sign-out that the server never hears of is part of two schedules.
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterAll(() => {
  time.release()
  vi.restoreAllMocks()
})

async function play(steps: readonly Timed[], frame = 16, hurried = true): Promise<Player> {
  const player = createPlayer(time, () => {})
  player.begin(steps)
  if (hurried) player.finish()
  for (let frames = 0; player.playing && frames < 10_000; frames++) await player.tick(frame)
  expect(player.playing).toBe(false)
  return player
}

const told = ({ worlds }: Player, schedule?: Schedule) =>
  [worlds.library, worlds.rival].map(world => judge(world.outcome(), schedule))

describe('the schedules', () => {
  test.each(schedules.map(schedule => [schedule.name, schedule] as const))('%s', async (_, schedule) => {
    const [own, rival] = told(await play(schedule.steps), schedule)
    expect(own).toMatchObject({
      good: true,
      sentence: schedule.wants ? /^Still signed in/ : /^Signed out, as/,
    })
    expect(rival).toEqual(endingOfRival(schedule))
  })

  test('all have names of their own', () => {
    expect(new Set(schedules.map(({ name }) => name)).size).toBe(schedules.length)
  })

  test('a judge that finds fault', () => {
    const good = {
      entered: true,
      signedIn: true,
      owner: 'ada@example.com',
      accident: false,
      expired: false,
      refused: 0,
      leaked: false,
      orders: 0,
      sessionsAtServer: 1,
    }
    const given = { ...schedules[0]!, wants: 'ada@example.com' }
    expect(judge(good, given).good).toBe(true)
    for (const change of [
      { signedIn: false },
      { entered: false, signedIn: false },
      { owner: 'bob@example.com' },
      { accident: true },
      { signedIn: false, expired: true },
      { refused: 1 },
      { leaked: true },
    ]) {
      expect(judge({ ...good, ...change }, given).good, JSON.stringify(change)).toBe(false)
    }
    expect(judge({ ...good, orders: 2 }, { ...given, orders: 1 }).good).toBe(false)
    expect(judge(good, { ...given, wants: null }).good).toBe(false)
  })
})

describe('a schedule is the same', () => {
  const late = schedules.find(({ name }) => name === 'Late response overwrites')!
  const logs = ({ worlds }: Player) => JSON.stringify([worlds.library.log, worlds.rival.log])

  test('each time, and at whatever speed', async () => {
    const first = logs(await play(late.steps))
    expect(logs(await play(late.steps))).toBe(first)
    expect(logs(await play(late.steps, 16, false))).toBe(first)
    expect(logs(await play(late.steps, 97, false))).toBe(first)
  })

  test('when what somebody did is played again', async () => {
    const player = createPlayer(time, () => {})
    player.begin()
    const done: (() => unknown)[] = [
      () => player.act({ do: 'batch', tab: 1, count: 5 }),
      () => player.act({ do: 'open' }),
      () => player.act({ do: 'lose', part: 1, of: 0 }),
      () => player.act({ do: 'send', tab: 2, what: 1 }),
      () => player.act({ do: 'reload', tab: 1 }),
      () => player.act({ do: 'wait' }),
      () => player.act({ do: 'upload', tab: 1, ms: 2_000 }),
      () => player.act({ do: 'send', tab: 2, what: 0 }),
      () => player.act({ do: 'abort', tab: 2 }),
      () => player.act({ do: 'wait' }),
    ]
    for (const act of done) {
      act()
      for (let frame = 0; frame < 20; frame++) await player.tick(17)
    }
    expect(player.worlds.library.log.events.length).toBeGreaterThan(30)
    await expectTheSameAgain(player)
  })

  test('also when it was done in the midst of a frame', async () => {
    const player = createPlayer(time, () => {})
    player.begin()
    for (let frame = 0; frame < 10; frame++) await player.tick(17)
    for (const count of [2, 3]) {
      const passing = player.tick(24)
      expect(player.act({ do: 'batch', tab: 1, count })).toBe(true)
      await passing
      for (let frame = 0; frame < 20; frame++) await player.tick(17)
    }
    await expectTheSameAgain(player)
  })

  async function expectTheSameAgain(player: Player) {
    const end = player.steps.at(-1)!.at
    const until = (events: readonly { at: number }[]) =>
      JSON.stringify(events.filter(({ at }) => at <= Date.UTC(2026, 0, 1) + end))
    const first = until(player.worlds.library.log.events)
    const again = await play(player.steps)
    expect(until(again.worlds.library.log.events)).toBe(first)
  }
})

describe('whoever acts', () => {
  test('during a schedule takes over', async () => {
    const player = createPlayer(time, () => {})
    player.begin(schedules[1]!.steps)
    for (let frame = 0; frame < 30; frame++) await player.tick(16)
    const { done } = player
    expect(player.playing).toBe(true)
    expect(player.act({ do: 'reload', tab: 1 })).toBe(true)
    await player.tick(16)
    expect(player.playing).toBe(false)
    expect(player.steps).toHaveLength(done + 1)
    expect(player.steps.at(-1)).toMatchObject({ do: 'reload' })
  })

  test('starts over while a frame is under way', async () => {
    const player = createPlayer(time, () => {})
    player.begin(schedules[1]!.steps)
    player.finish()
    const frame = player.tick(16)
    await Promise.resolve()
    player.begin()
    await frame
    for (let n = 0; n < 30; n++) await player.tick(16)
    expect(player.steps).toHaveLength(1)
    expect(told(player)[0]).toEqual({ good: true, sentence: 'Still signed in.' })
    expect(player.worlds.library.log.events.some(event => event.at > Date.UTC(2026, 0, 1) + 1_000)).toBe(
      false,
    )
  })

  test('sends 500 at once', async () => {
    const player = createPlayer(time, () => {})
    player.begin()
    await player.tick(300)
    for (let n = 0; n < 500; n++) expect(player.act({ do: 'send', tab: 1, what: n % 3 })).toBe(true)
    player.act({ do: 'batch', tab: 1, count: 500 })
    await player.tick(16)
    player.act({ do: 'wait' })
    await player.tick(16)
    expect(told(player).map(({ good }) => good)).toEqual([true, true])
    expect(player.worlds.library.outcome()).toMatchObject({ accident: false, refused: 0 })
  })

  test('fills it up is told', async () => {
    const player = createPlayer(time, () => {})
    player.begin()
    for (let n = 0; n < 1_999; n++) player.act({ do: 'cache' })
    expect(player.act({ do: 'cache' })).toBe(false)
    expect(player.steps).toHaveLength(2_000)
    player.begin()
    for (let n = 0; n < 9; n++) expect(player.act({ do: 'batch', tab: 1, count: 500 })).toBe(true)
    expect(player.act({ do: 'batch', tab: 1, count: 500 })).toBe(false)
    expect(player.act({ do: 'batch', tab: 1, count: 499 })).toBe(true)
  })
})

test('the expiry is waited for, and ends the session in both', async () => {
  const player = createPlayer(time, () => {})
  player.begin()
  await player.tick(1_000)
  player.act({ do: 'lifespan', seconds: 30 })
  await player.tick(16)
  player.act({ do: 'wait' })
  player.act({ do: 'send', tab: 1, what: 0 })
  await player.tick(16)
  for (let n = 0; n < 60; n++) await player.tick(100)
  player.act({ do: 'expire' })
  await player.tick(16)
  player.act({ do: 'send', tab: 1, what: 0 })
  for (let n = 0; n < 60; n++) await player.tick(1_000)
  for (const { sentence } of told(player)) expect(sentence).toBe('Signed out: its token had expired.')
})

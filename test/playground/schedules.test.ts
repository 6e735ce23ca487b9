import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPlayer } from '../../examples/playground/player.ts'
import { judge, schedules } from '../../examples/playground/schedules.ts'
import { type HeldTime, holdTime } from '../../examples/playground/time.ts'

let time: HeldTime
beforeAll(() => {
  time = holdTime()
})
afterAll(() => time.release())

test.each(schedules.map(schedule => [schedule.name, schedule] as const))('%s', async (_, schedule) => {
  const player = createPlayer(time, () => {})
  player.begin(schedule.steps)
  player.finish()
  for (let n = 0; n < 10 && player.playing; n++) await player.tick(16)
  const { library, rival } = player.worlds
  console.log(
    schedule.name,
    '|',
    judge(library.outcome(), schedule).sentence,
    '|',
    judge(rival.outcome(), schedule).sentence,
  )
  expect(judge(library.outcome(), schedule).good).toBe(true)
})

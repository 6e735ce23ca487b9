import { createLog } from 'token-handoff/timeline'
import { defineTimeline, type TimelineElement } from 'token-handoff/timeline/element'

/** Where there are no elements it does nothing. */
export async function run(): Promise<void> {
  defineTimeline()
  const element: Pick<TimelineElement, 'log'> = { log: createLog() }
  if (element.log?.events.length !== 0) throw new Error('The log is not empty.')
}

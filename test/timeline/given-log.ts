import { createLog, type LogEvent, parseLog, type TabEvent } from '../../src/timeline/index.ts'

type Told<Event> = Event extends LogEvent
  ? Omit<Event, 'at' | 'tab' | 'method' | 'path'> & { at?: number; tab?: string }
  : never

/** A log of these events, ten milliseconds apart; requests are GET /items. */
export function logOf(...events: Told<LogEvent>[]) {
  let at = 0
  return parseLog({
    format: 'token-handoff-log',
    version: 1,
    events: events.map(event => {
      at = event.at ?? at + 10
      return { tab: 'tab 1', method: 'GET', path: '/items', ...event, at }
    }),
  })
}

const first = { request: 1, sequence: 1, purpose: 'call', token: 1, former: null } as const

export const sent = (request = 1, more: Partial<Extract<TabEvent, { type: 'sent' }>> = {}) =>
  ({ type: 'sent', ...first, request, ...more }) as const
export const rotated = (request = 1, token = 2) =>
  ({ type: 'rotated', request, reason: 'successor', status: 200, token }) as const
export const blank = (request: number) =>
  ({ type: 'kept', request, reason: 'blank', status: 200, token: null }) as const
export const empty = createLog()

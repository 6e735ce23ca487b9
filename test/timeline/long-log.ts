import type { LogEvent, LogFile } from '../../src/timeline/index.ts'

/** A log of so many events, as a busy day of two tabs with a server that shows its side would leave it. */
export function longLog(count: number, start = Date.UTC(2026, 0, 1)): LogFile {
  const events: LogEvent[] = []
  let at = start
  let token = 1
  for (let request = 1; events.length < count; request++) {
    const tab = request % 3 === 0 ? 'tab 2' : 'tab 1'
    const about = { request, method: 'GET', path: `/items/${request % 17}` }
    const rotates = request % 4 === 1
    at += rotates ? 6_000 : 40
    events.push({ at, tab, type: 'sent', ...about, sequence: request, purpose: 'call', token, former: null })
    if (request % 50 === 0) {
      events.push({ at: at + 15, tab, type: 'lost', request, doubt: false })
      continue
    }
    events.push({ at: at + 5, type: 'server', did: 'begin', ...about, token })
    events.push({ at: at + 5, type: 'server', did: 'accept', ...about, token, as: 'token' })
    if (rotates) token += 1
    events.push({
      at: at + 20,
      type: 'server',
      did: rotates ? 'rotate' : 'blank',
      ...about,
      token: rotates ? token : null,
    })
    events.push({ at: at + 20, type: 'server', did: 'finish', ...about, token: null, status: 200 })
    events.push(
      rotates
        ? { at: at + 30, tab, type: 'rotated', request, reason: 'successor', status: 200, token }
        : { at: at + 30, tab, type: 'kept', request, reason: 'blank', status: 200, token: null },
    )
  }
  return { format: 'token-handoff-log', version: 1, events: events.slice(0, count) }
}

import type { ClientEntry } from '../../src/mock/rules.ts'
import type { Clock } from './clock.ts'
import type { WireRequest } from './network.ts'
import type { LossVerdict } from './oracle.ts'
import type { ServerAnswer } from './server.ts'

/** Remembers the last events and prints them when a session was lost. */
export interface Trace {
  note(text: string): void
  launched(request: WireRequest): void
  answering(request: WireRequest, answer: ServerAnswer, entry: ClientEntry | undefined): void
  ended(request: WireRequest, how: string, answer?: ServerAnswer): void
  /** @param since when the trouble began */
  lost(verdict: LossVerdict, cause: string, since: number): void
  unauthorized(): void
}

const remembered = 1_000
/** How much is printed of the time before and after the trouble began, in milliseconds. */
const before = 9_000
const after = 15_000

/**
 * @param wanted how many schedules are printed
 * @param only those whose verdict and cause begin so; all when null
 */
export function createTrace(
  clock: Clock,
  print: (line: string) => void,
  wanted: number,
  only: string | null,
): Trace {
  let lines: { at: number; text: string }[] = []
  let printed = 0

  function note(text: string) {
    lines.push({ at: clock.now(), text })
    if (lines.length > 2 * remembered) lines = lines.slice(-remembered)
  }

  function show(title: string, since: number) {
    if (printed++ >= wanted) return
    print(`\n${title}`)
    const origin = Math.floor((since - before) / 1_000) * 1_000
    for (const { at, text } of lines) {
      if (at < since - before) continue
      print(`${((at - origin) / 1_000).toFixed(3).padStart(8)}  ${text}`)
      if (at > since + after) break
    }
  }

  const name = ({ kind, id, token, unbatch }: WireRequest) =>
    `${kind} ${id}${unbatch ? '!' : ''}${token ? ` with ${token}` : ''}`

  return {
    note,
    launched(request) {
      const { requestLost, answerLost, up, work, down } = request.fate
      const times = [up, work, down].map(time => Math.round(time)).join('+')
      const fate = requestLost ? ' (will be lost)' : answerLost ? ' (its answer will be lost)' : ''
      note(`-> ${name(request)}, ${times} ms${fate}`)
    },
    answering(request, { status, token }, entry) {
      const what = status === 401 ? '401' : token === '' ? 'blank' : (token ?? 'no headers')
      const state = entry
        ? `; now ${[entry.token, entry.previous, entry.last].map(each => each ?? '-').join(' ')}, updated ${entry.updatedAt! % 1_000}`
        : ''
      note(`   server: ${name(request)}: ${what}${state}`)
    },
    ended(request, how, answer) {
      const what = answer ? (answer.status === 401 ? '401' : answer.token || 'blank') : how
      note(`<- ${name(request)}: ${what}`)
    },
    lost(verdict, cause, since) {
      note(`SIGNED OUT (${verdict})`)
      if (only === null || `${verdict}: ${cause}`.startsWith(only))
        show(`signed out, ${verdict}: ${cause}`, since)
    },
    unauthorized() {
      if (only === null || only === '401') show('a 401 that a replay would have answered', clock.now())
    },
  }
}

import { type TextOptions, timeline } from 'token-handoff/timeline'
import type { Stage } from './stage.ts'

/** Columns. */
const width = 100

/** Plays a story on a stage and prints it as it goes. */
export interface Story {
  title: string
  about: string[]
  play(scene: Scene): Promise<void>
}

/** What a story does: all that it needs of the stage. */
interface Scene {
  call(route?: 0 | 1 | 2): Promise<void>
  /** Slows one route down, where the server obeys. */
  slow(route: 0 | 1 | 2, ms: number): void
  /** A moment, far shorter than the buffer. */
  moment(): Promise<void>
  /** Long enough for the server's buffer to close. */
  bufferCloses(): Promise<void>
  callWithStaleToken(): Promise<void>
}

export const stories: Story[] = [
  {
    title: '(a) One request after another',
    about: [
      'Each request goes with the token that the answer before it brought. The last one is sent by',
      'hand, past the session, with a token that has been invalidated.',
    ],
    async play({ call, bufferCloses, callWithStaleToken }) {
      for (let request = 1; request <= 3; request++) {
        await bufferCloses()
        await call()
      }
      await bufferCloses()
      await callWithStaleToken()
    },
  },
  {
    title: '(b) Requests close together are one batch',
    about: [
      'A request that begins within the buffer after the last answer belongs to its batch, and is',
      'answered without a new token. When the buffer has closed, the next request opens a new batch.',
    ],
    async play({ call, moment, bufferCloses }) {
      await bufferCloses()
      await call(0)
      await moment()
      await call(1)
      await moment()
      await call(2)
      await bufferCloses()
      await call(0)
      await moment()
      await call(1)
    },
  },
  {
    title: '(c) A batch in detail',
    about: [
      'Three requests go at once with one token. The answer that is ready first brings the next',
      'token, the others are blank, and what is blank is never stored. The next request goes on.',
    ],
    async play({ call, slow, bufferCloses }) {
      await bufferCloses()
      slow(0, 300)
      slow(2, 500)
      await Promise.all([call(0), call(1), call(2)])
      await bufferCloses()
      await call()
    },
  },
]

/** How a story is printed. */
export interface Printer {
  /** Takes one line, or several. */
  print(...lines: string[]): void
  paint: NonNullable<TextOptions['paint']>
}

/**
 * @param start how many events there were before the story
 * @returns how many there are now
 */
export async function playStory(
  { title, about, play }: Story,
  stage: Stage,
  { print, paint }: Printer,
  start: number,
): Promise<number> {
  const { session, recorder, clock, calls, throttle } = stage
  const { log } = recorder
  const base = recorder.held() ?? 1
  let printed = 0

  /** Prints what has happened since the last time: as a story of its own, in which the first token is ①. */
  const flush = () => {
    const events = log.events
      .slice(start)
      .filter(({ type }) => type !== 'opened')
      .map(event => ('token' in event && event.token ? { ...event, token: event.token - base + 1 } : event))
    const lines = timeline({ events }, { paint, width }).trimEnd().split('\n')
    const closes = (line: string) =>
      line.replace(/(⋮ .* pass)$/, `$1: the batch buffer (${throttle} s) closes`)
    if (lines.length > printed) print(...lines.slice(printed).map(closes))
    printed = lines.length
  }
  const note = (text: string) => print(`${' '.repeat(12)} ${text}`)

  print('', title, ...about.map(line => `    ${line}`), '')
  await play({
    async call(route = 0) {
      const response = await session.fetch(calls[route])
      await response.arrayBuffer()
    },
    slow: (route, ms) => stage.slow(calls[route], ms),
    moment: () => clock.wait(throttle * 150),
    async bufferCloses() {
      if (log.events.length > start) flush()
      // The server stores whole seconds, rounded down: its buffer is never longer than the throttle.
      await clock.wait(throttle * 1000 + 100)
    },
    async callWithStaleToken() {
      const held = recorder.held()
      const stale = held === null ? 0 : held - stage.staleAfter
      if (stale < 1) return note('This server has invalidated no token, so there is none to try.')
      const url = new URL(calls[0], stage.url).href
      const previous = stage.previousToken()
      await recorder.sendByHand(url, stale)
      flush()
      const name = (token: number | null) => (token ? `token ${token - base + 1}` : 'none')
      note(`That went past the session, which still holds ${name(recorder.held())}.`)
      if (previous !== null && previous !== stale)
        note(`The previous one, ${name(previous)}, would still be accepted: so it is since gem 1.2.1.`)
    },
  })
  flush()
  return log.events.length
}

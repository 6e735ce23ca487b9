import { circled, type Lanes } from './lanes.ts'
import type { Stage } from './stage.ts'

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

/** @param print takes one line, or several */
export async function playStory(
  { title, about, play }: Story,
  stage: Stage,
  lanes: Lanes,
  print: (...lines: string[]) => void,
): Promise<void> {
  const { session, recorder, clock, calls, throttle } = stage
  const base = recorder.held() ?? 1
  /** Null until something has happened. */
  let startedAt: number | null = null

  const flush = () => {
    const steps = recorder.takeSteps()
    if (!steps[0]) return
    startedAt ??= steps[0].exchange.sentAt
    print(...lanes.draw(steps, startedAt, base))
  }

  print('', title, ...about.map(line => `    ${line}`), '', ...lanes.head())
  await play({
    async call(route = 0) {
      const response = await session.fetch(calls[route])
      await response.arrayBuffer()
    },
    slow: (route, ms) => stage.slow(calls[route], ms),
    moment: () => clock.wait(throttle * 200),
    async bufferCloses() {
      flush()
      // The server stores whole seconds, rounded down: its buffer is never longer than the throttle.
      const ms = throttle * 1000 + 100
      await clock.wait(ms)
      if (startedAt !== null) print(lanes.gap(`${ms / 1000} s pass: the batch buffer (${throttle} s) closes`))
    },
    async callWithStaleToken() {
      const held = recorder.held()
      const stale = held === null ? 0 : held - stage.staleAfter
      if (stale < 1) return print(lanes.gap('this server has invalidated no token, so there is none to try'))
      const url = new URL(calls[0], stage.url).href
      const previous = stage.previousToken()
      await recorder.sendByHand(url, stale)
      flush()
      if (previous !== null && previous !== stale) {
        const token = circled(previous - base + 1)
        print(lanes.gap(`${token} would still be accepted: since gem 1.2.1 the previous token lives on`))
      }
    },
  })
  flush()
}

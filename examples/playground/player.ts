import { type Action, callsOf, limits, type Timed } from './actions.ts'
import type { HeldTime } from './time.ts'
import { createWorld, type World } from './world.ts'

/** Does what it is asked to, in both worlds at the same times, and writes it down. */
export interface Player {
  readonly worlds: { readonly library: World; readonly rival: World }
  /** What was done, and will be. */
  readonly steps: readonly Timed[]
  /** How many of the steps have been done. */
  readonly done: number
  /** Whether a schedule is being played. */
  readonly playing: boolean
  /** How many milliseconds pass in one; 0: time stands still. */
  speed: number
  /** Begins anew, with a schedule to play or with nothing. */
  begin(schedule?: readonly Timed[]): void
  /** Does something now; to wait is to let time pass at once. False when there is no room for more. */
  act(action: Action): boolean
  /** Plays to the end at once. */
  finish(): void
  /** Lets real time go on by so many milliseconds. Call it again when it has resolved. */
  tick(elapsed: number): Promise<void>
}

/** Longer than the server's usual buffer, in milliseconds. */
const pause = 6_000
/** Where nothing happens for longer than this, in milliseconds, a schedule jumps. */
const dull = 400

export function createPlayer(time: HeldTime, changed: () => void): Player {
  let library!: World
  let rival!: World
  let steps: Timed[] = []
  let done = 0
  let playing = false
  let hurried = false
  /** Counts beginnings: what was under way belongs to an earlier one. */
  let run = 0
  /** Time passes until here at least: what is done now is done then. */
  let heading = 0

  async function passUntil(at: number) {
    const own = run
    for (;;) {
      const next = steps[done]
      if (!next || next.at > at) break
      await time.passUntil(next.at)
      if (own !== run) return
      // Somebody took over meanwhile.
      if (steps[done] !== next) continue
      done++
      library.act(next)
      rival.act(next)
      changed()
    }
    await time.passUntil(at)
  }

  function add(action: Action, at = time.now()): boolean {
    const calls = steps.reduce((sum, step) => sum + callsOf(step), callsOf(action))
    if (steps.length >= limits.actions || calls > limits.calls || at > limits.at) return false
    if (playing) {
      // Whoever takes over does: what was still to come is not.
      steps.length = done
      playing = hurried = false
    }
    steps.push({ ...action, at: Math.max(at, steps.at(-1)?.at ?? 0) })
    return true
  }

  return {
    get worlds() {
      return { library, rival }
    },
    get steps() {
      return steps
    },
    get done() {
      return done
    },
    get playing() {
      return playing
    },
    speed: 1,
    begin(schedule) {
      run++
      if (library) {
        library.close()
        rival.close()
      }
      time.restart()
      steps = schedule ? [...schedule] : []
      done = heading = 0
      playing = steps.length > 0
      hurried = false
      library = createWorld('library', time)
      rival = createWorld('rival', time)
      if (!schedule) add({ do: 'sign-in', tab: 1, user: 0 })
      changed()
    },
    act(action) {
      const from = Math.max(time.now(), heading)
      if (action.do !== 'wait' && action.do !== 'expire') return add(action, from)
      const expiries = [library, rival].map(world => (world.expiry() ?? 0) - Date.now() + time.now())
      const to = Math.round(action.do === 'wait' ? from + pause : Math.max(from, ...expiries) + 2_000)
      const added = add(action, to)
      if (added) heading = to
      return added
    },
    finish() {
      hurried = true
    },
    async tick(elapsed) {
      const own = run
      const now = time.now()
      let until = Math.max(now + Math.round(elapsed * this.speed), heading)
      const last = steps.at(-1)?.at ?? 0
      if (playing) {
        const next = Math.min(steps[done]?.at ?? Infinity, time.nextAt())
        if (hurried) until = last
        else if (this.speed > 0 && next - now > dull) until = Math.max(until, Math.min(next, last) - dull / 4)
        until = Math.min(until, last)
      }
      heading = Math.round(until)
      await passUntil(heading)
      if (own !== run) return
      if (playing && done === steps.length && time.now() >= last) {
        playing = hurried = false
        changed()
      }
    },
  }
}

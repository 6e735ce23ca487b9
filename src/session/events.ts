import type { FreshnessReason } from '../core/freshness.ts'
import type { Purpose } from '../core/handoff.ts'
import type { Snapshot } from './session.ts'

export type SignedOutReason = 'asked' | 'rejected' | 'other-tab'

export type WarningCode =
  | 'headers-not-exposed'
  | 'storage-failed'
  | 'storage-unreadable'
  | 'recovery-unavailable'
  | 'sign-out-failed'

/** What a session announces. No event holds a token or a uid, but `user` and `snapshot` hold the user's data. */
export interface SessionEvents<User = unknown> {
  /** What {@link Session.getSnapshot} returns has changed. */
  snapshot: Snapshot<User>
  'signed-in': { elsewhere: boolean }
  'signed-out': { reason: SignedOutReason }
  /** A request got its number and the stored credentials. */
  sent: { sequence: number; purpose: Purpose }
  /** A response's token was stored. */
  rotated: { sequence: number; reason: FreshnessReason }
  /** A response's token was not stored. */
  kept: { sequence: number; reason: FreshnessReason }
  /** No answer came. With `doubt` the server may have rotated beyond the stored token. */
  lost: { sequence: number; doubt: boolean }
  /** The server refused a request's token, and what becomes of the request now. */
  rejected: { sequence: number; verdict: 'deliver' | 'replay' | 'wait' | 'ask' | 'sign-out' }
  /** A recovery was answered (status 0: it was not). */
  recovered: { status: number }
  warning: { code: WarningCode; message: string }
}

/** Calls the listener at each event of one type; returns the function that stops it. */
export type On<Events> = <Type extends keyof Events>(
  type: Type,
  listener: (event: Events[Type]) => void,
) => () => void

export type Emit<Events> = <Type extends keyof Events>(type: Type, event: Events[Type]) => void

export function createEmitter<Events>(): { on: On<Events>; emit: Emit<Events>; clear(): void } {
  type AnyListener = (event: never) => void
  const listeners = new Map<keyof Events, Set<AnyListener>>()
  return {
    on(type, listener) {
      // A function of its own, so that a listener that is given twice is called and stopped twice.
      const own: AnyListener = event => listener(event)
      const set = listeners.get(type) ?? new Set()
      listeners.set(type, set.add(own))
      return () => void set.delete(own)
    },
    emit(type, event) {
      const set = listeners.get(type)
      if (set) for (const listener of [...set]) callSafely(listener, event as never)
    },
    clear: () => listeners.clear(),
  }
}

/** A listener's error is its own: it is reported, and harms nobody else. */
function callSafely(listener: (event: never) => void, event: never): void {
  try {
    listener(event)
  } catch (error) {
    console.error(error)
  }
}

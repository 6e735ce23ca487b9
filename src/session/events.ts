import type { FreshnessReason } from '../core/freshness.ts'

export type SignedOutReason = 'asked' | 'rejected' | 'other-tab'

/** What a session announces. No event holds a token or a uid. */
export interface SessionEvents<User = unknown> {
  'signed-in': { user: User | null; elsewhere: boolean }
  'signed-out': { reason: SignedOutReason }
  /** The user's data became known or changed. */
  user: { user: User | null }
  /** A request got its number and the stored credentials. */
  sent: { sequence: number; purpose: string }
  /** A response's token was stored. */
  rotated: { sequence: number; reason: FreshnessReason }
  /** A response's token was not stored. */
  kept: { sequence: number; reason: FreshnessReason }
  /** No answer came: the server may have rotated. */
  lost: { sequence: number; doubt: boolean }
  /** The server refused a request's token; what becomes of the request. */
  rejected: { sequence: number; verdict: string }
  recovering: { sequence: number }
  recovered: { outcome: 'token' | 'confirmed' | 'rejected' | 'failed' }
  warning: { code: WarningCode; message: string }
}

export type WarningCode =
  | 'headers-not-exposed'
  | 'storage-failed'
  | 'storage-unreadable'
  | 'recovery-unavailable'
  | 'sign-out-failed'

export type Listener<Detail> = (detail: Detail) => void

export interface Emitter<Events> {
  on<Type extends keyof Events>(type: Type, listener: Listener<Events[Type]>): () => void
  /** The detail is made only when somebody listens. */
  emit<Type extends keyof Events>(type: Type, detail: () => Events[Type]): void
  clear(): void
}

export function createEmitter<Events>(): Emitter<Events> {
  const listeners = new Map<keyof Events, Set<Listener<never>>>()
  return {
    on(type, listener) {
      const set = listeners.get(type) ?? new Set()
      listeners.set(type, set.add(listener))
      return () => void set.delete(listener)
    },
    emit(type, detail) {
      const set = listeners.get(type)
      if (!set?.size) return
      const value = detail()
      for (const listener of [...set]) callSafely(listener as Listener<typeof value>, value)
    },
    clear: () => listeners.clear(),
  }
}

/** A listener's error is its own: it is reported, and harms nobody else. */
export function callSafely<Detail>(listener: Listener<Detail>, detail: Detail): void {
  try {
    listener(detail)
  } catch (error) {
    console.error(error)
  }
}

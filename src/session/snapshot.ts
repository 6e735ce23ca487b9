import { callSafely } from './events.ts'

/** What an application shows of a session. The same object until it changes. */
export interface Snapshot<User = unknown> {
  /** `unknown` only while an asynchronous storage is being read. */
  readonly status: 'signed-in' | 'signed-out' | 'unknown'
  /** What the server last said of the user; null until it did in this page. */
  readonly user: User | null
}

export interface SnapshotStore<User> {
  get(): Snapshot<User>
  /** Returns whether it differs from what was shown. */
  show(status: Snapshot['status'], user: User | null): boolean
  subscribe(listener: () => void): () => void
  clear(): void
}

export function createSnapshotStore<User>(status: Snapshot['status']): SnapshotStore<User> {
  const listeners = new Set<() => void>()
  let snapshot: Snapshot<User> = { status, user: null }
  return {
    get: () => snapshot,
    show(status, user) {
      // The server sends the user anew each time: equal data is no change.
      if (status === snapshot.status && JSON.stringify(user) === JSON.stringify(snapshot.user)) return false
      snapshot = { status, user }
      for (const listener of [...listeners]) callSafely(listener, undefined)
      return true
    },
    subscribe(listener) {
      // A wrapper of its own, so that subscribing the same function twice counts twice.
      const own = () => listener()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    clear: () => listeners.clear(),
  }
}

/**
 * Where a session is kept: web storage, or anything with its three methods, which may also answer with
 * promises (React Native's AsyncStorage, IndexedDB).
 */
export interface SessionStorage {
  /** What is stored under the key; null or undefined when nothing is. */
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>
  /** Stores a value; what it returns is waited for when it is a promise, and its failure costs a warning. */
  setItem(key: string, value: string): unknown
  /** Forgets what is stored under the key. */
  removeItem(key: string): unknown
  /**
   * Whether all tabs of a browser see the same, as they do in localStorage: then they are one session, and tell
   * each other what they learn. @default false
   */
  readonly shared?: boolean | undefined
}

/** A storage that answers at once, as localStorage does. */
export interface ImmediateStorage extends SessionStorage {
  /** What is stored under the key; null when nothing is. */
  getItem(key: string): string | null
  /** Stores a value. */
  setItem(key: string, value: string): void
  /** Forgets what is stored under the key. */
  removeItem(key: string): void
}

import type { ImmediateStorage } from './types.ts'

/**
 * A storage that is gone with the page or the process, and that no other tab hears of.
 *
 * @example createSession({ baseUrl, storage: memoryStorage() })
 */
export function memoryStorage(): ImmediateStorage {
  const items = new Map<string, string>()
  return {
    getItem: key => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: key => items.delete(key),
  }
}

/** The page's localStorage, where there is one that may be used: reading the property itself can throw. */
export function webStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null
  } catch {
    return null
  }
}

/** Whether other tabs see what is written here. */
export function isWebStorage(storage: unknown): storage is Storage {
  return typeof Storage === 'function' && storage instanceof Storage
}

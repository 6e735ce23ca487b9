/** The page's localStorage, where there is one that may be used: reading the property itself can throw. */
export function webStorage(): Storage | null {
  try {
    const storage = globalThis.localStorage
    // Node has one that does not work unless it is given a file.
    return typeof storage?.getItem === 'function' ? storage : null
  } catch {
    return null
  }
}

/** localStorage or sessionStorage: what the pages of one origin can see. */
export function isWebStorage(storage: unknown): storage is Storage {
  return typeof Storage === 'function' && storage instanceof Storage
}

import { type CookieAttributes, cookieLine, cookieValues } from '../storage/cookies.ts'
import type { SessionStorage } from '../storage/types.ts'

/** Where other clients keep what they keep. Each is looked up when it is used: some platforms have none. */
export function webPlace(name: 'localStorage' | 'sessionStorage'): SessionStorage {
  return {
    getItem: key => globalThis[name].getItem(key),
    setItem: (key, value) => globalThis[name].setItem(key, value),
    removeItem: key => globalThis[name].removeItem(key),
  }
}

/**
 * Cookies that others have written: their attributes have to be the same, or the browser takes them for others.
 *
 * @param attributes their path and domain
 */
export function cookiePlace(
  attributes: Pick<CookieAttributes, 'path' | 'domain' | 'maxAge'>,
): SessionStorage {
  const write = (name: string, value: string, more: CookieAttributes = {}) => {
    const secure = location.protocol === 'https:'
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API answers later, and not everywhere
    document.cookie = cookieLine(name, value, { ...attributes, secure, ...more })
  }
  return {
    getItem: name => cookieValues(document.cookie, name)[0] ?? null,
    setItem: write,
    removeItem: name => write(name, '', { maxAge: 0 }),
  }
}

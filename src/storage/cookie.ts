import { TokenHandoffError } from '../errors.ts'
import {
  type CookieAttributes,
  cookieLine,
  cookieName,
  cookieSize,
  cookieValues,
  longestCookie,
} from './cookies.ts'
import { greatestOf } from './greatest.ts'
import type { ImmediateStorage } from './types.ts'

/**
 * Keeps the session in a cookie of the page's own host, so that a server that renders pages sees it too. All
 * tabs share it. It is no more secret to the page's scripts than localStorage is.
 *
 * A cookie holds 4 kB; a session takes about 1. What does not fit, or the browser refuses, is not stored: the
 * session then ends with the page, and a warning says why.
 *
 * @param attributes by default `Path=/; Max-Age=1209600; Secure; SameSite=Lax`, and `__Host-` before its name: then no
 *   other host can have set it
 * @throws TokenHandoffError `option-invalid`
 * @example createSession({ baseUrl, storage: cookieStorage() })
 */
export function cookieStorage(attributes: CookieAttributes = {}): ImmediateStorage {
  cookieLine('', '', attributes)
  let warned = false
  const name = (key: string) => cookieName(key, attributes)
  const values = (key: string) => cookieValues(document.cookie, name(key))
  const fail = (why: string): never => {
    if (!warned) console.warn(`token-handoff: ${why}`)
    warned = true
    throw new TokenHandoffError('storage-invalid', why)
  }
  return {
    shared: true,
    getItem: key => greatestOf(values(key)),
    setItem(key, value) {
      if (cookieSize(name(key), value) > longestCookie)
        fail('The session does not fit into a cookie, which holds 4 kB.')
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API answers later, and not everywhere
      document.cookie = cookieLine(name(key), value, attributes)
      // A browser that refuses a cookie does not say so.
      if (!values(key).includes(value)) {
        fail('The browser did not take the cookie. Are cookies on, is this https, is Domain the page’s own?')
      }
    },
    removeItem(key) {
      // biome-ignore lint/suspicious/noDocumentCookie: as above
      document.cookie = cookieLine(name(key), '', { ...attributes, maxAge: 0 })
    },
  }
}

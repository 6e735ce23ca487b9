import { TokenHandoffError } from '../errors.ts'

/** What a cookie is stored with. */
export interface CookieAttributes {
  /** The addresses that it is for. @default '/' */
  path?: string | undefined
  /** The host that it is for, with its subdomains. @default the page's own host alone */
  domain?: string | undefined
  /**
   * Seconds until the browser forgets it, counted anew with each token; null: until the browser is closed.
   * @default 1209600: two weeks, the gem's `token_lifespan`
   */
  maxAge?: number | null | undefined
  /** Whether it travels over https alone; browsers count http://localhost as safe, Safari does not. @default true */
  secure?: boolean | undefined
  /** Whether other sites' pages make the browser send it. @default 'Lax': only when they lead here */
  sameSite?: 'Strict' | 'Lax' | 'None' | undefined
  /** Whether each top-level site has its own (CHIPS), for pages within frames. @default false */
  partitioned?: boolean | undefined
}

const twoWeeks = 1_209_600

/**
 * A cookie's name, with the prefix by which browsers see to it that no other host, such as a neighbouring subdomain,
 * has set it. Cookies that are meant for several hosts or for http cannot have it.
 */
export function cookieName(name: string, { path = '/', domain, secure = true }: CookieAttributes): string {
  return secure && path === '/' && domain === undefined ? `__Host-${name}` : name
}

/**
 * Name, value and attributes as `Set-Cookie` and `document.cookie` take them.
 *
 * @throws TokenHandoffError `option-invalid` for a path or domain that would end the attribute
 */
export function cookieLine(
  name: string,
  value: string,
  { path = '/', domain, maxAge = twoWeeks, secure = true, sameSite = 'Lax', partitioned }: CookieAttributes,
): string {
  if (/[;\s]/.test(path + (domain ?? ''))) {
    throw new TokenHandoffError('option-invalid', 'A cookie’s path and domain have no semicolon or space.')
  }
  return [
    pair(name, value),
    `Path=${path}`,
    domain && `Domain=${domain}`,
    maxAge !== null && `Max-Age=${maxAge}`,
    secure && 'Secure',
    `SameSite=${sameSite}`,
    partitioned && 'Partitioned',
  ]
    .filter(Boolean)
    .join('; ')
}

/** What a browser stores of one cookie at most, in bytes: it drops a longer one without a word. */
export const longestCookie = 4_096

/** The bytes that a browser counts. */
export function cookieSize(name: string, value: string): number {
  return pair(name, value).length
}

/**
 * All values by that name: browsers send one for each path and domain that has one. The name has to be there as it is
 * written: to browsers `%5F%5FHost-` is no prefix, so that any neighbour may set it.
 */
export function cookieValues(header: string, name: string): string[] {
  const written = encodeURIComponent(name)
  const values: string[] = []
  for (const part of header.split(';')) {
    const [key, ...value] = part.split('=')
    if (key!.replace(/^[ \t]+|[ \t]+$/g, '') === written) values.push(decode(value.join('=').trim()))
  }
  return values
}

function pair(name: string, value: string): string {
  // What needs no escape in a cookie has none: JSON would be half as long again.
  const escaped = encodeURIComponent(value).replace(/%(?:3A|5B|5D|7B|7D|40|2F)/g, decodeURIComponent)
  return `${encodeURIComponent(name)}=${escaped}`
}

/** A foreign cookie may hold anything. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

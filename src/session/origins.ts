import { TokenHandoffError } from '../errors.ts'

/** A path of printable ASCII that cannot name another host, whatever a URL parser strips or replaces. */
const plainPath = /^\/(?:[!-.0-[\]-~][!-~]*)?$/

export interface Origins {
  /** The absolute URL when it belongs to one of the session's origins, else null. */
  own(url: string): string | null
  /** Resolves a URL against the base URL as the URL standard does. */
  resolve(url: string): string
}

/**
 * @param baseUrl an absolute http(s) URL, or one that is relative to the page
 * @param origins further origins that may see the token
 */
export function createOrigins(baseUrl: string, origins: readonly string[] = []): Origins {
  const base = parseBase(baseUrl)
  const own = new Set([base.origin, ...origins.map(parseOrigin)])
  const resolve = (url: string) => (plainPath.test(url) ? base.origin + url : new URL(url, base).href)
  return {
    resolve,
    own(url) {
      if (plainPath.test(url)) return base.origin + url
      // Only the parsed origin counts: a prefix or user info can name any host at all.
      const parsed = new URL(url, base)
      return own.has(parsed.origin) ? parsed.href : null
    },
  }
}

function parseBase(baseUrl: string): URL {
  if (!baseUrl) {
    throw new TokenHandoffError(
      'base-url-missing',
      'createSession needs the address of your API. Pass { baseUrl: "https://api.example.com" }.',
    )
  }
  const base = parse(baseUrl, globalThis.location?.href)
  if (base && isHttp(base)) return base
  throw new TokenHandoffError(
    'base-url-invalid',
    `baseUrl is not an http(s) URL: ${describe(baseUrl)}. Pass an absolute one, such as "https://api.example.com".`,
  )
}

function parseOrigin(origin: string): string {
  const url = parse(origin)
  if (url && isHttp(url) && (origin === url.origin || origin === `${url.origin}/`)) return url.origin
  throw new TokenHandoffError(
    'origin-invalid',
    `origins holds something that is not an origin: ${describe(origin)}. Write scheme, host and port only, such as "https://files.example.com".`,
  )
}

function isHttp({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}

function parse(url: string, base?: string): URL | null {
  try {
    return new URL(url, base)
  } catch {
    return null
  }
}

/** Without what may be secret in a URL: user info and query. */
function describe(value: unknown): string {
  return JSON.stringify(
    String(value)
      .replace(/\/\/[^/]*@/, '//')
      .replace(/[?#].*/s, '')
      .slice(0, 80),
  )
}

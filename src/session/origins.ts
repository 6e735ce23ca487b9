import { TokenHandoffError } from '../errors.ts'

/** A path of printable ASCII that cannot name another host, whatever a URL parser strips or replaces. */
const plainPath = /^\/(?:[!-.0-[\]-~][!-~]*)?$/

/**
 * Tells the session's own addresses from others.
 *
 * @param baseUrl an absolute http(s) URL, or one that is relative to the page
 * @param origins further origins that may see the token
 * @returns resolves a URL against the base URL as the URL standard does; null when it belongs to others, or is none
 */
export function createOrigins(
  baseUrl: string,
  origins: readonly string[] = [],
): (url: string) => string | null {
  const base = baseUrl && parse(baseUrl, globalThis.location?.href)
  if (!base) {
    throw new TokenHandoffError(
      baseUrl ? 'base-url-invalid' : 'base-url-missing',
      'baseUrl has to be the http(s) address of your API, like "https://api.example.com".',
    )
  }
  const home = base.origin
  const own = new Set([home])
  for (const origin of origins) {
    if (parse(origin)?.origin !== origin) {
      throw new TokenHandoffError(
        'origin-invalid',
        'Each of origins has to be scheme, host and port only, like "https://files.example.com".',
      )
    }
    own.add(origin)
  }
  return url => {
    const path = url.startsWith(home) ? url.slice(home.length) : url
    if (plainPath.test(path)) return home + path
    // Only the parsed origin counts: a prefix or user info can name any host at all.
    const parsed = parse(url, base)
    return parsed && own.has(parsed.origin) && parsed.href.startsWith(`${parsed.origin}/`)
      ? parsed.href
      : null
  }
}

function parse(url: string, base?: string | URL): URL | null | undefined {
  try {
    const parsed = new URL(url, base)
    return /^https?:/.test(parsed.protocol) ? parsed : null
  } catch {
    // It is none.
  }
}

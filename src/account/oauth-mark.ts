/**
 * What this tab remembers of an OAuth sign-in in its own window: that it was asked for here, so that nobody else's
 * link is taken for its return, and by which session. Only one can be under way: who begins another has given it up.
 */
export interface OAuthMark {
  storageKey: string
  /** The `config_name` that comes back with the return. */
  config: string | undefined
  /** When it was left, in milliseconds since 1970. */
  at: number
}

const key = 'token-handoff-oauth'
/** How long somebody may take at the provider, in milliseconds. */
const lifetime = 3_600_000

export function leaveOAuthMark(storageKey: string, config: string | undefined): void {
  try {
    sessionStorage.setItem(key, JSON.stringify({ storageKey, config, at: Date.now() } satisfies OAuthMark))
  } catch {
    // It is full, or must not be written to: then the return needs { unsolicited: true }.
  }
}

/** Null where nothing was asked for, or too long ago, or nothing can be remembered. */
export function readOAuthMark(): OAuthMark | null {
  try {
    const mark = JSON.parse(sessionStorage.getItem(key)!) as OAuthMark
    return Date.now() - mark.at < lifetime ? mark : null
  } catch {
    return null
  }
}

/** It counts once. */
export function removeOAuthMark(): void {
  sessionStorage.removeItem(key)
}

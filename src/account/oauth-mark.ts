/**
 * What this tab remembers of an OAuth sign-in in its own window: that it was asked for here, so that nobody else's
 * link is taken for its return, and by which session.
 */
const prefix = 'token-handoff-oauth:'
/** How long somebody may take at the provider, in milliseconds. */
const lifetime = 3_600_000

export function leaveOAuthMark(storageKey: string): void {
  try {
    storage()?.setItem(prefix + storageKey, `${Date.now()}`)
  } catch {
    // It is full, or must not be written to: then the return needs { unsolicited: true }.
  }
}

/** Whether the session asked for it, not too long ago. It counts once. */
export function takeOAuthMark(storageKey: string): boolean {
  const left = storage()?.getItem(prefix + storageKey)
  storage()?.removeItem(prefix + storageKey)
  return Date.now() - Number(left ?? -lifetime) < lifetime
}

/** Whether another session asked for one. */
export function isOAuthOfAnother(): boolean {
  const kept = storage()
  return Array.from({ length: kept?.length ?? 0 }, (_, index) => kept!.key(index)!).some(key =>
    key.startsWith(prefix),
  )
}

/** Null where it is refused, or there is no page: then nothing is remembered. */
function storage(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null
  } catch {
    return null
  }
}

export interface PageListeners {
  stored(event: StorageEvent): void
  /** The page goes away, perhaps for good. */
  leaving(): void
  /** The page is back from the back-forward cache: time has passed without it. */
  back(): void
  online(): void
}

/** Listens to the page around the session, where there is one; returns the function that stops it. */
export function watchPage({ stored, leaving, back, online }: PageListeners): () => void {
  if (typeof globalThis.addEventListener !== 'function') return () => {}
  const listeners = {
    storage: stored as (event: Event) => void,
    pagehide: leaving,
    pageshow: (event: Event) => (event as PageTransitionEvent).persisted && back(),
    online,
  }
  const each = Object.entries(listeners)
  for (const [type, listener] of each) globalThis.addEventListener(type, listener)
  return () => {
    for (const [type, listener] of each) globalThis.removeEventListener(type, listener)
  }
}

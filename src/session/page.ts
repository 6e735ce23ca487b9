export interface PageListeners {
  storage(event: StorageEvent): void
  /** The page goes away, perhaps for good. */
  pagehide(): void
  /** The page is there, perhaps again: time may have passed without it. */
  pageshow(): void
  online(): void
}

/** Listens to the page around the session, where there is one; returns the function that stops it. */
export function watchPage(listeners: PageListeners): () => void {
  const each = (method: 'addEventListener' | 'removeEventListener') => {
    for (const type in listeners) globalThis[method]?.(type, listeners[type as 'online'])
  }
  each('addEventListener')
  return () => each('removeEventListener')
}

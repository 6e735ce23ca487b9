/** Makes this process a browser as far as sessions see it: a storage and channels that its pages share, and their events. */
export function beBrowser(): void {
  const items = new Map<string, string>()
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
  Object.defineProperty(globalThis, 'localStorage', { value: storage, configurable: true })
  globalThis.BroadcastChannel = Channel as never
  const page = new EventTarget()
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) {
    globalThis[name] = page[name].bind(page) as never
  }
}

const channels = new Set<Channel>()

/** As the platform's, but as quick as can be, and always the same. */
class Channel {
  readonly #name: string
  onmessage: ((event: { data: unknown }) => void) | null = null

  constructor(name: string) {
    this.#name = name
    channels.add(this)
  }

  postMessage(data: unknown): void {
    const copy = structuredClone(data)
    for (const other of channels) {
      if (other !== this && other.#name === this.#name)
        queueMicrotask(() => other.onmessage?.({ data: copy }))
    }
  }

  close(): void {
    channels.delete(this)
  }
}

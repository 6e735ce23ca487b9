import type { SessionRecord } from '../core/record.ts'

/** What tabs tell each other. It goes only where the page's own origin can read, as the storage does. */
interface TabMessage {
  record?: SessionRecord
  user?: unknown
  /** Asks the other tabs what they know, and whether they have requests in flight. */
  ask?: true
  /** Whether this one has. */
  busy?: boolean
}

export interface Tabs {
  tell(news: { record?: SessionRecord; user?: unknown }): void
  /** Whether another tab has requests in flight that may bring a newer token. */
  anyBusy(): Promise<boolean>
  /** Runs the act unless another tab is at it; returns whether it ran. */
  exclusively(act: () => Promise<void>): Promise<boolean>
  close(): void
}

/** How long other tabs have to answer, in milliseconds, be they busy drawing. A frozen one does not. */
const replyTime = 500
/** How long the news of a tab's act are on their way to the other tabs, in milliseconds. */
const newsTime = 100

/**
 * @param name what the tabs of one session have in common; null for a session that no other tab can see
 * @param known what this tab knows, and whether it has requests in flight
 */
export function createTabs(
  name: string | null,
  heard: (news: { record?: unknown; user?: unknown }) => void,
  known: () => TabMessage,
): Tabs {
  let channel = name ? openChannel(name) : null
  const post = (message: TabMessage) => channel?.postMessage(message)
  const asking = new Set<() => void>()
  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      if (!data) return
      // What this tab knows may never have got into a storage that is full.
      if (data.ask) return post(known())
      heard(data)
      if (data.busy) for (const answered of asking) answered()
    }
    // In Node an open channel would keep the process alive.
    ;(channel as { unref?: () => void }).unref?.()
  }
  return {
    tell: post,
    anyBusy: () =>
      new Promise(resolve => {
        if (!channel) return resolve(false)
        const end = (busy = true) => {
          clearTimeout(timer)
          asking.delete(end)
          resolve(busy)
        }
        const timer = setTimeout(end, replyTime, false)
        asking.add(end)
        post({ ask: true })
      }),
    exclusively(act) {
      const locks = name && globalThis.navigator?.locks
      const whenDone = () => act().then(() => true)
      if (!locks) return whenDone()
      return new Promise((resolve, reject) => {
        const hold = async (lock: Lock | null) => {
          if (!lock) return resolve(false)
          await whenDone().then(resolve, reject)
          // A lock passes on sooner than a message arrives: the next holder must know what this one did.
          await new Promise(passed => setTimeout(passed, newsTime))
        }
        // Where locks are refused, each tab is on its own.
        locks.request(name, { ifAvailable: true }, hold).catch(() => resolve(whenDone()))
      })
    },
    close() {
      channel?.close()
      channel = null
    },
  }
}

function openChannel(name: string): BroadcastChannel | null {
  try {
    return new BroadcastChannel(name)
  } catch {
    // There is none here, or the page may have none.
    return null
  }
}

import type { SessionRecord } from '../core/record.ts'

/** What tabs tell each other. It goes only where the page's own origin can read, as the storage does. */
interface TabMessage {
  record?: SessionRecord
  user?: unknown
  /** Asks the other tabs whether they have requests in flight. */
  ask?: true
  /** Answers that this one has. */
  busy?: true
}

export interface Tabs {
  tell(news: { record?: SessionRecord; user?: unknown }): void
  /** Whether another tab has requests in flight that may bring a newer token. */
  anyBusy(): Promise<boolean>
  /** Runs the act unless another tab is at it; returns whether it ran. */
  exclusively(act: () => Promise<void>): Promise<boolean>
  close(): void
}

/** How long other tabs have to answer, in milliseconds. A frozen one does not. */
const replyTime = 150

/**
 * @param name what the tabs of one session have in common; null for a session that no other tab can see
 * @param busy whether this tab has requests in flight
 */
export function createTabs(
  name: string | null,
  heard: (news: { record?: unknown; user?: unknown }) => void,
  busy: () => boolean,
): Tabs {
  const channel = name === null || typeof BroadcastChannel !== 'function' ? null : new BroadcastChannel(name)
  const post = (message: TabMessage) => channel?.postMessage(message)
  let busyReply = () => {}
  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      if (data?.busy) busyReply()
      else if (data?.ask) busy() && post({ busy: true })
      else if (data) heard(data)
    }
    // In Node an open channel would keep the process alive.
    ;(channel as { unref?: () => void }).unref?.()
  }
  return {
    tell: post,
    anyBusy: () =>
      new Promise(resolve => {
        if (!channel) return resolve(false)
        const timer = setTimeout(resolve, replyTime, false)
        busyReply = () => {
          clearTimeout(timer)
          resolve(true)
        }
        post({ ask: true })
      }),
    async exclusively(act) {
      const locks = channel && globalThis.navigator?.locks
      if (locks) return locks.request(name!, { ifAvailable: true }, async lock => (lock ? done(act) : false))
      return done(act)
    },
    close: () => channel?.close(),
  }
}

async function done(act: () => Promise<void>): Promise<boolean> {
  await act()
  return true
}

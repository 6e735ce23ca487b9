import type { SessionRecord } from '../core/record.ts'

/** What tabs tell each other. It goes only where the page's own origin can read, as the storage does. */
export type TabMessage =
  | { type: 'record'; record: SessionRecord; user?: unknown }
  | { type: 'ask'; id: string }
  | { type: 'reply'; id: string; busy: boolean; record: SessionRecord }

export interface Tabs {
  tell(record: SessionRecord, user?: unknown): void
  /** Whether another tab has requests in flight that may bring a newer token. */
  anyBusy(): Promise<boolean>
  /** Runs the act unless another tab is at it; returns whether it ran. */
  exclusively(act: () => Promise<void>): Promise<boolean>
  close(): void
}

/** How long other tabs have to answer, in milliseconds. A frozen one does not. */
const replyTime = 150

/** For a session that no other tab can see. */
export const noTabs: Tabs = {
  tell() {},
  anyBusy: async () => false,
  async exclusively(act) {
    await act()
    return true
  },
  close() {},
}

/**
 * @param name what the tabs of one session have in common
 * @param self.heard told of each record that comes from another tab
 * @param self.busy whether this tab has requests in flight
 */
export function createTabs(
  name: string,
  self: {
    record(): SessionRecord
    heard(record: unknown, user?: unknown): void
    busy(): boolean
  },
): Tabs {
  const replies = new Map<string, (message: TabMessage & { type: 'reply' }) => void>()
  const channel = new BroadcastChannel(name)
  // In Node an open channel would keep the process alive.
  ;(channel as { unref?: () => void }).unref?.()
  const post = (message: TabMessage) => channel.postMessage(message)

  channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
    if (data?.type === 'ask') post({ type: 'reply', id: data.id, busy: self.busy(), record: self.record() })
    else if (data?.type === 'record' || data?.type === 'reply') {
      self.heard(data.record, data.type === 'record' ? data.user : undefined)
      if (data.type === 'reply') replies.get(data.id)?.(data)
    }
  }

  return {
    tell: (record, user) =>
      post(user === undefined ? { type: 'record', record } : { type: 'record', record, user }),
    anyBusy() {
      const id = `${Math.random()}`
      return new Promise(resolve => {
        const finish = (busy: boolean) => {
          clearTimeout(timer)
          replies.delete(id)
          resolve(busy)
        }
        const timer = setTimeout(finish, replyTime, false)
        replies.set(id, reply => reply.busy && finish(true))
        post({ type: 'ask', id })
      })
    },
    async exclusively(act) {
      const locks = globalThis.navigator?.locks
      if (!locks) {
        await act()
        return true
      }
      return locks.request(name, { ifAvailable: true }, async lock => {
        if (lock) await act()
        return lock !== null
      })
    },
    close() {
      channel.onmessage = null
      channel.close()
    },
  }
}

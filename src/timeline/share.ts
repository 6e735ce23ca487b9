import type { TabEvent } from './events.ts'
import { readEvent } from './file.ts'
import type { createJoints } from './joints.ts'

interface Message {
  /** The tab's own name, which outlives a reload. */
  from: string
  event: TabEvent
  /** What its token is called in every tab. */
  key: string | undefined
}

/** Tells the logs of other tabs what happens here, and takes in what they tell, in this log's numbers. */
export function shareEvents(
  name: string,
  joints: ReturnType<typeof createJoints>,
  nextTab: () => string,
  add: (told: object) => void,
): { post(event: TabEvent, key: string | undefined): void; stop(): void } {
  if (typeof BroadcastChannel !== 'function') return { post() {}, stop() {} }
  const channel = new BroadcastChannel(name)
  const from = tabId(name)
  const lanes = new Map<string, { tab: string; number(request: number): number }>()

  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    const event = readEvent(Object(data?.event))
    // Another version's may be one that is not known here.
    if (typeof event === 'string' || event.type === 'server') return
    const theirs = `${data.from} ${event.tab}`
    const lane = lanes.get(theirs) ?? { tab: nextTab(), number: joints.ofTab().number }
    lanes.set(theirs, lane)
    const { request, former, token } = event as { request?: number; former?: number; token?: number }
    add({
      ...event,
      tab: lane.tab,
      request: request && lane.number(request),
      former: former && lane.number(former),
      token: token && joints.token(data.key),
    })
  }
  // In Node an open channel would keep the process alive.
  ;(channel as { unref?: () => void }).unref?.()
  return {
    // Queries stay in their own tab.
    post: (event, key) => channel.postMessage({ from, event: { ...event, query: undefined }, key }),
    stop: () => channel.close(),
  }
}

function tabId(name: string): string {
  const made = `${Date.now()} ${Math.random()}`
  try {
    const known = sessionStorage.getItem(name) ?? made
    sessionStorage.setItem(name, known)
    return known
  } catch {
    return made
  }
}

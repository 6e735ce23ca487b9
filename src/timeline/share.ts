import type { LogEvent, TabEvent } from './events.ts'
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
  add: (event: LogEvent) => void,
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
    const taken: Record<string, unknown> = { ...event, tab: lane.tab }
    if ('request' in event) taken.request = lane.number(event.request)
    if ('former' in event && event.former) taken.former = lane.number(event.former)
    if ('token' in event && event.token) taken.token = joints.token(data.key)
    add(taken as unknown as LogEvent)
  }
  // In Node an open channel would keep the process alive.
  ;(channel as { unref?: () => void }).unref?.()
  return {
    post: (event, key) => channel.postMessage({ from, event: unasked(event), key }),
    stop: () => channel.close(),
  }
}

/** Queries stay in their own tab. */
function unasked(event: TabEvent): TabEvent {
  const { query, ...rest } = event as TabEvent & { query?: string }
  return rest as TabEvent
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

import type { Session } from '../session/session.ts'
import { defineTimeline } from '../timeline/element.ts'
import { createLog, type Log } from '../timeline/log.ts'
import { createFaults, type Faults } from './faults.ts'
import { createPanel } from './panel.ts'

/** What {@link mountDevtools} takes beside the session. */
export interface DevtoolsOptions {
  /** What makes requests fail, where the session has a fetch of its own. @default made of the platform's fetch */
  faults?: Faults
  /** What is shown. @default a log of its own that follows the session from now on */
  log?: Log
  /** The corner where the button floats. @default 'bottom-right' */
  position?: 'bottom-right' | 'bottom-left' | 'top-right' | 'top-left'
  /** Whether the panel is open at first. @default false */
  open?: boolean
}

/** An element that knows whose devtools it is, so that a page has one for each session. */
interface Host extends HTMLElement {
  tokenHandoff?: { session: unknown; unmount(): void }
}

/**
 * Mounts a floating button that opens the live timeline of a session, and makes its requests fail on demand. For
 * development: guard it, so that a production build leaves it out. On a server it does nothing.
 *
 * A session that uses the platform's fetch needs no more: `globalThis.fetch` is wrapped for as long as this is
 * mounted. For another one see {@link createFaults}.
 *
 * @returns the function that takes it away again
 * @example
 * if (import.meta.env.DEV) {
 *   import('token-handoff/devtools').then(({ mountDevtools }) => mountDevtools(session))
 * }
 */
export function mountDevtools<User>(
  session: Pick<Session<User>, 'on' | 'exchange' | 'own' | 'getSnapshot' | 'subscribe'>,
  { faults, log, position = 'bottom-right', open = false }: DevtoolsOptions = {},
): () => void {
  if (typeof document !== 'object') return () => {}
  // Mounted twice, as by a module that was loaded anew, it is still there once.
  for (const { tokenHandoff } of document.querySelectorAll<Host>('[data-token-handoff=devtools]')) {
    if (tokenHandoff?.session === session) tokenHandoff.unmount()
  }
  defineTimeline()
  const stops: (() => void)[] = []
  const shown = log ?? createLog()
  if (!log) stops.push(shown.follow(session))
  const used = faults ?? wrapFetch(stops)
  used.only(session)
  const panel = createPanel(session, shown, used, position)
  stops.push(panel.remove)
  stops.push(
    session.on('sent', () => {
      const { count } = used
      // By then it has been sent, in whatever way.
      setTimeout(() => panel.reaches(used.count > count))
    }),
  )
  document.body.append(panel.host)
  if (open) panel.open()

  const unmount = () => {
    for (const stop of stops.splice(0)) stop()
  }
  const host: Host = panel.host
  host.tokenHandoff = { session, unmount }
  return unmount
}

function wrapFetch(stops: (() => void)[]): Faults {
  const original = globalThis.fetch
  const faults = createFaults((input, init) => original.call(globalThis, input, init))
  let mounted = true
  const wrapper: typeof fetch = (input, init) =>
    mounted ? faults.fetch(input, init) : original.call(globalThis, input, init)
  globalThis.fetch = wrapper
  stops.push(() => {
    // Who has wrapped it since then still goes through ours.
    mounted = false
    if (globalThis.fetch === wrapper) globalThis.fetch = original
  })
  return faults
}

import { useSyncExternalStore } from 'react'
import type { Session, Snapshot } from '../session/session.ts'

/**
 * The session as React shows it: the component renders again when the status or the user's data change, and at
 * no other time (a new token changes neither).
 *
 * @param session made once, outside of components; on a server one for each request
 * @param serverSnapshot what the server rendered with, for the first render in the browser: React wants it to
 *   be the same there. Pass `{ status: 'unknown', user: null }` on both sides where the server does not know
 *   who asks. @default what the session says
 * @example const { status, user } = useSession(session)
 */
export function useSession<User>(session: Session<User>, serverSnapshot?: Snapshot<User>): Snapshot<User> {
  return useSyncExternalStore(session.subscribe, session.getSnapshot, () =>
    serverSnapshot === undefined ? session.getSnapshot() : serverSnapshot,
  )
}

import type { Session } from '../session/session.ts'

/**
 * What ky takes to send its requests with the session's credentials: each of its attempts, retries too, is
 * stamped anew, and its hooks, timeouts and errors stay as they are.
 *
 * @returns options for `ky.create` and `ky.extend`; they hold a `fetch`, and take the place of another one
 * @example
 * const api = ky.extend(withSession(session))
 * const items = await api.get('https://api.example.com/items').json()
 */
export function withSession(session: Pick<Session, 'fetch'>): Pick<Session, 'fetch'> {
  return { fetch: session.fetch }
}

import { createSession, type Session } from 'token-handoff'
import { cookieStorage } from 'token-handoff/storage'
import type { User } from './as-user'

let session: Session<User> | undefined

/** The page's own session, with the same cookie. For effects and events alone: a server has no `document`. */
export function browserSession() {
  session ??= createSession<User>({
    baseUrl: process.env.NEXT_PUBLIC_API!,
    storageKey: 'session',
    storage: cookieStorage(),
  })
  return session
}

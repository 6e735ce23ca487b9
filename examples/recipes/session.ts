import { createSession } from 'token-handoff'

export const session = createSession({ baseUrl: 'https://api.example.com' })

/** Calls back when what was loaded is not the user's any more: after a sign-out, and after a sign-in. */
export function onUserChange(forget: () => void) {
  session.on('signed-out', forget)
  session.on('signed-in', forget)
}

import { cookies } from 'next/headers'
import type { Session } from 'token-handoff'
import { requestSession } from 'token-handoff/server'

export interface User {
  email: string
}

export const options = { baseUrl: process.env.NEXT_PUBLIC_API!, storageKey: 'session' }
export const NAME = '__Host-session'
export const cookieValue = (setCookie: string) => decodeURIComponent(/=(.*?);/.exec(setCookie)![1]!)

/** Calls the API as whoever sent this request: in a Server Function, a Route Handler or a Server Component. */
export async function asUser<Result>(call: (session: Session<User>) => Promise<Result>): Promise<Result> {
  const jar = await cookies()
  const cookie = `${NAME}=${encodeURIComponent(jar.get(NAME)?.value ?? '')}`
  const { session, finish } = requestSession<User>({ headers: { cookie } }, options)
  try {
    return await call(session)
  } finally {
    for (const [, line] of await finish())
      try {
        jar.set(NAME, cookieValue(line), { maxAge: 1_209_600, secure: true, sameSite: 'lax' })
      } catch {
        // In a Server Component. The proxy sees to it that there is nothing to set, unless the page is slow.
      }
  }
}

import { type LoaderFunctionArgs, redirect } from 'react-router'
import { session } from './session.ts'

/** The loader of a route for signed-in users; others are sent to sign in, and come back with `from`. */
export async function requireUser({ request }: LoaderFunctionArgs) {
  const { user } = await session.ready()
  // After a reload the server says who the user is; if nobody is signed in it is not asked.
  const known = user ?? (await session.validateToken())
  if (known) return known
  const { pathname, search } = new URL(request.url)
  throw redirect(`/sign-in?${new URLSearchParams({ from: pathname + search })}`)
}

/** Runs the loaders again when somebody signs in or out, also in another tab, or when the user's data change. */
export function followSession(router: { revalidate(): Promise<void> }) {
  return session.subscribe(() => void router.revalidate())
}

import { type NextRequest, NextResponse } from 'next/server'
import { requestSession } from 'token-handoff/server'
import { cookieValue, NAME, options } from './as-user'

/** Lets the token rotate before the page is rendered: what its components call is then in the server's buffer. */
export async function proxy(request: NextRequest) {
  const { session, finish } = requestSession(request, options)
  await session.validateToken().catch(() => {}) // asks nothing where nobody is signed in
  const changed = await finish()
  for (const [, line] of changed) request.cookies.set(NAME, cookieValue(line)) // for the components
  const response = NextResponse.next({ request })
  for (const [name, line] of changed) response.headers.append(name, line) // for the browser
  return response
}

// The pages whose components call the API.
export const config = { matcher: ['/', '/items/:path*'] }

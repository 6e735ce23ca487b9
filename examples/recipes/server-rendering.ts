import type { Session } from 'token-handoff'
import { requestSession } from 'token-handoff/server'

/** Answers with a page for whoever asks: their session is in their cookie, and here for this one request. */
export async function respond(request: Request, render: (session: Session) => Promise<string>) {
  const { session, finish } = requestSession(request, { baseUrl: 'https://api.example.com' })
  let [html, status] = ['', 200]
  try {
    html = await render(session)
  } catch {
    // What the calls brought until then is handed on all the same.
    ;[html, status] = ['Something went wrong.', 500]
  }
  const headers = new Headers(await finish())
  headers.set('content-type', 'text/html; charset=utf-8')
  headers.set('cache-control', 'private, no-store')
  return new Response(html, { status, headers })
}

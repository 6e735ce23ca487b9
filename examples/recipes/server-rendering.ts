import { createSession, type Session } from 'token-handoff'

/** Answers with a page for whoever asks: their session is in their cookie, and here for this one request. */
export async function respond(request: Request, render: (session: Session) => Promise<string>) {
  const sent = /(?:^|; )session=([^;]+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? null
  let record = sent
  const storage = {
    getItem: () => record && decodeURIComponent(record),
    setItem: (_key: string, value: string) => {
      record = encodeURIComponent(value)
    },
    removeItem: () => {},
  }
  const session = createSession({ baseUrl: 'https://api.example.com', storage })
  const response = new Response(await render(session), { headers: { 'content-type': 'text/html' } })
  session.dispose()
  const attributes = 'Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=Lax'
  if (record !== sent) response.headers.append('set-cookie', `session=${record}; ${attributes}`)
  return response
}

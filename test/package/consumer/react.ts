import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { createSession, type Session } from 'token-handoff'
import { useSession } from 'token-handoff/react'

function Status({ session }: { session: Session<{ email: string }> }) {
  const { status, user } = useSession(session)
  return createElement('p', null, status, user?.email.toUpperCase())
}

export async function run(): Promise<void> {
  const session = createSession<{ email: string }>({ baseUrl: 'https://api.example.com' })
  const html = renderToString(createElement(Status, { session }))
  if (html !== '<p>signed-out</p>') throw new Error(html)
  session.dispose()
}

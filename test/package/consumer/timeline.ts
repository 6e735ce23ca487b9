import { createSession } from 'token-handoff'
import { createMockServer } from 'token-handoff/mock'
import { createLog, parseLog, timeline, toSvg } from 'token-handoff/timeline'

export async function run(): Promise<void> {
  const server = createMockServer({ users: [{ email: 'a@example.com' }] })
  const session = createSession({ baseUrl: 'https://api.example.com', fetch: server.fetch })
  const log = createLog()
  log.follow(session)
  await session.signIn({ email: 'a@example.com', password: 'password123' })
  await session.validateToken()
  session.dispose()
  const again = parseLog(JSON.parse(JSON.stringify(log)))
  const text: string = timeline(again)
  if (!text.includes('validate_token') || !toSvg(again).startsWith('<svg')) throw new Error(text)
}

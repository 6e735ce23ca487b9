import { createSession } from 'token-handoff'
import { createMockServer, type MockServer, manualClock } from 'token-handoff/mock'

export async function run(): Promise<void> {
  const clock = manualClock()
  const server: MockServer = createMockServer({
    clock,
    users: [{ email: 'a@example.com' }],
    routes: { 'GET /items': ({ user }) => [user.email] },
  })
  const session = createSession({ baseUrl: 'https://api.example.com', fetch: server.fetch })
  await session.signIn({ email: 'a@example.com', password: 'password123' })
  await clock.advance(6_000)
  for (let n = 0; n < 3; n++) {
    const items: unknown = await (await session.fetch('/items')).json()
    if (JSON.stringify(items) !== '["a@example.com"]') throw new Error(JSON.stringify(items))
  }
  session.dispose()
}

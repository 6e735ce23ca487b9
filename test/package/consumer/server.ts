import { createMockServer } from 'token-handoff/mock'
import { type RequestSession, requestSession } from 'token-handoff/server'

export async function run(): Promise<void> {
  const server = createMockServer({ users: [{ email: 'a@example.com' }] })
  const request = new Request('https://shop.example.com/', { headers: { cookie: 'theme=dark' } })
  const { session, finish }: RequestSession<{ email: string }> = requestSession<{ email: string }>(request, {
    baseUrl: 'https://api.example.com',
    fetch: server.fetch,
  })
  const { email } = await session.signIn({ email: 'a@example.com', password: 'password123' })
  const [header] = await finish()
  if (email !== 'a@example.com' || header?.[0] !== 'set-cookie') throw new Error(`${header}`)
}

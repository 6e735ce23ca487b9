import ky from 'ky'
import { createSession } from 'token-handoff'
import { withSession } from 'token-handoff/ky'
import { createMockServer } from 'token-handoff/mock'

export async function run(): Promise<void> {
  const server = createMockServer({
    users: [{ email: 'a@example.com' }],
    routes: { 'GET /items': () => ['item'] },
  })
  const session = createSession({ baseUrl: 'https://api.example.com', fetch: server.fetch })
  await session.signIn({ email: 'a@example.com', password: 'password123' })
  const api = ky.extend(withSession(session))
  const [item] = await api.get('https://api.example.com/items').json<string[]>()
  session.dispose()
  if (item !== 'item') throw new Error(item)
}

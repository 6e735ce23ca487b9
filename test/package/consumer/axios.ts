import axios from 'axios'
import { createSession } from 'token-handoff'
import { attachSession } from 'token-handoff/axios'
import { createMockServer } from 'token-handoff/mock'
import { listen } from 'token-handoff/mock/node'

export async function run(): Promise<void> {
  const server = createMockServer({
    users: [{ email: 'a@example.com' }],
    routes: { 'GET /items': () => ['item'] },
  })
  const { url, close } = await listen(server)
  const session = createSession({ baseUrl: url })
  await session.signIn({ email: 'a@example.com', password: 'password123' })
  const api = axios.create({ baseURL: url })
  const detach: () => void = attachSession(api, session)
  const { data } = await api.get<string[]>('/items')
  detach()
  session.dispose()
  await close()
  if (data[0] !== 'item') throw new Error(JSON.stringify(data))
}

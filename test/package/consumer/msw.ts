import { setupServer } from 'msw/node'
import { createMockServer } from 'token-handoff/mock'
import { handlers } from 'token-handoff/msw'

export async function run(): Promise<void> {
  const server = createMockServer({ routes: { 'GET /items': () => [] } })
  const api = setupServer(...handlers(server, { baseUrl: 'https://api.example.com' }))
  api.listen()
  const { status } = await fetch('https://api.example.com/items')
  api.close()
  if (status !== 401) throw new Error(String(status))
}

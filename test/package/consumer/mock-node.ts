import { createMockServer } from 'token-handoff/mock'
import { listen } from 'token-handoff/mock/node'

export async function run(): Promise<void> {
  const { url, close } = await listen(createMockServer({ routes: { 'GET /items': () => [] } }))
  const { status } = await fetch(`${url}/items`)
  await close()
  if (status !== 401) throw new Error(String(status))
}

import { createSession } from 'token-handoff'
import { createFaults, type Faults, mountDevtools } from 'token-handoff/devtools'
import { createMockServer } from 'token-handoff/mock'

export async function run(): Promise<void> {
  const server = createMockServer({ users: [{ email: 'a@example.com' }] })
  const faults: Faults = createFaults(server.fetch)
  const session = createSession({ baseUrl: 'https://api.example.com', fetch: faults.fetch })
  // Without a document it does nothing.
  const unmount: () => void = mountDevtools(session, { faults, position: 'top-left' })
  await session.signIn({ email: 'a@example.com', password: 'password123' })
  faults.expireToken()
  const user = await session.validateToken()
  if (!user || faults.waiting.length > 0) throw new Error('The token was not refused, or not recovered from')
  unmount()
  session.dispose()
}

import { createSession } from 'token-handoff'
import { deleteAccount, updateAccount } from 'token-handoff/account'
import { createMockServer } from 'token-handoff/mock'

export async function run(): Promise<void> {
  const server = createMockServer({ users: [{ email: 'a@example.com' }] })
  const session = createSession({ baseUrl: 'https://api.example.com', fetch: server.fetch })
  await session.signIn({ email: 'a@example.com', password: 'password123' })
  await updateAccount(session, { email: 'b@example.com' })
  const message: string = await deleteAccount(session)
  const { status } = session.getSnapshot()
  session.dispose()
  if (status !== 'signed-out' || !message) throw new Error(`${status}: ${message}`)
}

import { createSession, memoryStorage, type SessionStorage } from 'token-handoff'
import { type OldClient, takeOver, vanillaTokenAuth } from 'token-handoff/migration'

export async function run(): Promise<void> {
  const from: SessionStorage = memoryStorage()
  const headers = { 'access-token': 'a', client: 'c', uid: 'u@example.com', expiry: '1' }
  from.setItem('auth_headers', JSON.stringify(headers))
  const old: OldClient = vanillaTokenAuth({ from })
  const session = createSession({ baseUrl: 'https://api.example.com', storage: takeOver(from, old) })
  if (session.getSnapshot().status !== 'signed-in') throw new Error('not taken over')
  session.dispose()
}

import { createSession, type SessionStorage } from 'token-handoff'
import { cookieStorage, memoryStorage, type RememberStorage, rememberStorage } from 'token-handoff/storage'

export async function run(): Promise<void> {
  const passing = memoryStorage()
  const storage: RememberStorage = rememberStorage({ lasting: passing, passing })
  storage.remember = true
  const session = createSession({ baseUrl: 'https://api.example.com', storage })
  const cookies: SessionStorage = cookieStorage({ sameSite: 'Strict', maxAge: null })
  if ((await session.ready()).status !== 'signed-out' || cookies.shared !== true) throw new Error('storage')
  session.dispose()
}

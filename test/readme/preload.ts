// What the code blocks of README.md find when they run: the names that they use without making them, and the API.
import { createSession, memoryStorage, type Session } from 'token-handoff'
import { createMockServer, type MockServer } from 'token-handoff/mock'

declare global {
  var email: string
  var password: string
  var session: Session
  var server: MockServer
  var showSignIn: () => void
}

const api = 'https://api.example.com'

globalThis.email = 'ada@example.com'
globalThis.password = 'a password'
globalThis.showSignIn = () => {}
globalThis.server = createMockServer({
  users: [{ email, password }],
  routes: { 'GET /items': () => [{ id: 1 }] },
})

const realFetch = globalThis.fetch
globalThis.fetch = (input, init) => {
  const request = new Request(input, init)
  return new URL(request.url).origin === api ? server.fetch(request) : realFetch(request)
}
globalThis.session = createSession({ baseUrl: api, storage: memoryStorage() })
await session.signIn({ email, password })

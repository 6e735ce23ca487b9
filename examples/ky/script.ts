import { setTimeout } from 'node:timers/promises'
import ky from 'ky'
import { createSession } from 'token-handoff'
import { withSession } from 'token-handoff/ky'

const baseUrl = process.env.API_URL!
const session = createSession({ baseUrl })
const api = ky.create(withSession(session))

session.on('rotated', ({ reason }) => console.log(`  a new token (${reason})`))

await session.signIn({ email: 'ada@example.com', password: 'password123' })
for (let round = 1; round <= 2; round++) {
  // In which the server's batch buffer closes.
  await setTimeout(1_000)
  // All at once: each answer may bring the next token, and the session sees to it.
  const items = await Promise.all(
    [1, 2, 3, 4, 5, 6].map(id => api.get<{ name: string }>(`${baseUrl}/items/${id}`).json()),
  )
  console.log(items.map(({ name }) => name).join(', '))
}

await session.signOut()
const { status } = await api.get(`${baseUrl}/items/1`, { throwHttpErrors: false })
console.log(`After the sign-out: ${status}`)
session.dispose()

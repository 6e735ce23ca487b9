import { setTimeout } from 'node:timers/promises'
import axios from 'axios'
import { createSession } from 'token-handoff'
import { attachSession } from 'token-handoff/axios'

const baseURL = process.env.API_URL!
const session = createSession({ baseUrl: baseURL })
const api = axios.create({ baseURL })
attachSession(api, session)

session.on('rotated', ({ reason }) => console.log(`  a new token (${reason})`))

await session.signIn({ email: 'ada@example.com', password: 'password123' })
for (let round = 1; round <= 2; round++) {
  // In which the server's batch buffer closes.
  await setTimeout(1_000)
  // All at once: each answer may bring the next token, and the session sees to it.
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(id => api.get(`/items/${id}`)))
  console.log(answers.map(({ data }) => data.name).join(', '))
}

await session.signOut()
const { status } = await api.get('/items/1', { validateStatus: null })
console.log(`After the sign-out: ${status}`)
session.dispose()

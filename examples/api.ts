import { createMockServer } from 'token-handoff/mock'
import { type Listening, listen } from 'token-handoff/mock/node'

/** The API of the examples: the mock server over HTTP, with one user and items that take their time. */
export function startApi(): Promise<Listening> {
  const server = createMockServer({
    users: [{ email: 'ada@example.com', password: 'password123', name: 'Ada' }],
    // Seconds; 5 is usual. A call that begins this long after the last answer gets a new token.
    batchRequestBufferThrottle: 1,
    routes: {
      async 'GET /items/:id'({ params: { id } }) {
        // The later ones are there first.
        await new Promise(resolve => setTimeout(resolve, 450 - Number(id) * 50))
        return { id: Number(id), name: `Item ${id}` }
      },
    },
  })
  return listen(server)
}

import { buildSchema, graphql } from 'graphql'
import { vi } from 'vitest'
import type { Session } from '../../src/index.ts'
import { createMockServer, type ManualClock, type MockServer, manualClock } from '../../src/mock/index.ts'

export const ada = { email: 'ada@example.com', password: 'password123' }
export const bob = { email: 'bob@example.com', password: 'password123' }

/** One request to the API, refused ones too, and what became of it. */
export interface Seen {
  /** 'GET /items/1' */
  readonly route: string
  readonly token: string | null
  readonly status: number
  /** The token that its answer brings: '' for a blank, null where there is none. */
  readonly issued: string | null
}

/** The API at https://api.example.com, where the platform's fetch leads to it. */
export interface World {
  readonly server: MockServer
  readonly clock: ManualClock
  /** The application's requests, those to /auth apart, in the order of their answers. */
  readonly seen: Seen[]
  /** Lets so much time pass that the next request rotates. */
  calm(): Promise<void>
}

const schema = buildSchema('type Item { id: Int! owner: String! } type Query { item(id: Int!): Item }')

/** Rules 1.2.0 are the harder ones: a token that was replaced is dead as soon as the buffer closes. */
export function world(): World {
  const clock = manualClock(Date.now())
  const server = createMockServer({
    rules: '1.2.0',
    clock,
    users: [ada, bob],
    routes: {
      'GET /items/:id': ({ params, user }) => ({ id: Number(params.id), owner: user.email }),
      'POST /graphql': async ({ request, user }) => {
        const { query, variables } = (await request.json()) as { query: string; variables?: object }
        const rootValue = { item: ({ id }: { id: number }) => ({ id, owner: user.email }) }
        return graphql({ schema, source: query, rootValue, variableValues: { ...variables } })
      },
    },
  })
  const seen: Seen[] = []
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    const { origin, pathname } = new URL(request.url)
    if (origin !== 'https://api.example.com') throw new Error(`Nobody is at ${origin}.`)
    const token = request.headers.get('access-token')
    const response = await server.fetch(request)
    const { status, headers } = response
    const issued = headers.get('access-token')
    if (!pathname.startsWith('/auth'))
      seen.push({ route: `${request.method} ${pathname}`, token, status, issued })
    return response
  })
  return { server, clock, seen, calm: () => clock.advance(6_000) }
}

/** The same, signed in as ada, long enough ago that the next request rotates. */
export async function signedIn(session: Session): Promise<World> {
  const made = world()
  await session.signIn(ada)
  await made.calm()
  return made
}

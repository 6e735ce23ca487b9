import { afterEach, beforeEach, vi } from 'vitest'
import { createSession, type Session, type SessionStorage } from '../../src/index.ts'
import { createMockServer, type ManualClock, type MockServer, manualClock } from '../../src/mock/index.ts'
import { api, silence } from '../session/given.ts'

export const key = 'session'

/** Each test begins with empty storages, and in silence. Returns where it puts the sessions that it opens. */
export function withEmptyStorages(): Session[] {
  const open: Session[] = []
  beforeEach(silence)
  afterEach(() => {
    for (const session of open.splice(0)) session.dispose()
    clearAll()
    vi.restoreAllMocks()
  })
  return open
}

/** An API, and what a client that comes before this one received from it. */
export interface Api {
  readonly server: MockServer
  readonly clock: ManualClock
  /** The tokens that requests of the application carried, in order. */
  readonly carried: (string | null)[]
  /** Signs in as the other client does: with a plain fetch. */
  signIn(email?: string): Promise<OldHeaders>
  /** Calls as the other client does. */
  call(headers: OldHeaders): Promise<{ status: number; headers: OldHeaders }>
  session(storage: SessionStorage): Session
}

/** The five headers, as other clients read and store them. */
export interface OldHeaders {
  'access-token': string
  'token-type': string
  client: string
  expiry: string
  uid: string
}

const names = ['access-token', 'token-type', 'client', 'expiry', 'uid'] as const

/** Rules 1.2.0 are the harder ones: a token that was replaced is dead as soon as the buffer closes. */
export function givenApi(
  open: Session[],
  rules: '1.2.0' | '1.3.0' = '1.2.0',
  users = ['ada@example.com'],
): Api {
  const clock = manualClock(Date.now())
  const server = createMockServer({
    rules,
    clock,
    users: users.map(email => ({ email, password: 'password123' })),
    routes: { 'GET /items': ({ user }) => ({ owner: user.email }) },
  })
  const carried: (string | null)[] = []
  const headersOf = (response: Response) =>
    Object.fromEntries(names.map(name => [name, response.headers.get(name)])) as unknown as OldHeaders
  return {
    server,
    clock,
    carried,
    async signIn(email = 'ada@example.com') {
      const response = await server.fetch(
        new Request(`${api}/auth/sign_in`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email, password: 'password123' }),
        }),
      )
      await clock.advance(6_000)
      return headersOf(response)
    },
    async call(headers) {
      const response = await server.fetch(new Request(`${api}/items`, { headers: { ...headers } }))
      return { status: response.status, headers: headersOf(response) }
    },
    session(storage) {
      const fetch: typeof globalThis.fetch = (input, init) => {
        const request = new Request(input, init)
        if (!request.url.includes('/auth/')) carried.push(request.headers.get('access-token'))
        return server.fetch(request)
      }
      const session = createSession({ baseUrl: api, fetch, storage, storageKey: key })
      open.push(session)
      return session
    },
  }
}

export const encoded = encodeURIComponent

/** As js-cookie writes a value, which vanilla-token-auth uses. */
export function asJsCookie(value: string): string {
  return encodeURIComponent(value).replace(
    /%(23|24|26|2B|3A|3C|3E|3D|2F|3F|40|5B|5D|5E|60|7B|7D|7C)/g,
    decodeURIComponent,
  )
}

export function setCookie(line: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: cookies are what is tested
  document.cookie = line
}

export function clearAll(): void {
  localStorage.clear()
  sessionStorage.clear()
  for (const part of document.cookie.split('; ')) {
    const name = part.split('=')[0]
    for (const path of ['/', '/app']) setCookie(`${name}=; Path=${path}; Max-Age=0; Secure`)
  }
}

import {
  createMockServer,
  type ManualClock,
  type MockServer,
  type MockServerOptions,
  manualClock,
} from '../../src/mock/index.ts'

export const ORIGIN = 'https://api.example.com'
export const EMAIL = 'ann@example.com'
export const PASSWORD = 'password123'

export interface Credentials {
  readonly 'access-token': string
  readonly client: string
  readonly uid: string
}

export interface Setup {
  readonly server: MockServer
  readonly clock: ManualClock
  /** Sends a request; a body goes as JSON. */
  readonly send: (
    route: string,
    options?: { headers?: HeadersInit; body?: unknown; signal?: AbortSignal },
  ) => Promise<Response>
  readonly signIn: (email?: string) => Promise<Credentials>
}

/** A server on a clock that stands still, with one user and a few routes. */
export function setup(options: MockServerOptions = {}): Setup {
  const clock = manualClock()
  const server = createMockServer({
    clock,
    users: [{ email: EMAIL, password: PASSWORD }],
    routes: { '* /items': () => ({ items: [] }) },
    ...options,
  })
  const send: Setup['send'] = (route, { headers, body, signal } = {}) => {
    const [method = 'GET', path = '/'] = route.split(' ')
    const init: RequestInit = { method, headers: new Headers(headers) }
    if (body !== undefined) {
      init.body = JSON.stringify(body)
      ;(init.headers as Headers).set('content-type', 'application/json')
    }
    if (signal !== undefined) init.signal = signal
    return server.fetch(new Request(`${ORIGIN}${path}`, init))
  }
  return {
    server,
    clock,
    send,
    signIn: async (email = EMAIL) =>
      credentialsOf(await send('POST /auth/sign_in', { body: { email, password: PASSWORD } })),
  }
}

/** The credentials that an answer brought. Throws where there are none. */
export function credentialsOf({ headers, status }: Response): Credentials {
  const token = headers.get('access-token')
  if (!token?.trim()) throw new Error(`no token in an answer with status ${status}`)
  return { 'access-token': token, client: headers.get('client')!, uid: headers.get('uid')! }
}

/** What an answer says of the credentials, in a word. */
export function issued({ headers }: Response): 'token' | 'blank' | 'absent' {
  const token = headers.get('access-token')
  if (token === null) return 'absent'
  return token.trim() === '' ? 'blank' : 'token'
}

export async function bodyOf(response: Response): Promise<unknown> {
  return response.json()
}

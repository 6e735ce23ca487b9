import { createSession, type Session, type SessionOptions } from '../../src/index.ts'
import type { Client, ClientHost, Done } from './client.ts'
import type { Fate } from './model.ts'
import type { RequestKind, WireRequest } from './network.ts'
import type { Pages } from './page.ts'
import type { ServerAnswer } from './server.ts'

const origin = 'https://api.example.com'

/** The whole library, as an app uses it, over a fetch that sends on the simulated wire. */
export function createLibraryClient(
  pages: Pages,
  options: Partial<SessionOptions> = {},
  loadedOn?: (session: Session) => void,
): (host: ClientHost) => Client {
  return host => {
    let session: Session
    /** The fate planned for the call that is being made: the library sends it at once. */
    let fate: Fate | undefined
    let signedIn: { client: string; token: string } | null = null

    function fetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
      const url = String(input)
      const kind = kindOf(url)
      const carried = (init.headers ?? {}) as Record<string, string>
      const { signal } = init
      return new Promise((resolve, reject) => {
        let request: WireRequest | undefined
        const abort = () => {
          if (request) host.abort(request)
          reject(signal!.reason)
        }
        if (signal?.aborted) return abort()
        signal?.addEventListener('abort', abort)
        const stop = () => signal?.removeEventListener('abort', abort)
        request = host.send({
          kind,
          fate,
          client: kind === 'sign-in' ? null : (carried.client ?? ''),
          token: carried['access-token'] ?? '',
          unbatch: url.includes('unbatch'),
          answered(answer) {
            stop()
            if (kind === 'sign-in') signedIn = { client: answer.client!, token: answer.token! }
            resolve(responseOf(url, answer, host.showsBearer))
          },
          failed() {
            stop()
            reject(new TypeError('Failed to fetch'))
          },
        })
        fate = undefined
      })
    }

    return {
      load() {
        const loaded = createSession({ baseUrl: origin, fetch, storage: pages.storage, ...options })
        session = loaded
        loadedOn?.(loaded)
        loaded.on('signed-out', () => {
          if (session === loaded) host.signedOut()
        })
      },
      leave: () => pages.turn(),
      signIn(done) {
        session.signIn({ email: 'u0@example.com', password: 'secret' }).then(
          () => done(signedIn),
          () => done(null),
        )
      },
      validate(done) {
        session.validateToken().then(
          user => done(user ? 200 : 401),
          () => done(null),
        )
      },
      call(planned, abortable, done) {
        const controller = abortable ? new AbortController() : null
        fate = planned
        settle(session.fetch('/items', controller ? { signal: controller.signal } : undefined), done)
        fate = undefined
        return () => controller?.abort()
      },
    }
  }
}

function settle(response: Promise<Response>, done: Done) {
  response.then(
    ({ status }) => done(status),
    () => done(null),
  )
}

function kindOf(url: string): RequestKind {
  if (url.endsWith('/auth/sign_in')) return 'sign-in'
  if (url.includes('unbatch')) return 'recovery'
  return url.includes('/auth/validate_token') ? 'validation' : 'call'
}

/** As much of a Response as the library reads. */
function responseOf(url: string, answer: ServerAnswer, showsBearer: boolean): Response {
  const { status } = answer
  const get = (name: string) => headerOf(answer, name, showsBearer)
  return {
    url,
    status,
    ok: status === 200,
    redirected: false,
    body: null,
    headers: { get },
    json: async () => ({ data: { id: 1 } }),
  } as unknown as Response
}

function headerOf({ token, expiry, client, uid }: ServerAnswer, name: string, bearer: boolean) {
  switch (name) {
    case 'access-token':
      return token
    case 'expiry':
      return token === '' ? '' : expiry === null ? null : String(expiry)
    case 'client':
      return client
    case 'uid':
      return uid
    case 'token-type':
      return client === null ? null : 'Bearer'
    case 'authorization':
      return bearer && client !== null ? `Bearer ${btoa(JSON.stringify({ uid, client }))}` : null
    default:
      return null
  }
}

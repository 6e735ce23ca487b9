import { updateAccount, updatePassword } from '../../src/account/index.ts'
import { createSession, type Session, type SessionOptions, type TokenHandoffError } from '../../src/index.ts'
import type { Client, ClientHost, Done } from './client.ts'
import type { Fate } from './model.ts'
import type { RequestKind, WireRequest } from './network.ts'
import type { Pages } from './page.ts'
import { firstEmail, type ServerAnswer } from './server.ts'

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
      const kind = kindOf(url, init.method)
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
          ...(carried.uid === undefined ? {} : { uid: carried.uid }),
          account:
            kind === 'sign-out'
              ? kind
              : kind === 'update-account'
                ? JSON.parse(String(init.body))
                : undefined,
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
        loaded.on('signed-out', ({ reason }) => {
          if (session === loaded && reason !== 'asked') host.signedOut()
        })
      },
      leave: () => pages.turn(),
      signIn(done) {
        session.signIn({ email: firstEmail, password: 'secret' }).then(
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
      account: {
        signOut: () => void session.signOut(),
        updateEmail: (email, done) => settleAccount(updateAccount(session, { email }), done),
        updatePassword: done => settleAccount(updatePassword(session, { password: 'another' }), done),
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

function settleAccount(update: Promise<unknown>, done: Done) {
  update.then(
    () => done(200),
    ({ status }: TokenHandoffError) => done(status ?? null),
  )
}

function kindOf(url: string, method?: string): RequestKind {
  if (method === 'DELETE') return 'sign-out'
  if (method === 'PUT') return url.endsWith('/auth/password') ? 'update-password' : 'update-account'
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
    case 'cache-control':
      return 'max-age=0, private, must-revalidate'
    case 'token-type':
      return client === null ? null : 'Bearer'
    case 'authorization':
      return bearer && client !== null ? `Bearer ${btoa(JSON.stringify({ uid, client }))}` : null
    default:
      return null
  }
}

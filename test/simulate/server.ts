import {
  begin,
  type ClientEntry,
  type Clients,
  finish,
  type Generation,
  type Rules,
  signIn,
  signOut,
} from '../../src/mock/rules.ts'
import type { Clock } from './clock.ts'

/** What a request carries. A sign-in carries no client. */
export interface Credentials {
  readonly client: string | null
  readonly token: string
  readonly unbatch: boolean
  /** Not checked when left out: not every client under test knows that it can change. */
  readonly uid?: string
  /** What the request does to the account. A new password changes nothing that matters here. */
  readonly account?: 'sign-out' | { readonly email: string } | undefined
}

/** What an answer says. A blank token is the empty string, as fetch reads it. */
export interface ServerAnswer {
  readonly status: number
  readonly token: string | null
  readonly expiry: number | null
  readonly client: string | null
  readonly uid: string | null
}

export interface Server {
  readonly rules: Rules
  /** Authenticates at the present time; what it returns finishes the request later. Null: refused. */
  begin(sent: Credentials): (() => ServerAnswer) | null
  entry(client: string): ClientEntry | undefined
  /** Whether the server would accept this token at the time given. */
  accepts(client: string, token: string): boolean
}

export const firstEmail = 'u0@example.com'

export function simulatedRules(generation: Generation): Rules {
  return {
    generation,
    throttleMs: 5_000,
    lifespanMs: 14 * 86_400_000,
    changeHeaders: true,
    maxDevices: 10,
  }
}

/** Without auth headers. */
const signedOut: ServerAnswer = { status: 200, token: null, expiry: null, client: null, uid: null }

/** The pure rules with one user's state, driven by virtual time. */
export function createServer(clock: Clock, rules: Rules): Server {
  let clients: Clients = []
  let minted = 0
  let signedIn = 0
  let uid = firstEmail
  const mint = () => `t${minted++}`

  function finishSignIn(): ServerAnswer {
    const client = `c${signedIn++}`
    const answer = signIn(rules, clients, client, clock.now(), mint)
    clients = answer.clients
    if (answer.kind !== 'rotated') throw new Error(`A sign-in ended as ${answer.kind}.`)
    return { status: 200, token: answer.token, expiry: answer.expiry, client, uid }
  }

  return {
    rules,
    begin({ client, token, unbatch, uid: sentUid = uid, account }) {
      if (client === null) return finishSignIn
      const beganMs = clock.now()
      if (sentUid !== uid || begin(rules, clients, { client, token }, beganMs) === null) return null
      return () => {
        if (account === 'sign-out') {
          clients = signOut(clients, client, clock.now())
          return signedOut
        }
        if (account) uid = account.email
        const answer = finish(rules, clients, { client, token, beganMs, unbatch }, clock.now(), mint)
        clients = answer.clients
        if (answer.kind === 'gone') return signedOut
        if (answer.kind === 'blank') return { status: 200, token: '', expiry: null, client, uid }
        return { status: 200, token: answer.token, expiry: answer.expiry, client, uid }
      }
    },
    entry: client => clients.find(entry => entry.client === client),
    accepts: (client, token) => begin(rules, clients, { client, token }, clock.now()) !== null,
  }
}

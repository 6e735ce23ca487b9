import type { Fate } from './model.ts'
import type { RequestKind, WireRequest } from './network.ts'

/** What a client under test has of the world around it. */
export interface ClientHost {
  /** The server's answers also carry the bearer form. */
  readonly showsBearer: boolean
  /** Puts a request on the wire of the present page. Without a fate it gets one of its own. */
  send(
    request: Pick<WireRequest, 'client' | 'token' | 'uid' | 'unbatch' | 'account' | 'answered' | 'failed'> & {
      kind: RequestKind
      fate?: Fate | undefined
    },
  ): WireRequest
  abort(request: WireRequest): void
  /** The client holds the session to be over, and nobody asked for that. Told once per session. */
  signedOut(): void
}

/** A call's outcome: a status, or null when no answer came. */
export type Done = (status: number | null) => void

export interface AccountClient {
  signOut(): void
  updateEmail(email: string, done: Done): void
  updatePassword(done: Done): void
}

/** One client library in one browser, in the hand of the simulated app. */
export interface Client {
  /** A page begins; what was stored by earlier ones is there. */
  load(): void
  /** The page is about to go. */
  leave(): void
  signIn(done: (signedIn: { client: string; token: string } | null) => void): void
  validate(done: Done): void
  /** What an app does to an account. Not every client can. */
  readonly account?: AccountClient
  /** @returns the function that the app aborts the call with */
  call(fate: Fate, abortable: boolean, done: Done): () => void
}

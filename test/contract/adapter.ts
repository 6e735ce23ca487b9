import type { Session } from '../../src/index.ts'

/** Where the contract is kept: in Node, in jsdom (XMLHttpRequest), in a page of a real Chromium. */
export type Environment = 'Node' | 'jsdom' | 'Chromium'

/** A client with the session in it, by one of its transports: a row of the contract. */
export interface Adapter {
  /** The client, and its transport where it has several: 'axios xhr'. */
  readonly name: string
  readonly environments: readonly Environment[]
  /** Makes the client as its users do. It must not retry by itself. */
  connect(session: Session): Call
  /** What an error of the client says, in a word. */
  reasonOf(error: unknown): Reason
  /** Where the client does not tell whether it was redirected. */
  readonly blindToRedirects?: true
  /**
   * A body that can be read once only, as the client takes it, and whether the client can send it again all the
   * same; absent in an environment where it cannot send one.
   */
  readonly stream?: {
    readonly environments: readonly Environment[]
    readonly replayed: boolean
    from(text: string): unknown
  }
}

export type Reason = 'aborted' | 'timed out' | 'lost' | undefined

/**
 * Calls as an application does, and gives what it gets, whatever the status; an adapter unpacks the errors that its
 * client makes of some.
 *
 * @throws what the client throws when there is no answer
 */
export type Call = (request: CallOptions) => Promise<Answer>

export interface CallOptions {
  /** In upper case. @default 'GET' */
  readonly method?: string
  /** Absolute. */
  readonly url: string
  readonly headers?: Record<string, string>
  /** To be sent as JSON by the client's own way. */
  readonly json?: unknown
  readonly form?: FormData
  /** What `stream.from` made. */
  readonly stream?: unknown
  readonly signal?: AbortSignal
  /** Milliseconds, by the client's own way. */
  readonly timeout?: number
}

export interface Answer {
  readonly status: number
  /** The body, as text or parsed. */
  readonly body: unknown
}

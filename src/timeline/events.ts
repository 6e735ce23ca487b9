import type { FreshnessReason } from '../core/freshness.ts'
import type { Purpose } from '../core/handoff.ts'
import type { Verdict } from '../core/judge.ts'
import type { ServerEvent } from '../mock/events.ts'
import type { SignedOutReason, VerdictReason, WarningCode } from '../session/events.ts'

interface Common {
  /** Milliseconds since 1970, by the log's clock. */
  readonly at: number
}

interface InTab extends Common {
  readonly tab: string
}

interface OfRequest extends InTab {
  /** The request's number in this log, from 1, in the order of sending. */
  readonly request: number
}

/** What a session did in one tab. Tokens are numbers, from 1, in the order in which the log met them. */
export type TabEvent =
  /** The log began to follow a session here: the page was opened, or loaded again. */
  | (InTab & { readonly type: 'opened' })
  | (OfRequest & {
      readonly type: 'sent'
      /** The session's own number for it, by which its events are known. */
      readonly sequence: number
      readonly purpose: Purpose
      readonly method: string
      /** Without the query. What holds the uid or a token is masked. */
      readonly path: string
      /** From its question mark on. It is in no export unless asked for. */
      readonly query?: string
      /** The token that it carries; null: not one of the session's. */
      readonly token: number | null
      /** The request that this one replays. */
      readonly former: number | null
    })
  /** An answer's token was stored. */
  | (OfRequest & {
      readonly type: 'rotated'
      readonly reason: FreshnessReason
      readonly status: number
      readonly token: number
    })
  /** An answer came, and what was stored stays. `token` is the one that it brought; null: none. */
  | (OfRequest & {
      readonly type: 'kept'
      readonly reason: FreshnessReason
      readonly status: number
      readonly token: number | null
    })
  /** No answer came. With `doubt` the server may have rotated beyond the stored token. */
  | (OfRequest & { readonly type: 'lost'; readonly doubt: boolean })
  | (OfRequest & { readonly type: 'aborted' })
  /** The server refused its token. */
  | (OfRequest & {
      readonly type: 'rejected'
      readonly verdict: Verdict['action']
      readonly reason: VerdictReason | null
    })
  /** A recovery was answered (status 0: it was not). */
  | (InTab & { readonly type: 'recovered'; readonly status: number })
  | (InTab & { readonly type: 'signed-in'; readonly elsewhere: boolean; readonly token: number })
  | (InTab & { readonly type: 'signed-out'; readonly reason: SignedOutReason })
  | (InTab & { readonly type: 'warning'; readonly code: WarningCode })

/** What a server that shows its log really did with a request: one that a tab sent, or another. */
export interface ServerSideEvent extends Common {
  readonly type: 'server'
  readonly did: ServerEvent['type']
  readonly request: number
  readonly method: string
  readonly path: string
  /** The token that it is about: sent, accepted, refused or handed out. */
  readonly token: number | null
  /** What it was accepted as. */
  readonly as?: 'token' | 'previous' | 'last'
  readonly status?: number
  /** What of it was lost. */
  readonly what?: 'request' | 'answer'
}

/** One decision, or one thing that happened. */
export type LogEvent = TabEvent | ServerSideEvent

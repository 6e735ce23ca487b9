import type { FreshnessReason } from '../core/freshness.ts'
import type { Purpose } from '../core/handoff.ts'
import type { Verdict } from '../core/judge.ts'
import type { TokenHandoffError } from '../errors.ts'
import type { Snapshot } from './session.ts'

/** Why a session ended. */
export type SignedOutReason =
  | 'asked'
  /** The server refused every token that is here. */
  | 'rejected'
  /** The same, and the token had outlived its expiry. */
  | 'expired'
  /** The server deleted the account, as it was asked to from here. */
  | 'deleted'
  | 'other-tab'

/** What a developer is warned of, as a word that programs can rely on. */
export type WarningCode =
  | 'headers-not-exposed'
  | 'storage-failed'
  | 'storage-unreadable'
  | 'recovery-unavailable'
  | 'sign-out-failed'

/** Why a refused request is delivered, or what it waits for. */
export type VerdictReason =
  | Extract<Verdict, { reason: unknown }>['reason']
  | Extract<Verdict, { for: unknown }>['for']

/** What a session announces. No event holds a token or a uid, but `user` and `snapshot` hold the user's data. */
export interface SessionEvents<User = unknown> {
  /** What {@link Session.getSnapshot} returns has changed. */
  snapshot: Snapshot<User>
  'signed-in': { elsewhere: boolean }
  'signed-out': { reason: SignedOutReason }
  /** A sign-in of any kind came to nothing; its caller gets the same error. */
  'sign-in-failed': { error: TokenHandoffError }
  /** The server said who is signed in, as it was asked to. */
  validated: { user: User }
  /** An account call changed the user. */
  'account-updated': { user: User }
  /** The link of a password mail led here. `user` is null where the server wants the new password first. */
  'password-reset-return': { user: User | null }
  /** A request got its number and the stored credentials. `former` is the number that a replay had before. */
  sent: {
    sequence: number
    purpose: Purpose
    method: string
    /** Where it goes, its query too; undefined where an adapter of your own does not tell. */
    url: string | undefined
    former: number | undefined
    /** Whether it carries the stored token; false when the caller gave it one of its own. */
    stamped: boolean
  }
  /** A response's token was stored. */
  rotated: { sequence: number; reason: FreshnessReason; status: number }
  /** A response's token was not stored. */
  kept: { sequence: number; reason: FreshnessReason; status: number }
  /** The caller gave a request up. It stays on the wire until its answer, or until it is lost. */
  aborted: { sequence: number }
  /** No answer came. With `doubt` the server may have rotated beyond the stored token. */
  lost: { sequence: number; doubt: boolean }
  /** The server refused a request's token, and what becomes of the request now. */
  rejected: { sequence: number; verdict: Verdict['action']; reason: VerdictReason | undefined }
  /** A recovery is sent; `attempt` counts those since the last answer. */
  recovering: { attempt: number }
  /** A recovery was answered (status 0: it was not). */
  recovered: { status: number }
  warning: { code: WarningCode; message: string }
}

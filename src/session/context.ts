import type { Wire } from '../core/credentials.ts'
import type { Handoff } from '../core/handoff.ts'
import type { SessionRecord } from '../core/record.ts'
import type { Emit } from './emitter.ts'
import type { SessionEvents, SignedOutReason, WarningCode } from './events.ts'
import type { Exchange } from './exchange.ts'
import type { Settings } from './options.ts'
import type { Recovery } from './recovery.ts'
import type { Tabs } from './tabs.ts'

/** What the parts of one session share. */
export interface SessionContext {
  handoff: Handoff
  wire: Wire
  settings: Settings
  tabs: Tabs
  exchange: Exchange
  recovery: Recovery
  emit: Emit<SessionEvents>
  /** Says once what a developer has to know. */
  warn(code: WarningCode, message: string): void
  /** Waits for an asynchronous storage; throws when the session was disposed. */
  ready(): Promise<void> | null
  /** Reads what other tabs have stored since. */
  refresh(): void
  /** Called after whatever may have changed the record: what is new is stored, told and shown. */
  changed(cause?: SignedOutReason | 'signed-in', user?: unknown): void
  /** Resolves with true at the next change; with false when the time is up, or the session was disposed. */
  nextChange(milliseconds: number): Promise<boolean>
  /** Called for each request that is sent. */
  launched(): void
  /** Calls one of the server's own routes. */
  call(url: string, init: RequestInit): Promise<Response>
  /** Whether the sign-in that a request was sent for is still the one that is stored. */
  isCurrent(sent: Pick<SessionRecord, 'epoch' | 'client'>): boolean
  /**
   * What the server said of the user of that sign-in; `asked` is the clock at which it was asked.
   *
   * @returns whether it holds: the sign-in is current, and no account call has changed the user since
   */
  setUser(user: unknown, sent: Pick<SessionRecord, 'epoch' | 'client'>, asked: number): boolean
  /** The clock at which an account call changed the user last: what was asked for before it is stale. */
  userChanged: number
  /** The number of the account call whose user was shown last: what an earlier one answers is no news. */
  changeShown: number
  /** What an address brought and could not be taken yet. */
  pendingReturn?: PendingReturn
}

/** Credentials and what else an address brought; it has been removed from there. */
export interface PendingReturn {
  /** Null when they contradict each other. */
  readonly parameters: ReadonlyMap<string, string> | null
  readonly solicited: boolean
  /** When it came, by the session's clock, which is known once the storage has been read. */
  sequence?: number
}

/** What the account's functions work with. */
export type AccountPort = Omit<SessionContext, 'tabs' | 'recovery' | 'nextChange' | 'launched'>

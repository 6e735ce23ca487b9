import type { Generation } from '../../src/mock/rules.ts'

/** What a search may draw on: every schedule within these bounds is tried. */
export interface Configuration {
  readonly name: string
  readonly rules: Generation
  readonly tabs: 1 | 2
  /** Requests that may be sent, by kind: each from any tab, at any time. */
  readonly requests: Partial<Record<RequestKind, number>>
  /** Requests whose sender hears that no answer will come; the server may have seen them or still see them. */
  readonly losses?: number
  /** Requests that the application gives up: they stay on the wire, or are lost without counting as a loss. */
  readonly aborts?: number
  /** Pages that are loaded anew, with `pagehide` before. */
  readonly reloads?: number
  /** Pages that are loaded anew without `pagehide`: killed by the system. */
  readonly crashes?: number
  readonly signOuts?: number
  readonly signIns?: number
  /** It is the same user who signs in again. @default false */
  readonly sameUser?: boolean
  /** The user signed in on another device, a while after here. @default false */
  readonly otherDevice?: boolean
  /** The server's remove_tokens_after_password_reset. @default false */
  readonly removesTokens?: boolean
  /** The lifespan of tokens is shortened by a deploy. */
  readonly deploys?: number
  /** An answer of long ago comes out of the HTTP cache in the place of a new one. */
  readonly cached?: number
  /** A gateway answers 502 in the server's place, whatever the server does. */
  readonly gateways?: number
  /** How often time passes, by milliseconds. Besides, while nothing is in the air, until a timer of a page. */
  readonly waits?: Readonly<Record<number, number>>
  /** How often time passes until a timer of a page while an answer is awaited. */
  readonly silences?: number
  /** The clock's milliseconds after a whole second at the start: the server floors. @default 0 */
  readonly phase?: number
  /** `calm`: signed in long ago, the buffer is closed. `fresh`: signed in this moment. @default 'calm' */
  readonly start?: 'calm' | 'fresh'
  /** Whether the client can ask for a recovery. @default true */
  readonly recovers?: boolean
  /** Whether refused requests may run out of patience. @default false */
  readonly patience?: boolean
  /** Milliseconds; after a deploy half of it. @default two weeks */
  readonly lifespan?: number
  /** It has too many schedules for each sitting: `--deep` searches it, too. @default false */
  readonly deep?: boolean
}

/**
 * `call` is a GET. `upload` has a body that can be read once only. `email` changes the account's uid by a PUT that
 * the application sends by itself. `validation` asks who is signed in. `update-account` and `update-password` are
 * functions of token-handoff/account: the former changes the email, and the uid with it.
 */
export type RequestKind = 'call' | 'upload' | 'email' | 'validation' | 'update-account' | 'update-password'

export const buffer = 5_000
export const patience = 30_000
export const twoWeeks = 1_209_600_000

import { toBytes } from '../bytes.ts'
import { isSendable } from '../core/credentials.ts'
import { noDoubt, type SessionRecord, signedOutRecord, type Token } from '../core/record.ts'
import type { Eventually } from './eventually.ts'

/** What other clients keep of a session. */
export interface OldCredentials {
  'access-token': string
  client: string
  uid: string
  /** Seconds since 1970 by the server's clock, as the header said it. */
  expiry: string
}

/** The storage of another client. */
export interface OldClient {
  /** What it has stored; null when that is nothing, or not enough to be signed in. */
  read(): Eventually<OldCredentials | null>
  /** Stores credentials as it does itself. */
  write(credentials: OldCredentials): unknown
  /** Forgets what it has stored. */
  remove(): unknown
}

/**
 * Takes what a storage gave for what it may be; null for anything that no request could carry.
 *
 * @param fields their values under the names of the headers
 */
export function readOldCredentials(fields: Readonly<Record<string, unknown>>): OldCredentials | null {
  const token = header(fields['access-token'])
  const client = header(fields.client)
  const uid = header(fields.uid)
  if (!token || !client || !uid) return null
  return { 'access-token': token, client, uid, expiry: header(fields.expiry) ?? '' }
}

/** The record of a session that another client has opened. */
export function recordOf(credentials: OldCredentials, at: number): SessionRecord {
  return {
    ...signedOutRecord(1),
    client: credentials.client,
    uid: { value: credentials.uid, sequence: 0 },
    tokens: [tokenOf(credentials, at)],
    doubt: noDoubt,
  }
}

export function tokenOf(credentials: OldCredentials, at: number): Token {
  return { value: credentials['access-token'], expiry: expiryOf(credentials), sequence: 0, at }
}

/** 0 when it is none. */
export function expiryOf({ expiry }: OldCredentials): number {
  const seconds = Number(expiry)
  return Number.isFinite(seconds) ? seconds : 0
}

/**
 * A header's value as the byte string that fetch reads and sends. What came out of a header is one; what came
 * out of an address (the OAuth return) is text.
 */
function header(value: unknown): string | null {
  const text = typeof value === 'number' ? `${value}` : value
  // Web storage turns what is missing into words.
  if (typeof text !== 'string' || text.trim() === '' || text === 'undefined' || text === 'null') return null
  const bytes = isBytes(text) ? text : toBytes(text)
  return isSendable(bytes) ? bytes.trim() : null
}

function isBytes(text: string): boolean {
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about bytes
    return /^[\x00-\xff]*$/.test(text) && decodeURIComponent(text.replace(/[%\x80-\xff]/g, escapeByte)) !== ''
  } catch {
    return false
  }
}

function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}

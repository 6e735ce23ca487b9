import type { Exchange, Row } from './model.ts'

/** What stands beside a row: on the tabs' side, and on the server's. */
export interface Labels {
  client: string
  server: string
}

/** A token, for whoever draws it as it looks there: between two letters that no text has. */
export const tokenMark = /\ue000(\d+)\ue001/g
const mark = (token: number | null) => (token === null ? 'no token' : `\ue000${token}\ue001`)

/** The few words of a row. */
export function labelsOf(row: Row): Labels {
  const { exchange, tab, event, kind } = row
  const number = exchange ? `#${exchange.number} ` : ''
  const client = clientWords(row)
  const what = exchange ? serverWords(row, exchange) : ''
  const reason = kind === 'signed-out' && event.type === kind ? ` (${event.reason})` : ''
  return {
    client: client && number + client + reason,
    server: what && (tab === null ? number : '') + what,
  }
}

function clientWords({ kind, exchange, event, held }: Row): string {
  if (kind === 'signed-in') return `signed in, holds ${mark(held!)}`
  if (kind === 'signed-out') return 'signed out'
  if (kind === 'opened') return 'page loaded anew'
  if (event.type === 'warning') return `warning: ${event.code}`
  const { method, path, purpose, former, lost, aborted } = exchange!
  if (kind === 'aborted' && aborted) return 'aborted'
  if (kind === 'lost') return `lost${lost!.doubt ? ', in doubt' : ''}`
  if (kind === 'answered') return outcome(exchange!)
  if (kind === 'finished' || (kind === 'begun' && purpose !== null)) return ''
  const why = former !== null ? `replays #${former}: ` : purpose === 'recovery' ? 'recovery: ' : ''
  return `${why}${method} ${path}`
}

function outcome({ decision, brought, verdict, lost, status }: Exchange): string {
  if (verdict) return `refused: ${verdict.verdict}`
  if (lost?.doubt) return `${status}, in doubt`
  if (brought === 'blank') return 'blank: no change'
  if (brought === null || !decision) return `${status}, no token`
  return `${decision.taken ? 'takes' : 'leaves'} ${mark(brought)} (${decision.reason})`
}

function serverWords({ kind, also }: Row, exchange: Exchange): string {
  const { server, brought, status: answered } = exchange
  if (!server) {
    if (kind !== 'answered') return ''
    // What its answer says, where it does not speak for itself.
    const gave = typeof brought === 'number' ? `, brings ${mark(brought)}` : brought ? ', blank' : ''
    return `${answered}${gave}`
  }
  const { token, accepted, refused, answer, minted, status, lost } = server
  if (kind === 'begun' || also === 'begun') {
    if (token === null) return ''
    const as =
      accepted === 'previous' ? ' as the previous one' : accepted === 'last' ? ' in the buffer only' : ''
    return `${refused ? 'refuses' : accepted ? 'accepts' : 'gets'} ${mark(token)}${as}`
  }
  if (kind !== 'finished' && also !== 'finished') return ''
  const what =
    minted === null
      ? { blank: 'blank: same batch', keep: 'the same token', rotate: '', none: 'no token headers' }[
          answer ?? 'none'
        ]
      : accepted === 'token'
        ? `${mark(minted)} replaces ${mark(token)}`
        : `hands out ${mark(minted)}`
  return `${status}, ${what}${lost === 'answer' ? ', lost' : ''}`
}

/** Why: of what a session tells in one word. */
const because: Record<string, string> = {
  'signed-out': 'there is no session any more',
  'other-session': 'it belongs to another sign-in',
  same: 'it is the stored one',
  successor: 'its request carried the stored token, so it was minted after that',
  conflict: 'its expiry is smaller and it may come out of an HTTP cache, so a recovery settles it',
  newer: 'its expiry is greater, so it was minted later',
  older: 'its expiry is smaller, so it was minted earlier',
  'later-request': 'expiry does not tell, and its request was sent later',
  'earlier-request': 'expiry does not tell, and its request was sent earlier',
  replay: 'another token is stored by now, so it is sent again with that',
  'sign-out': 'no token is left that the server might accept',
  ask: 'other tabs are asked whether they have requests in flight',
  'in-flight': 'requests in flight may bring a newer token',
  recovery: 'a recovery finds out whether the token is still good',
  'other-tabs': 'requests of other tabs may bring a newer token',
  'not-replayable': 'its body can be read once only, so the application gets the 401',
  refused: 'the token is good, so the application gets the 401',
  asked: 'as the application asked',
  rejected: 'the server refused every token that there was',
  expired: 'the token had outlived its expiry',
  deleted: 'the account was deleted',
  'other-tab': 'another tab was',
  doubt: 'the server may have rotated, so a recovery asks for a fresh token',
  aborted: 'it stays on the wire, for its answer may bring the next token',
}

/** A row in a sentence: what happened, and why. */
export function sentenceOf(row: Row): string {
  const { kind, exchange, event, tab } = row
  const { client, server } = labelsOf(row)
  const { verdict, lost, brought, decision } = exchange ?? {}
  const word =
    event.type === 'signed-out'
      ? event.reason
      : kind === 'aborted'
        ? kind
        : kind !== 'answered' && kind !== 'lost'
          ? ''
          : lost?.doubt
            ? 'doubt'
            : verdict
              ? (verdict.reason ?? verdict.verdict)
              : typeof brought === 'number'
                ? decision!.reason
                : ''
  const why = Object.hasOwn(because, word) ? `: ${because[word]}` : ''
  const parts = [client && `${tab ?? 'past the sessions'}: ${client}${why}.`, server && `Server: ${server}.`]
  return parts.filter(Boolean).join(' ').replace(tokenMark, 'token $1')
}

import { broughtBy, carriedBy, type Exchange, type Row } from './model.ts'

/** What stands beside a row. */
export interface Labels {
  /** On the tabs' side, and on the server's. */
  client: string
  server: string
  /** Why, in one word. */
  why: string | null | undefined
}

export const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`

/** A token, for whoever draws it as it looks there: behind a letter that no text has. */
export const tokenMark = /\ue000(\d+)/g
const mark = (token: number | null | undefined) => (token ? `\ue000${token}` : 'no token')

/** The few words of a row. */
export function labelsOf(row: Row): Labels {
  const number = row.exchange ? `#${row.exchange.request} ` : ''
  const [client, why] = clientWords(row)
  const server = row.exchange ? serverWords(row, row.exchange) : ''
  return {
    client: client && number + client,
    server: server && (row.tab === null ? number : '') + server,
    why,
  }
}

function clientWords(row: Row): [words: string, why?: string | null] {
  const { type, kind, exchange } = row
  if (type === 'signed-in') return [`signed in, holds ${mark(row.token)}`]
  if (type === 'signed-out') return [`signed out (${row.reason})`, row.reason]
  if (type === 'warning') return [`warning: ${row.code}`]
  if (type === 'opened') return ['page loaded anew']
  const { sent, begin, lost, rejected, answer } = exchange!
  if (kind === 'lost') return lost!.doubt ? ['lost, in doubt', 'doubt'] : [kind]
  if (kind === 'sent' || (kind === 'begin' && !sent)) {
    const { method, path } = sent ?? begin!
    const why = sent?.former ? `replays #${sent.former}: ` : sent?.purpose === 'recovery' ? 'recovery: ' : ''
    return [`${why}${method} ${path || (begin?.path ?? '')}`]
  }
  if (kind === 'aborted') return [kind, kind]
  if (kind !== 'answer') return ['']
  const { status, reason, token } = answer!
  if (rejected) return [`refused: ${rejected.verdict}`, rejected.reason ?? rejected.verdict]
  if (lost?.doubt) return [`${status}, in doubt`, 'doubt']
  if (reason !== 'blank')
    return [`${type === 'rotated' ? 'takes' : 'leaves'} ${mark(token)} (${reason})`, reason]
  return [broughtBy(exchange!) === 'blank' ? 'blank: no change' : `${status}, no token`]
}

function serverWords({ kind, also }: Row, exchange: Exchange): string {
  const { server, answer, begin, accept, reject, rotate, blank, keep, finish, astray } = exchange
  const brought = broughtBy(exchange)
  // What its answer says, where the server does not speak for itself.
  if (!server) {
    const brings = brought === 'blank' ? ', blank' : brought ? `, brings ${mark(brought)}` : ''
    return kind === 'answer' ? answer!.status + brings : ''
  }
  const as = accept?.as
  if (kind === 'begin' || also === 'begin') {
    const how = as === 'previous' ? ' as the previous one' : as === 'last' ? ' in the buffer only' : ''
    return begin!.token ? `${reject ? 'refuses' : as ? 'accepts' : 'gets'} ${mark(begin!.token)}${how}` : ''
  }
  if (kind !== 'finish' && !also) return ''
  const what = rotate
    ? as === 'token'
      ? `${mark(rotate.token)} replaces ${mark(carriedBy(exchange))}`
      : `hands out ${mark(rotate.token)}`
    : blank
      ? 'blank: same batch'
      : keep
        ? 'the same token'
        : 'no token headers'
  return `${finish?.status ?? ''}, ${what}${astray?.what === 'answer' ? ', lost' : ''}`
}

/** Why: of what a session tells in one word. */
const because: Record<string, string> = {
  'signed-out': 'there is no session any more',
  'other-session': 'it belongs to another sign-in',
  same: 'it is the stored one',
  successor: 'its request carried the stored token, so it was minted later',
  conflict: 'its expiry is smaller, but it may come out of an HTTP cache: a recovery settles it',
  newer: 'its expiry is greater, so it was minted later',
  older: 'its expiry is smaller, so it was minted earlier',
  'later-request': 'its request was sent later, and expiry does not tell',
  'earlier-request': 'its request was sent earlier, and expiry does not tell',
  replay: 'another token is stored by now, so it is sent again with that',
  'sign-out': 'no token is left to try',
  ask: 'requests of other tabs may bring a newer token',
  'in-flight': 'requests in flight may bring a newer token',
  recovery: 'a recovery finds out whether the token is good',
  'other-tabs': 'requests of other tabs may bring a newer token',
  'not-replayable': 'its body can be read once only',
  refused: 'the token is good, so it is the application’s own 401',
  asked: 'as the application asked',
  rejected: 'the server refused every token',
  expired: 'the token had outlived its expiry',
  deleted: 'the account was deleted',
  'other-tab': 'another tab was',
  doubt: 'the server may have rotated, so a recovery asks for a newer token',
  aborted: 'it stays on the wire, for its answer may bring a newer token',
}

/** A row in a sentence: what happened, and why. */
export function sentenceOf(row: Row): string {
  const { client, server, why } = labelsOf(row)
  const reason = why && Object.hasOwn(because, why) ? `: ${because[why]}` : ''
  const said = client && `${row.tab ?? 'past the sessions'}: ${client}${reason}. `
  return (said + (server && `Server: ${server}.`)).trim().replace(tokenMark, 'token $1')
}

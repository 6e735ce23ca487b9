import type { FreshnessReason } from '../core/freshness.ts'
import type { Exchange, Row } from './model.ts'

/** What stands beside a row: on the tabs' side, and on the server's. */
export interface Labels {
  client: string
  server: string
}

/** A token, for whoever draws it as it looks there. */
export const tokenMark = /\{(\d+)\}/g
const mark = (token: number | null) => (token === null ? 'no token' : `{${token}}`)

/** The few words of a row. */
export function labelsOf(row: Row): Labels {
  return { client: clientLabel(row), server: serverLabel(row) }
}

function clientLabel({ kind, exchange, event, held }: Row): string {
  const number = exchange ? `#${exchange.number}` : ''
  if (kind === 'sent') return `${number} ${address(exchange!)}${aside(exchange!)}`
  if (kind === 'begun' && exchange!.tab === null) return `${number} ${address(exchange!)}`
  if (kind === 'answered') return `${number} ${outcome(exchange!)}`
  if (kind === 'lost') return `${number} lost${exchange!.lost!.doubt ? ', in doubt' : ''}`
  if (kind === 'aborted') return `${number} aborted`
  if (kind === 'signed-in') return `signed in, holds ${mark(held!)}`
  if (kind === 'signed-out' && event.type === 'signed-out') return `signed out (${event.reason})`
  if (kind === 'opened') return 'page loaded anew'
  if (kind === 'warning' && event.type === 'warning') return `warning: ${event.code}`
  return ''
}

const address = ({ method, path }: Exchange) => `${method} ${path}`.trim()

function aside({ purpose, former }: Exchange): string {
  if (former !== null) return ` (replays #${former})`
  return purpose === 'recovery' ? ' (recovery)' : ''
}

function outcome({ decision, brought, verdict, lost, status }: Exchange): string {
  if (verdict) return `refused: ${verdict.verdict}`
  if (lost?.doubt) return `${status}, in doubt`
  if (!decision) return `${status}`
  if (decision.taken) return `takes ${mark(brought as number)} (${decision.reason})`
  if (brought === null) return `${status}, no token`
  if (brought === 'blank') return 'blank, keeps its token'
  return `leaves ${mark(brought)} (${decision.reason})`
}

function serverLabel({ kind, also, exchange, tab }: Row): string {
  if (!exchange) return ''
  const what =
    kind === 'begun' || also === 'begun'
      ? beginning(exchange)
      : kind === 'finished' || also === 'finished'
        ? ending(exchange)
        : ''
  return tab === null && what ? `#${exchange.number} ${what}` : what
}

function beginning({ server, token }: Exchange): string {
  if (token === null || !server) return ''
  if (server.refused) return `refuses ${mark(token)}`
  if (server.accepted === 'previous') return `accepts ${mark(token)} as the previous one`
  if (server.accepted === 'last') return `accepts ${mark(token)} in the buffer only`
  return server.accepted ? `accepts ${mark(token)}` : `gets ${mark(token)}`
}

function ending({ server, token }: Exchange): string {
  const { accepted, answer, minted, status, lost } = server!
  const what =
    minted !== null
      ? accepted === 'token'
        ? `${mark(minted)} replaces ${mark(token)}`
        : `hands out ${mark(minted)}`
      : answer === 'blank'
        ? 'blank: same batch'
        : answer === 'keep'
          ? 'the same token'
          : 'no token headers'
  return `${status}, ${what}${lost === 'answer' ? ', lost' : ''}`
}

const reasons: Record<FreshnessReason, string> = {
  blank: 'it brought no token',
  'signed-out': 'there is no session any more',
  'other-session': 'it belongs to another sign-in',
  same: 'it is the stored one',
  successor: 'its request carried the stored token, so it was minted after that',
  conflict: 'its expiry is smaller, and it may come out of an HTTP cache: a recovery settles that',
  newer: 'its expiry is greater, so it was minted later',
  older: 'its expiry is smaller, so it was minted earlier',
  'later-request': 'expiry does not tell, and its request was sent later',
  'earlier-request': 'expiry does not tell, and its request was sent earlier',
}

const verdicts: Record<string, string> = {
  replay: 'another token is stored by now, so it is sent again with that',
  'sign-out': 'nothing newer is to be hoped for, so the session is over',
  ask: 'other tabs are asked whether they have requests in flight',
  'in-flight': 'it waits for requests that may bring a newer token',
  recovery: 'it waits for a recovery to find out whether the token is still good',
  'other-tabs': 'it waits for requests of other tabs',
  'signed-out': 'nobody is signed in any more, so the application gets the 401',
  'other-session': 'someone else is signed in, so the application gets the 401',
  'not-replayable': 'its body can be read once only, so the application gets the 401',
  refused: 'the server says so of a token that is good, so the application gets the 401',
}

const endings: Record<string, string> = {
  asked: 'as the application asked',
  rejected: 'because the server refused every token that there was',
  expired: 'because the token had outlived its expiry',
  deleted: 'because the account was deleted',
  'other-tab': 'because another tab was',
}

/** A row in sentences: what happened, and why. */
export function sentenceOf(row: Row): string {
  const { kind, exchange, event, tab, held } = row
  const where = tab === null ? 'The server' : sentenceCase(tab)
  const request = exchange ? `request ${exchange.number}, ${address(exchange)}` : ''
  const server = exchange ? serverSentence(row) : ''
  if (kind === 'sent') {
    const { token, purpose, former } = exchange!
    const why =
      former !== null ? `, which replays request ${former}` : purpose === 'call' ? '' : `, for the ${purpose}`
    return `${where} sends ${request}${why}, with ${token === null ? 'no token of the session' : `token ${token}`}.${server}`
  }
  if (kind === 'answered')
    return `${where} gets the answer to ${request}: ${decisionSentence(exchange!)}.${server}`
  if (kind === 'lost') {
    const doubt = exchange!.lost!.doubt
      ? 'the server may have rotated, so the stored token is in doubt'
      : 'that changes nothing'
    return `${where} gets no answer to ${request}: ${doubt}.`
  }
  if (kind === 'aborted') {
    return `${where} gives up ${request}. It stays on the wire, for its answer may bring the next token.`
  }
  if (event.type === 'signed-in') {
    return `${where} is signed in${event.elsewhere ? ' by another tab' : ''}, and holds token ${held}.`
  }
  if (event.type === 'signed-out') return `${where} is signed out, ${endings[event.reason] ?? event.reason}.`
  if (kind === 'opened') return `${where} is loaded anew.`
  if (event.type === 'warning') return `${where} warns: ${event.code}.`
  return `The server has ${request}.${server}`
}

function decisionSentence({ decision, brought, verdict, status, lost }: Exchange): string {
  if (verdict)
    return `the token was refused; ${verdicts[verdict.reason ?? verdict.verdict] ?? verdict.verdict}`
  if (lost?.doubt) return `${status}, and the server may have rotated without showing it`
  if (!decision || brought === null) return `${status}, without a token`
  if (brought === 'blank') return 'it is blank, so the stored token stays'
  return `token ${brought} is ${decision.taken ? 'stored' : 'not stored'}, because ${reasons[decision.reason] ?? decision.reason}`
}

function serverSentence({ kind, also, exchange }: Row): string {
  const { server, token } = exchange!
  if (!server) return ''
  if (kind === 'begun' || also === 'begun') {
    const as =
      server.accepted === 'previous'
        ? ' as the previous one'
        : server.accepted === 'last'
          ? ' inside the buffer only'
          : ''
    if (token === null) return ' It begins there.'
    return ` The server ${server.refused ? 'refuses' : 'accepts'} token ${token}${as}.`
  }
  if (kind !== 'finished' && also !== 'finished') return ''
  const lost = server.lost === 'answer' ? ' The answer is lost on its way.' : ''
  const { answer, minted, status } = server
  const done =
    answer === 'blank'
      ? 'in the same batch, without a new token'
      : minted !== null
        ? `with the new token ${minted}`
        : answer === 'keep'
          ? 'with the same token'
          : 'without token headers'
  return ` The server answers ${status}, ${done}.${lost}`
}

const sentenceCase = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

import { styleText } from 'node:util'
import { type Exchange, isRotation, type Step } from './recorder.ts'

/** Draws what happened as lines: time runs downwards; client, token and server stand side by side. */
export interface Lanes {
  head(): string[]
  /** @param base the number of the token that is called ① */
  draw(steps: readonly Step[], startedAt: number, base: number): string[]
  /** A line for the time that passes without a request. */
  gap(text: string): string
}

type Paint = (format: Parameters<typeof styleText>[0], text: string) => string

const widths = { time: 8, bracket: 2, client: 37, token: 18 }
const longestPath = 24
const colours = ['cyan', 'yellow', 'magenta', 'green', 'blue'] as const

export function createLanes(coloured: boolean): Lanes {
  const paint: Paint = (format, text) =>
    coloured ? styleText(format, text, { validateStream: false }) : text
  const row = (time: string, bracket: string, client: string, token: string, server: string) =>
    [
      paint('dim', time.padStart(widths.time)),
      paint('dim', bracket.padEnd(widths.bracket)),
      paintTokens(client.padEnd(widths.client), paint),
      paintTokens(token.padEnd(widths.token), paint),
      paintTokens(server, paint),
    ]
      .join(' ')
      .trimEnd()

  return {
    head: () => [
      paint('bold', row('time', '', 'client', centred('token', ' '), 'server')),
      paint('dim', '─'.repeat(98)),
    ],
    draw: (steps, startedAt, base) => {
      const brackets = bracketsOf(steps)
      return steps.map(({ exchange, kind }, index) => {
        const at = kind === 'request' ? exchange.sentAt : exchange.answeredAt
        const time = `${((at - startedAt) / 1000).toFixed(1)} s`
        const name = (token: number) => circled(token - base + 1)
        const [client, token, server] =
          kind === 'request' ? requestTexts(exchange, name) : answerTexts(exchange, name)
        return row(time, brackets[index]!, client, token, server)
      })
    },
    gap: text => row('⋮', '', text, '', ''),
  }
}

type Name = (token: number) => string
type Texts = [client: string, token: string, server: string]

function requestTexts(exchange: Exchange, name: Name): Texts {
  const { number, method, byHand, purpose, sentToken, server } = exchange
  const path = exchange.path.length > longestPath ? `…${exchange.path.slice(1 - longestPath)}` : exchange.path
  const aside = byHand ? ' (by hand)' : purpose === 'recovery' ? ' (recovery)' : ''
  const token = sentToken === null ? '' : name(sentToken)
  return [`#${number} ${method} ${path}${aside}`, `${centred(token, '─')}▶`, requestAtServer(token, server)]
}

function requestAtServer(token: string, server: Exchange['server']): string {
  if (!token) return ''
  if (server?.refused) return `refuses ${token}`
  if (server?.accepted === 'previous') return `accepts ${token}, the previous one`
  if (server?.accepted === 'last') return `accepts ${token}, in the buffer only`
  return server?.accepted ? `accepts ${token}` : `gets ${token}`
}

function answerTexts(exchange: Exchange, name: Name): Texts {
  const { broughtToken } = exchange
  const token =
    typeof broughtToken === 'number' ? name(broughtToken) : broughtToken === 'blank' ? 'blank' : ''
  return [
    `#${exchange.number}   ${outcome(exchange, name)}`,
    `◀${centred(token, '─')}`,
    answerOfServer(exchange, token, name),
  ]
}

/** What the client makes of the answer, with the session's own reason. */
function outcome({ byHand, decision, verdict, held }: Exchange, name: Name): string {
  const token = held === null ? 'no token' : name(held)
  if (byHand) return held === null ? 'the session is signed out' : `the session still holds ${token}`
  if (verdict) return `${held === null ? 'has' : 'keeps'} ${token} (refused: ${verdict})`
  if (!decision) return `holds ${token}`
  return `${decision.taken ? 'takes' : 'keeps'} ${token} (${decision.reason})`
}

/** What the answer says. A server that shows its log is believed rather than the headers. */
function answerOfServer(exchange: Exchange, token: string, name: Name): string {
  const { status, sentToken, broughtToken, server } = exchange
  const told = server?.answer
  if (broughtToken === 'blank' || told === 'blank') return `${status}, same batch: no new token`
  if (told === 'keep' || (broughtToken !== null && broughtToken === sentToken))
    return `${status}, the same token`
  if (isRotation(exchange)) return `${status}, ${token} replaces ${name(sentToken!)}`
  if (token) return `${status}, hands out ${token}`
  return status === 401 ? '401: the action did not run' : `${status}, no token headers`
}

/** Brackets each batch: the request that rotates, or opens the session, and those that get blanks after it. */
function bracketsOf(steps: readonly Step[]): string[] {
  const brackets = steps.map(() => '')
  for (const batch of batchesOf(steps)) {
    const first = steps.findIndex(({ exchange }) => batch.includes(exchange))
    const last = steps.findLastIndex(({ exchange }) => batch.includes(exchange))
    for (let index = first; index <= last; index++) {
      brackets[index] = index === first ? '┌' : index === last ? '└' : '│'
    }
  }
  return brackets
}

/** In the order of the answers: a blank belongs to the rotation before it. Those of one request are no batch. */
function batchesOf(steps: readonly Step[]): Exchange[][] {
  const batches: Exchange[][] = []
  for (const { exchange, kind } of steps) {
    if (kind === 'request' || exchange.broughtToken === null) continue
    const open = batches.at(-1)
    if (exchange.broughtToken === 'blank' && open) open.push(exchange)
    else batches.push([exchange])
  }
  return batches.filter(batch => batch.length > 1)
}

function centred(text: string, fill: string): string {
  const padded = text && fill !== ' ' ? ` ${text} ` : text
  const left = Math.floor((widths.token - 2 - padded.length) / 2)
  return fill.repeat(left) + padded + fill.repeat(widths.token - 2 - left - padded.length)
}

export function circled(number: number): string {
  return number >= 1 && number <= 20 ? String.fromCodePoint(0x2460 + number - 1) : `(${number})`
}

function paintTokens(text: string, paint: Paint): string {
  return text.replace(/[①-⑳]/g, token => {
    const colour = colours[(token.codePointAt(0)! - 0x2460) % colours.length]!
    return paint([colour, 'bold'], token)
  })
}

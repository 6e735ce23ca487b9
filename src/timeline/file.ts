import { TokenHandoffError } from '../errors.ts'
import type { LogEvent } from './events.ts'
import type { Redactor } from './redact.ts'

/** A saved log. */
export interface LogFile {
  format: 'token-handoff-log'
  version: 1
  events: LogEvent[]
}

export interface ExportOptions {
  /** What is left out unless it is asked for. */
  include?: readonly 'query'[]
}

/** @param options a text is the key that JSON.stringify tells */
export function exportLog(
  events: readonly LogEvent[],
  { redact }: Redactor,
  options?: ExportOptions | string,
): LogFile {
  const queries = typeof options === 'object' && options.include?.includes('query')
  const exported = events.map(event => {
    if (!('path' in event)) return event
    const { query, ...rest } = event as LogEvent & { path: string; query?: string }
    // What was secret by then may have been unknown when it was written down.
    return { ...rest, path: redact(rest.path), ...(queries && query && { query: redact(query) }) } as LogEvent
  })
  return { format: 'token-handoff-log', version: 1, events: exported }
}

type Check = (value: unknown) => boolean

const isText: Check = value => typeof value === 'string'
const isFlag: Check = value => typeof value === 'boolean'
const isNumber: Check = Number.isFinite
const isCount: Check = value => Number.isSafeInteger(value) && (value as number) > 0
const orNull =
  (check: Check): Check =>
  value =>
    value === null || check(value)
const orNone =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)
const oneOf = (words: string): Check => {
  const list = words.split(' ')
  return value => list.includes(value as string)
}

const tab = { tab: isText }
const request = { ...tab, request: isCount }
const answer = { ...request, reason: isText, status: isNumber }

const fields: Record<LogEvent['type'], Record<string, Check>> = {
  opened: tab,
  sent: {
    ...request,
    sequence: isNumber,
    purpose: isText,
    method: isText,
    path: isText,
    query: orNone(isText),
    token: orNull(isCount),
    former: orNull(isCount),
  },
  rotated: { ...answer, token: isCount },
  kept: { ...answer, token: orNull(isCount) },
  lost: { ...request, doubt: isFlag },
  aborted: request,
  rejected: {
    ...request,
    verdict: oneOf('deliver replay wait ask sign-out'),
    reason: orNull(isText),
  },
  recovered: { ...tab, status: isNumber },
  'signed-in': { ...tab, elsewhere: isFlag, token: isCount },
  'signed-out': { ...tab, reason: isText },
  warning: { ...tab, code: isText },
  server: {
    did: oneOf('begin accept reject rotate blank keep raise finish lost'),
    request: isCount,
    method: isText,
    path: isText,
    token: orNull(isCount),
    as: orNone(oneOf('token previous last')),
    status: orNone(isNumber),
    what: orNone(oneOf('request answer')),
  },
}

/**
 * Reads a saved log, and takes over what it knows of each event and nothing else.
 *
 * @throws TokenHandoffError `log-invalid`
 */
export function readLog(json: unknown): LogEvent[] {
  const { format, version, events } = Object(
    typeof json === 'string' ? parse(json) : json,
  ) as Partial<LogFile>
  if (format !== 'token-handoff-log') throw invalid('This is no log of token-handoff.')
  if (version !== 1) throw invalid(`This log is of version ${version}, and 1 is what this library reads.`)
  if (!Array.isArray(events)) throw invalid('This log has no list of events.')
  return events.map((event, index) => {
    const read = readEvent(Object(event))
    if (typeof read !== 'string') return read
    throw invalid(`Event ${index + 1} of this log is damaged: ${read}.`)
  })
}

/** The event, or what is wrong with it. */
function readEvent(event: Record<string, unknown>): LogEvent | string {
  const { type, at } = event
  const checks = Object.hasOwn(fields, type as string) && fields[type as LogEvent['type']]
  if (!checks) return 'its type is unknown'
  if (!isNumber(at)) return 'its time is no number'
  const read: Record<string, unknown> = { type, at }
  for (const name in checks) {
    if (!checks[name]!(event[name])) return `its ${name} is missing or wrong`
    if (event[name] !== undefined) read[name] = event[name]
  }
  return read as unknown as LogEvent
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw invalid('This log is no JSON: it may have been cut off.')
  }
}

function invalid(message: string): TokenHandoffError {
  return new TokenHandoffError('log-invalid', `${message} Export it again with JSON.stringify(log).`)
}

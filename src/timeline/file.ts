import { TokenHandoffError } from '../errors.ts'
import type { LogEvent } from './events.ts'
import type { Redactor } from './redact.ts'

/** A saved log. */
export interface LogFile {
  format: 'token-handoff-log'
  version: 1
  events: LogEvent[]
}

/** What an exported log leaves out. */
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

/** The fields of each type of event; those with a question mark may be missing, or null. */
const fields: Record<LogEvent['type'], string> = {
  opened: 'tab',
  sent: 'tab request sequence purpose method path query? token? former?',
  rotated: 'tab request reason status token',
  kept: 'tab request reason status token?',
  lost: 'tab request doubt',
  aborted: 'tab request',
  rejected: 'tab request verdict reason?',
  recovered: 'tab status',
  'signed-in': 'tab elsewhere token',
  'signed-out': 'tab reason',
  warning: 'tab code',
  server: 'did request method path token? as? status? what?',
}
const isCount = /^(request|token|former)$/
const isNumber = /^(at|sequence|status)$/
const isFlag = /^(doubt|elsewhere)$/

/** By its name. What is no number and no flag is a word. */
function isValid(name: string, value: unknown): boolean {
  if (isCount.test(name)) return Number.isSafeInteger(value) && (value as number) > 0
  if (isNumber.test(name)) return Number.isFinite(value)
  return typeof value === (isFlag.test(name) ? 'boolean' : 'string')
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
export function readEvent(event: Record<string, unknown>): LogEvent | string {
  const type = event.type as LogEvent['type']
  if (!Object.hasOwn(fields, type)) return 'its type is unknown'
  const read: Record<string, unknown> = { type }
  for (const field of `at ${fields[type]}`.split(' ')) {
    const name = field.replace('?', '')
    const value = event[name]
    if (!(isValid(name, value) || (name !== field && (value ?? null) === null)))
      return `its ${name} is missing or wrong`
    if (value !== undefined) read[name] = value
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

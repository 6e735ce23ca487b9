import { TokenHandoffError } from '../errors.ts'
import type { LogEvent } from './events.ts'
import type { Redactor } from './redact.ts'

const format = 'token-handoff-log'

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
  const queries = Object(options).include?.includes('query')
  // What was secret by then may have been unknown when it was written down.
  const masked = (text: string | undefined) => text && redact(text)
  const exported = events.map(event => {
    const { path, query } = event as { path?: string; query?: string }
    return readEvent({ ...event, path: masked(path), query: queries ? masked(query) : undefined }) as LogEvent
  })
  return { format, version: 1, events: exported }
}

/** The fields of each type of event; those with a question mark may be missing, or null. */
export const fields: Record<LogEvent['type'], string> = {
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

/** By its name. What is no number and no flag is a word. */
function isValid(name: string, value: unknown): boolean {
  if (/^(request|token|former)$/.test(name)) return Number.isSafeInteger(value) && (value as number) > 0
  if (/^(at|sequence|status)$/.test(name)) return Number.isFinite(value)
  return typeof value === (/^(doubt|elsewhere)$/.test(name) ? 'boolean' : 'string')
}

/**
 * Reads a saved log, and takes over what it knows of each event and nothing else.
 *
 * @throws TokenHandoffError `log-invalid`
 */
export function readLog(json: unknown): LogEvent[] {
  const file: Partial<LogFile> = Object(typeof json === 'string' ? parse(json) : json)
  if (file.format !== format || !Array.isArray(file.events)) throw invalid('is no log of token-handoff')
  if (file.version !== 1) throw invalid(`is of version ${file.version}, and 1 is what this library reads`)
  return file.events.map((event, index) => {
    const read = readEvent(Object(event))
    if (typeof read === 'string') throw invalid(`is damaged: of event ${index + 1}, ${read}`)
    return read
  })
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw invalid('is no JSON: it may have been cut off')
  }
}

const invalid = (wrong: string) =>
  new TokenHandoffError('log-invalid', `This ${wrong}. Export it again with JSON.stringify(log).`)

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

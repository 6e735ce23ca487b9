export type { LogEvent, ServerSideEvent, TabEvent } from './events.ts'
export type { ExportOptions, LogFile } from './file.ts'
export { createLog, type Log, type LogOptions, parseLog } from './log.ts'
export { type TextOptions, timeline } from './text.ts'

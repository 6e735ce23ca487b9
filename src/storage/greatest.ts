import { merge, parseRecord } from '../core/record.ts'

/** What several holders of one session know together; what cannot be read counts only when nothing else is there. */
export function greatestOf(values: readonly (string | null)[]): string | null {
  const there = values.filter(value => value !== null && value !== '')
  if (there.length < 2) return there[0] ?? null
  const records = there.map(parseRecord).filter(record => record !== null)
  return records.length === 0 ? there[0]! : JSON.stringify(records.reduce(merge))
}

import type { Adapter, Environment } from './adapter.ts'
import { adapters } from './adapters.ts'
import { type Case, cases } from './cases.ts'
import { isPlayed } from './played.ts'

const environments: readonly Environment[] = ['Node', 'jsdom', 'Chromium']

/** What became of one case with one adapter in one environment. */
export type Outcome = 'passed' | 'failed' | 'left out'

/**
 * The contract as a table, adapter by case.
 *
 * @param outcome default: everything passed, as the documents say and the tests prove
 */
export function contractTable(
  outcome: (adapter: Adapter, environment: Environment, played: Case) => Outcome = () => 'passed',
): string {
  const cell = (adapter: Adapter, played: Case) => {
    const where = environments.filter(environment => isPlayed(played, adapter, environment))
    if (where.length === 0) return '–'
    const not = where.filter(environment => outcome(adapter, environment, played) !== 'passed')
    if (not.length > 0)
      return not.map(environment => `${outcome(adapter, environment, played)} in ${environment}`).join(', ')
    if (!played.needsStream) return '✓'
    return adapter.stream?.replayed ? '✓ sent again' : '✓ delivered'
  }
  return grid([
    ['', ...adapters.map(({ name }) => name)],
    ['played in', ...adapters.map(adapter => adapter.environments.join(', '))],
    ...cases.map(played => [played.name, ...adapters.map(adapter => cell(adapter, played))]),
  ])
}

/** Markdown that can be read as it is. */
function grid(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = rows.map(line)
  return [head, `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`, ...body].join('\n')
}

const [begin, end] = [
  '<!-- contract: written by `npm run contract -- --write` -->\n\n',
  '\n\n<!-- /contract -->',
]

/** @throws where the document has no place for the table */
export function withTable(document: string, table: string): string {
  const [before, rest] = document.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`The document has no place for the table: ${begin}${end}`)
  return before + begin + table + end + after
}

/** `npm run conformance -- FILE...`: plays recorded traces against the mock server. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type Failure, play } from './play.ts'
import { parseScenarios, type Scenario, UnreadableTrace } from './trace.ts'

const SHOWN_FAILURES = 10
const SHOWN_DIFFERENCES = 6

/** Reads a .jsonl or .jsonl.gz file. */
export function readScenarios(file: string): Scenario[] {
  return parseScenarios(readText(file), file)
}

function readText(file: string): string {
  try {
    const bytes = readFileSync(file)
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error)
    throw new UnreadableTrace(`${file} cannot be read: ${reason}.`)
  }
}

function describe(file: string, { scenario, step, differences }: Failure): string {
  const lines = differences
    .slice(0, SHOWN_DIFFERENCES)
    .map(({ path, expected, got }) =>
      path === 'error'
        ? `    ${got}`
        : `    ${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`,
    )
  const more = differences.length - lines.length
  if (more > 0) lines.push(`    and ${more} more`)
  return [`${file}: ${scenario}, ${step}`, ...lines].join('\n')
}

async function main(files: readonly string[]): Promise<number> {
  if (files.length === 0) {
    console.error('Name at least one trace file: npm run conformance -- FILE.jsonl FILE.jsonl.gz ...')
    return 1
  }
  let passed = 0
  let failed = 0
  try {
    const read = files.map(file => [file, readScenarios(file)] as const)
    for (const [file, scenarios] of read) {
      for (const scenario of scenarios) {
        const failure = await play(scenario)
        if (failure === undefined) passed += 1
        else {
          failed += 1
          if (failed <= SHOWN_FAILURES) console.log(describe(file, failure))
        }
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableTrace)) throw error
    console.error(error.message)
    return 1
  }
  if (failed > SHOWN_FAILURES) console.log(`${failed - SHOWN_FAILURES} more failures are not shown.`)
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

if (import.meta.filename === process.argv[1]) process.exitCode = await main(process.argv.slice(2))

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startVitest, type TestCase } from 'vitest/node'
import { contractTable, type Outcome, withTable } from './table.ts'

/**
 * `npm run contract`: plays the contract and prints it as a table, adapter by case. `-- --write` puts the table into
 * docs/adapters.md. The exit status is 1 when a case failed.
 */
const document = fileURLToPath(new URL('../../docs/adapters.md', import.meta.url))

const vitest = await startVitest('test', ['test/contract/contract.'], {
  watch: false,
  project: ['node', 'jsdom', 'tabs'],
  reporters: [{}],
})
const tests = new Map<string, TestCase>()
for (const module of vitest.state.getTestModules()) {
  for (const test of module.children.allTests()) tests.set(test.fullName, test)
}
const errors = vitest.state.getUnhandledErrors()
await vitest.close()

const table = contractTable((adapter, environment, { name }): Outcome => {
  const state = tests.get(`${adapter.name} in ${environment} > ${name}`)?.result().state
  return state === 'passed' ? 'passed' : state === 'failed' ? 'failed' : 'left out'
})
console.log(table)

const states = [...tests.values()].map(test => test.result().state)
const count = (wanted: string) => states.filter(state => state === wanted).length
for (const [name, test] of tests) {
  for (const { message } of test.result().errors ?? []) console.error(`\n${name}\n  ${message}`)
}
for (const error of errors) console.error(error)
console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} left out`)

const fine = count('passed') > 0 && count('failed') === 0 && errors.length === 0
if (process.argv.includes('--write')) {
  if (!fine || count('skipped') > 0)
    console.error('Not written: the table is for a contract that is kept everywhere.')
  else writeFileSync(document, withTable(readFileSync(document, 'utf8'), table))
}
process.exitCode = fine ? 0 : 1

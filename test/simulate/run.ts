import { parseArgs } from 'node:util'
import type { Generation } from '../../src/mock/rules.ts'
import { type NetworkName, networkNames, type Reading } from './model.ts'
import { describeAccount, describeCauses, describeCell, header } from './report.ts'
import { type Cell, clientNames, libraryName, simulate } from './simulation.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    rules: { type: 'string' },
    network: { type: 'string' },
    only: { type: 'string' },
    trace: { type: 'string' },
    verdict: { type: 'string' },
    causes: { type: 'boolean', default: false },
    reading: { type: 'string', multiple: true, default: [] },
    'no-recovery': { type: 'boolean', default: false },
    account: { type: 'boolean', default: false },
  },
})

const rules = values.rules ? [values.rules as Generation] : (['1.3.0', '1.2.0'] as const)
const chosen = values.network ? [values.network as NetworkName] : networkNames
const clients = values.account ? [libraryName] : values.only ? [values.only] : clientNames
const calls = Number(values.calls)
const seed = Number(values.seed)
const reading = Object.fromEntries(values.reading.map(pair => pair.split('='))) as Partial<Reading>

const began = performance.now()
console.log(header(calls, seed))
for (const generation of rules) {
  for (const network of chosen) {
    const cell: Cell = {
      rules: generation,
      network,
      calls,
      seed,
      reading,
      recovery: !values['no-recovery'],
      account: values.account,
      trace: values.trace
        ? {
            wanted: Number(values.trace),
            only: values.verdict ?? null,
            print: line => console.log(line),
          }
        : null,
    }
    const results = []
    for (const name of clients) results.push({ name, figures: await simulate(cell, name) })
    console.log(describeCell(generation, network, results))
    if (values.account) console.log(describeAccount(results[0]!.figures))
    if (values.causes) console.log(describeCauses(results[0]!.figures))
  }
}
console.error(`${((performance.now() - began) / 1_000).toFixed(0)} s`)

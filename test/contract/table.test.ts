import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { adapters } from './adapters.ts'
import { cases } from './cases.ts'
import { contractTable, withTable } from './table.ts'

const document = readFileSync(new URL('../../docs/adapters.md', import.meta.url), 'utf8')

test('docs/adapters.md shows the contract as it is: else run `npm run contract -- --write`', () => {
  expect(withTable(document, contractTable())).toBe(document)
})

test('the table has a row for each case and a column for each adapter', () => {
  const rows = contractTable().split('\n')
  expect(rows.length).toBe(cases.length + 3)
  for (const row of rows) expect(row.split('|').length).toBe(adapters.length + 3)
})

test('what did not pass is said where it did not', () => {
  const table = contractTable((adapter, environment, { name }) =>
    adapter.name === 'ky' && environment === 'Chromium' && name.startsWith('204') ? 'failed' : 'passed',
  )
  const row = table.split('\n').find(line => line.startsWith('| 204'))
  expect(row).toContain('failed in Chromium')
  expect(table.match(/failed/g)?.length).toBe(1)
})

test('a document without a place for the table is told', () => {
  expect(() => withTable('# Adapters', contractTable())).toThrow('no place for the table')
})

import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ROOT, read } from './pages.ts'

const page = read('docs/features.md')
const rows = page
  .split('\n')
  .filter(line => line.startsWith('| ') && !line.startsWith('| |'))
  .map(line =>
    line
      .slice(1, -1)
      .split(' | ')
      .map(cell => cell.trim()),
  )

test('compares eight clients with this one, in more than fifty rows', () => {
  expect(rows.length).toBeGreaterThan(50)
  expect(new Set(rows.map(cells => cells.length))).toEqual(new Set([11]))
  for (const [, ...cells] of rows) expect(cells.slice(0, 8).every(cell => /^[✓–]$/.test(cell))).toBe(true)
})

test('no feature is there twice', () => {
  const features = rows.map(([feature]) => feature)
  expect(new Set(features).size).toBe(features.length)
})

describe('this library', () => {
  test.each(rows.map(cells => [cells[0]!, cells] as const))('%s', (_, cells) => {
    const [here, shown] = [cells[9]!, cells[10]!]
    expect(here).not.toMatch(/^–?$/)
    const links = [...shown.matchAll(/\[(.+?)\]\((\.\.\/test\/[^)]+)\)/g)]
    if (links.length === 0) {
      // Then the page says why.
      const [, number] = /\[\((\d)\)\]\(#what-is-not-here\)/.exec(here)!
      expect(page.split('## What is not here')[1]).toContain(`\n${number}. **`)
    }
    for (const [, name, link] of links) {
      const file = link!.replace('../', '')
      expect(existsSync(ROOT + file), file).toBe(true)
      expect(read(file), file).toContain(name)
    }
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { blocksOf } from '../readme/blocks.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string) => readFileSync(ROOT + file, 'utf8')

const shown = blocksOf(read('docs/recipes.md')).map(({ file, line, code }) => ({
  file: file ?? `nothing above line ${line}`,
  code,
}))
const recipes = readdirSync(`${ROOT}examples/recipes`)
  .filter(file => file !== 'api-schema.ts')
  .map(file => `examples/recipes/${file}`)

describe('docs/recipes.md', () => {
  test('shows every recipe, and nothing else', () => {
    expect(shown.map(({ file }) => file).sort()).toEqual(recipes.sort())
  })

  test.each(shown)('shows $file as it is', ({ file, code }) => {
    expect(code).toBe(read(file))
  })

  test('has recipes that fit on a screen', () => {
    expect(shown.filter(({ code }) => code.split('\n').length > 25)).toEqual([])
  })
})

test('every recipe has a test', () => {
  const tests = readdirSync(`${ROOT}test/recipes`)
    .map(file => read(`test/recipes/${file}`))
    .join('\n')
  expect(recipes.filter(file => !tests.includes(`../../${file}'`))).toEqual([])
})

import { readFileSync } from 'node:fs'
import axios from 'axios'
import { expect, test } from 'vitest'
import { leftOut } from './left-out.ts'
import { oldest } from './oldest.ts'

const ROOT = new URL('../../', import.meta.url)
const { peerDependencies, devDependencies } = JSON.parse(
  readFileSync(new URL('package.json', ROOT), 'utf8'),
) as Record<'peerDependencies' | 'devDependencies', Record<string, string>>

test.each(Object.entries(peerDependencies))(
  '%s: the oldest and the newest of %s are tested',
  (name, range) => {
    const claimed = range.split(' || ').map(part => /^\^(\d+\.\d+\.\d+)$/.exec(part)![1]!)
    expect(claimed[0]).toBe(oldest[name])
    const major = (version: string | undefined) => version?.split('.')[0]
    expect(major(claimed.at(-1))).toBe(major(devDependencies[name]))
  },
)

test.each(Object.entries(oldest))('%s is installed as %s', (name, version) => {
  const manifest = new URL(`test/peers/oldest/node_modules/${name}/package.json`, ROOT)
  expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe(version)
})

test.each(Object.keys(peerDependencies))('what tests import as %s is the oldest', async name => {
  const resolved = 'virtual:resolved-peers'
  const { default: files } = (await import(resolved)) as { default: Record<string, string> }
  expect(files[name]).toContain(`/test/peers/oldest/node_modules/${name}/`)
})

test('what tests import here says so of itself', async () => {
  expect(axios.VERSION).toBe(oldest.axios)
  expect((await import('react')).version).toContain(oldest.react)
  expect((await import('@angular/core')).VERSION.full).toBe(oldest['@angular/core'])
})

test('what is left out is there', () => {
  const files = ['adapters/react.jsdom', 'mock/msw.jsdom'].map(name =>
    readFileSync(new URL(`test/${name}.test.ts`, ROOT), 'utf8'),
  )
  const text = files.join('\n')
  expect(Object.keys(leftOut).filter(name => !text.includes(`test('${name}'`))).toEqual([])
})

test('the documents name these versions', () => {
  const text = readFileSync(new URL('docs/adapters.md', ROOT), 'utf8')
  for (const name of Object.keys(peerDependencies))
    expect(text).toContain(`\n| ${name} | ${oldest[name]} | ${devDependencies[name]} |\n`)
})

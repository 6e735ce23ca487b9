import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readScenarios } from './run.ts'

const GOOD = 'test/traces/gem-1.2.0-scenarios.jsonl.gz'
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

function run(...files: string[]): Promise<{ code: number; out: string[]; err: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, ['test/conformance/run.ts', ...files], (error, stdout, stderr) =>
      resolve({
        code: error === null ? 0 : Number(error.code),
        out: stdout.trimEnd().split('\n'),
        err: stderr.trimEnd(),
      }),
    )
  })
}

describe('npm run conformance', () => {
  test('passes with status 0, and ends with the count', async () => {
    const { code, out } = await run(GOOD)
    expect([code, out]).toEqual([0, ['185 passed, 0 failed']])
  })

  test('shows where a scenario differs, and fails with status 1', async () => {
    const [first, second] = readScenarios(GOOD)
    const altered = JSON.stringify(first).replace('"expiry":1209600', '"expiry":1209601')
    const path = await file('altered.jsonl', `${altered}\n\n${JSON.stringify(second)}\n`)
    const { code, out } = await run(path)
    expect(code).toBe(1)
    expect(out).toEqual([
      `${path}: ${first?.name}, step 0 (sign_in at 0 ms)`,
      '    expiry: expected 1209601, got 1209600',
      '1 passed, 1 failed',
    ])
  })

  test('shows ten failures at most', async () => {
    const scenarios = readScenarios(GOOD).slice(0, 12)
    const lines = scenarios.map(scenario => JSON.stringify({ ...scenario, config: { colour: 'red' } }))
    const { out } = await run(await file('many.jsonl', lines.join('\n')))
    expect(out.filter(line => line.includes("the setting 'colour' is not known"))).toHaveLength(10)
    expect(out.slice(-2)).toEqual(['2 more failures are not shown.', '0 passed, 12 failed'])
  })

  test.each([
    ['no file', [], 'Name at least one trace file'],
    ['a file that is not there', ['nowhere.jsonl'], 'nowhere.jsonl cannot be read: there is no such file.'],
  ])('%s is one clear sentence and status 1', async (_, files, sentence) => {
    const { code, err } = await run(...files)
    expect([code, err.split('\n').length]).toEqual([1, 1])
    expect(err).toContain(sentence)
  })

  test.each([
    ['no JSON', '{"name":', 'line 1 is no JSON.'],
    ['no scenario', '{"name":"x"}', 'is no scenario: it needs a name, a config and steps.'],
    [
      'an incomplete step',
      '{"name":"x","config":{},"steps":[{"at":0}]}',
      '(x) has a step without at, op or expect.',
    ],
    ['nothing', '\n', 'holds no scenario.'],
  ])('a file with %s is, too', async (_, text, sentence) => {
    const { code, err } = await run(await file('bad.jsonl', text))
    expect([code, err.split('\n').length]).toEqual([1, 1])
    expect(err).toContain(sentence)
  })

  test('a compressed file that is none is, too', async () => {
    const { code, err } = await run(await file('bad.jsonl.gz', 'plain'))
    expect([code, err.split('\n').length]).toEqual([1, 1])
    expect(err).toContain('bad.jsonl.gz cannot be read')
  })
})

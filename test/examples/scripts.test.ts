import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const START = fileURLToPath(new URL('../../examples/start.ts', import.meta.url))
const run = promisify(execFile)

test.concurrent.each(['axios', 'ky'])('the %s example runs to its end', { timeout: 20_000 }, async name => {
  const { stdout, stderr } = await run(process.execPath, [START, name])
  // As a rule one token a round; on a slow machine calls at once may arrive as two batches.
  const round = '(  a new token \\([a-z-]+\\)\n)+Item 1, Item 2, Item 3, Item 4, Item 5, Item 6\n'
  expect(stdout).toMatch(new RegExp(`^(${round}){2}After the sign-out: 401\n$`))
  expect(stderr).toBe('')
})

test('a name that is no example gets the names that are', { timeout: 20_000 }, async () => {
  await expect(run(process.execPath, [START, 'vue'])).rejects.toMatchObject({
    code: 1,
    stderr: 'npm run example NAME, where NAME is one of react, angular, page, axios, ky.\n',
  })
})

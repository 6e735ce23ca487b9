import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Response } from 'playwright'
import { expect } from 'vitest'
import { test as tabTest } from '../support/tabs.ts'

const START = fileURLToPath(new URL('../../examples/start.ts', import.meta.url))

/** Opens a tab with an example, started by its one command. */
const test = tabTest.extend('open', async ({ openTab }, { onCleanup }) => {
  const stops: (() => Promise<void>)[] = []
  onCleanup(async () => {
    await Promise.all(stops.map(stop => stop()))
  })
  return async (name: string) => {
    const child = spawn(process.execPath, [START, name], { stdio: ['ignore', 'pipe', 'pipe'] })
    const closed = new Promise<number | null>(resolve => child.once('close', resolve))
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    stops.push(async () => {
      child.kill('SIGINT')
      expect(await closed, stderr).toBe(0)
      expect(stderr).toBe('')
    })
    for await (const line of createInterface(child.stdout)) {
      const [, url, api] = /^Open (\S+) \(the API is on (\S+)\)/.exec(line) ?? []
      if (url && api) return { page: await openTab(url), api }
    }
    throw new Error(`The example did not start:\n${stderr}`)
  }
})

for (const name of ['react', 'angular', 'page']) {
  test.concurrent(`the ${name} example`, { timeout: 40_000 }, async ({ open, expect }) => {
    const { page, api } = await open(name)
    const answers: Response[] = []
    page.on('response', response => {
      if (response.url().startsWith(`${api}/items/`) && response.request().method() === 'GET')
        answers.push(response)
    })
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const greeting = page.getByText('Signed in as Ada')
    const load = async () => {
      answers.splice(0)
      await button('Load').click()
      await expect.poll(() => answers.length).toBe(6)
      // The last list stands there until it is cleared, and then there is none for a moment.
      const items = page.getByRole('listitem')
      await expect.poll(() => items.allTextContents()).toEqual([1, 2, 3, 4, 5, 6].map(id => `Item ${id}`))
      const tokens = await Promise.all(answers.map(answer => answer.headerValue('access-token')))
      return tokens.map(token => token?.trim() ?? '').filter(token => token !== '')
    }

    await page.getByLabel('Password').fill('wrong')
    await button('Sign in').click()
    await page.getByText('Invalid login credentials').waitFor()
    await page.getByLabel('Password').fill('password123')
    await button('Sign in').click()
    await greeting.waitFor()
    expect(await page.getByRole('alert').textContent()).toBe('')

    const rotations: string[] = []
    for (let round = 1; round <= 2; round++) {
      await bufferCloses()
      const brought = await load()
      // On a slow machine calls at once may arrive as two batches, each with a token.
      expect(brought.length).toBeGreaterThan(0)
      rotations.push(...brought)
    }
    expect(new Set(rotations).size).toBe(rotations.length)

    await bufferCloses()
    await Promise.all([page.waitForRequest(`${api}/items/6`), button('Load').click()])
    await page.reload()
    await greeting.waitFor()
    await load()

    await button('Sign out').click()
    await button('Sign in').waitFor()
    await page.reload()
    await button('Sign in').waitFor()
    expect(await greeting.isVisible()).toBe(false)
  })
}

/** The API's batch_request_buffer_throttle, see examples/api.ts. */
function bufferCloses(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 1_000))
}

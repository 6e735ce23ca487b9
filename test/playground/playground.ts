import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { servePlayground } from '../../examples/playground/site.ts'
import { test as tabTest } from '../support/tabs.ts'

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** The two pictures. */
export type Side = 'library' | 'rival'

/** One event of a log, as far as tests look at it. */
export interface Told {
  type: string
  method?: string
  path?: string
  [detail: string]: unknown
}

/** The page, opened. */
export interface Opened {
  page: Page
  press(name: string): Promise<void>
  /** Waits until so many events of one kind are in a side's log, and returns the log. */
  told(side: Side, which: (event: Told) => boolean, count?: number): Promise<Told[]>
  log(side: Side): Promise<Told[]>
  verdict(side: Side): Promise<string>
  /** Presses "To the end", unless a schedule has come there by itself. */
  finish(): Promise<void>
  /** Waits for the end of a schedule. */
  played(): Promise<string>
  /** How many shapes of a kind a side's picture draws. */
  drawn(side: Side, selector: string): Promise<number>
}

/** What a page must not do: errors on its console, and requests to anybody but its own server. */
export const test = tabTest
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of the fixtures from a pattern
  .extend('site', { scope: 'file' }, async ({}, { onCleanup }) => {
    const site = await servePlayground()
    onCleanup(() => site.close())
    return site
  })
  .extend('opened', async ({ site, context, pageErrors, browser }) => {
    return async (hash = '', { width = 1280, speed, ...options } = {} as OpenOptions): Promise<Opened> => {
      const own = Object.keys(options).length > 0 ? await browser!.newContext(options) : context
      own.on('console', message => {
        if (message.type() === 'error') pageErrors.push(message.text())
      })
      own.on('request', request => {
        if (!request.url().startsWith(site.url) && !request.url().startsWith('data:')) {
          pageErrors.push(`It asked ${request.url()}`)
        }
      })
      const page = await own.newPage()
      if (own !== context) page.on('pageerror', error => pageErrors.push(String(error)))
      await page.setViewportSize({ width, height: 900 })
      await page.goto(site.url + hash)
      await page.locator('#schedule-0').waitFor()
      if (speed) await page.getByLabel('Speed').selectOption(speed)
      return around(page)
    }
  })

interface OpenOptions {
  /** Of the page's time. @default as it is */
  speed?: '16 ×'
  width?: number
  colorScheme?: 'light' | 'dark'
  reducedMotion?: 'reduce'
}

function around(page: Page): Opened {
  const log = (side: Side) =>
    page.evaluate(
      side =>
        document.querySelector<HTMLElement & { log: { events: Told[] } }>(`#${side} token-timeline`)!.log
          .events,
      side,
    )
  const until = async <T>(look: () => Promise<T>, enough: (found: T) => boolean): Promise<T> => {
    for (let tries = 0; ; tries++) {
      const found = await look()
      if (enough(found)) return found
      if (tries > 250)
        throw new Error(`This is all that came:\n${JSON.stringify(found).replaceAll('},{', '},\n{')}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  return {
    page,
    log,
    press: name => page.getByRole('button', { name, exact: true }).click(),
    told: (side, which, count = 1) =>
      until(
        () => log(side),
        events => events.filter(which).length >= count,
      ),
    verdict: async side => (await page.locator(`#${side} .verdict`).textContent())!,
    finish: () => page.locator('#finish').evaluate(button => (button as HTMLButtonElement).click()),
    played: () =>
      until(
        async () => (await page.locator('#news').textContent())!,
        text => text.startsWith('Played.'),
      ),
    drawn: (side, selector) => page.locator(`#${side} token-timeline .scroll`).locator(selector).count(),
  }
}

/** What axe finds of weight. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof import('axe-core') }).axe.run()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}

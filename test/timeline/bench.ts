import { chromium, type Page } from 'playwright'
import type { TimelineElement } from '../../src/timeline/element.ts'
import { launchFirst } from '../support/chromium.ts'
import { libraryPage } from '../support/library.ts'
import { servePages } from '../support/pages.ts'
import { longLog } from './long-log.ts'

/**
 * `npm run bench:timeline`: opens a saved log of 10,000 events in the live element, scrolls through it, and lets
 * 10,000 events more come in, in headless Chromium. Frame times are those between the page's own frames.
 */

const count = 10_000

declare global {
  interface Window {
    timeline: typeof import('../../src/timeline/index.ts')
    element: typeof import('../../src/timeline/element.ts')
    frameTimes: number[]
  }
}

async function main() {
  const { server, source } = await launchFirst()
  const site = await servePages({
    '/': libraryPage({ timeline: 'token-handoff/timeline', element: 'token-handoff/timeline/element' }),
  })
  const browser = await chromium.connect(server.wsEndpoint())
  const page = await browser.newPage({ viewport: { width: 768, height: 800 } })
  await page.goto(site.origin)
  await page.waitForFunction(() => window.element)
  console.log(`In ${source.name}, ${count.toLocaleString('en')} events:`)

  const opened = await page.evaluate(
    async json => {
      window.element.defineTimeline()
      const frame = () => new Promise(resolve => requestAnimationFrame(resolve))
      await frame()
      const start = performance.now()
      const element = document.createElement('token-timeline') as TimelineElement
      element.log = window.timeline.parseLog(json)
      element.style.height = '600px'
      document.body.append(element)
      await frame()
      await frame()
      return performance.now() - start
    },
    JSON.stringify(longLog(count)),
  )
  console.log(`  opening a saved log, read and drawn: ${opened.toFixed(0)} ms`)

  const idle = await frames(page, async () => {
    await new Promise(resolve => setTimeout(resolve, 2_000))
  })
  print('idle, for comparison', idle)

  const scrolled = await frames(page, async () => {
    const element = document.querySelector('token-timeline')!
    element.follow = false
    const scroll = element.shadowRoot!.querySelector('.scroll')!
    scroll.scrollTop = 0
    for (let step = 0; step < 120; step++) {
      scroll.scrollTop += 500
      await new Promise(resolve => requestAnimationFrame(resolve))
    }
    element.follow = true
  })
  print('scrolling 500 px a frame', scrolled)

  const appended = await frames(
    page,
    async json => {
      const { events } = JSON.parse(json!) as ReturnType<typeof longLog>
      const log = window.timeline.createLog({ limit: events.length })
      // Events come in as a server's do, and the log is as full as it may be.
      let heard: (event: never) => void = () => {}
      log.followServer({
        on(listener) {
          heard = listener as never
          return () => {}
        },
      })
      const tell = (index: number, rounds: number) => {
        const request = (index >> 2) + 1 + rounds * events.length
        const type = (['begin', 'accept', 'blank', 'finish'] as const)[index & 3]!
        heard({
          at: 0,
          request,
          method: 'GET',
          path: '/items',
          type,
          token: 1,
          client: 1,
          as: 'token',
          status: 200,
        } as never)
      }
      for (let index = 0; index < events.length; index++) tell(index, 0)
      document.querySelector('token-timeline')!.log = log
      for (let index = 0; index < events.length; ) {
        for (let n = 0; n < 56; n++) tell(index++, 1)
        await new Promise(resolve => requestAnimationFrame(resolve))
      }
    },
    JSON.stringify(longLog(count)),
  )
  print('10,000 more, 56 a frame, followed', appended)

  await browser.close()
  await server.close()
  await site.close()
}

/** Milliseconds between the page's frames while something is done there. */
async function frames(
  page: Page,
  work: (argument?: string) => Promise<void>,
  argument?: string,
): Promise<number[]> {
  await page.evaluate(() => {
    window.frameTimes = []
    let last = performance.now()
    const note = (now: number) => {
      window.frameTimes.push(now - last)
      last = now
      if (window.frameTimes.length < 1e6) requestAnimationFrame(note)
    }
    requestAnimationFrame(note)
  })
  await page.evaluate(work, argument)
  return page.evaluate(() => {
    const { frameTimes } = window
    window.frameTimes = Array(1e6)
    return frameTimes.slice(1)
  })
}

function print(what: string, times: number[]) {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1)
  const late = times.filter(time => time > 25).length
  console.log(
    `  ${what}: ${times.length} frames, median ${at(0.5)} ms, 95 % within ${at(0.95)} ms, longest ${at(1)} ms, ${late} late`,
  )
}

await main()

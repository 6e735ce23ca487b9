import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { describe, expect } from 'vitest'
import { libraryPage } from '../support/library.ts'
import { test as tabTest } from '../support/tabs.ts'
import { longLog } from './long-log.ts'

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

declare global {
  interface Window {
    timeline: typeof import('../../src/timeline/index.ts')
    element: typeof import('../../src/timeline/element.ts')
    axe: typeof import('axe-core')
  }
}

/** A page with the element, showing a log of so many events. */
const test = tabTest.extend('shown', async ({ serve, openTab }) => {
  return async (count: number, width = 768): Promise<Page> => {
    const page = libraryPage({
      timeline: 'token-handoff/timeline',
      element: 'token-handoff/timeline/element',
    })
    const site = await serve({ '/': page.replace('<meta', '<html lang="en"><meta') })
    const tab = await openTab(site.origin)
    await tab.setViewportSize({ width, height: 640 })
    await tab.evaluate(
      json => {
        window.element.defineTimeline()
        document.body.innerHTML =
          '<main><h1>What happened</h1><token-timeline style="height:400px"></token-timeline></main>'
        document.querySelector('token-timeline')!.log = window.timeline.parseLog(json)
      },
      JSON.stringify(longLog(count)),
    )
    await frame(tab)
    return tab
  }
})

const frame = (page: Page) =>
  page.evaluate(
    () => new Promise<void>(resolve => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  )

/** What is drawn, and where one is. */
const state = (page: Page) =>
  page.evaluate(() => {
    const element = document.querySelector('token-timeline')!
    const root = element.shadowRoot!
    const scroll = root.querySelector('.scroll')!
    return {
      said: root.querySelector('p')!.textContent!,
      current: element.current,
      zoom: element.zoom,
      follow: element.follow,
      rows: scroll.querySelectorAll('.row').length,
      marked: scroll.querySelectorAll('.now').length,
      top: Math.round(scroll.scrollTop),
      bottom: Math.round(scroll.scrollHeight - scroll.clientHeight - scroll.scrollTop),
    }
  })

async function press(page: Page, ...keys: string[]) {
  for (const key of keys) await page.keyboard.press(key)
  await frame(page)
  return state(page)
}

describe('the live element', () => {
  test('draws what is in sight, and no more', async ({ shown }) => {
    const page = await shown(10_000)
    const { rows, bottom } = await state(page)
    expect(rows).toBeGreaterThan(10)
    expect(rows).toBeLessThan(100)
    // It follows: the newest is in sight.
    expect(bottom).toBeLessThanOrEqual(1)
  })

  test('is gone through by keys alone', async ({ shown }) => {
    const page = await shown(400)
    await page.keyboard.press('Tab')
    const first = await press(page, 'Home')
    expect(first).toMatchObject({ current: 0, follow: false, marked: 1 })
    expect(first.top).toBeLessThan(20)
    expect(first.said).toBe('tab 1: #1 GET /items/1.')
    const second = await press(page, 'ArrowDown', 'ArrowRight', 'ArrowDown')
    expect(second).toMatchObject({ current: 3, marked: 1 })
    expect(second.said).toMatch(
      /^tab 1: #1 takes token 2 \(successor\): its request carried the stored token/,
    )
    expect(await press(page, 'ArrowUp', 'ArrowLeft')).toMatchObject({ current: 1 })
    const last = await press(page, 'End')
    expect(last.follow).toBe(true)
    expect(last.bottom).toBeLessThanOrEqual(1)
    expect(await press(page, 'ArrowUp')).toMatchObject({ current: last.current - 1, follow: false })
    expect(await press(page, '+', '+')).toMatchObject({ zoom: 2.25 })
    expect((await press(page, '-', '-', '-')).zoom).toBeCloseTo(1 / 1.5)
    expect(await press(page, 'Escape')).toMatchObject({ current: -1, said: '', marked: 0 })
    // The buttons come next.
    await press(page, 'Tab', 'Enter')
    expect((await state(page)).zoom).toBeCloseTo(1 / 2.25)
    await press(page, 'Tab', 'Tab', 'Space')
    expect(await state(page)).toMatchObject({ follow: true })
  })

  test('is scrolled by wheel and dragged by mouse, and says what the pointer is at', async ({ shown }) => {
    const page = await shown(400)
    const box = (await page.locator('token-timeline').boundingBox())!
    await page.mouse.move(box.x + 300, box.y + 200)
    await frame(page)
    const hovered = await state(page)
    expect(hovered.said).toMatch(/#\d+/)
    await page.mouse.wheel(0, -1_000)
    await expect.poll(async () => (await state(page)).bottom).toBeGreaterThan(500)
    expect(await state(page)).toMatchObject({ follow: false })
    // What the pointer is at stays there when the wheel zooms.
    await page.mouse.move(box.x + 302, box.y + 200)
    await frame(page)
    const at = (await state(page)).current
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -100)
    await page.keyboard.up('Control')
    await expect.poll(async () => (await state(page)).zoom).toBeCloseTo(1.2)
    await page.mouse.move(box.x + 301, box.y + 200)
    await frame(page)
    expect(Math.abs((await state(page)).current - at)).toBeLessThanOrEqual(1)
    const before = await state(page)
    await page.mouse.down()
    await page.mouse.move(box.x + 300, box.y + 80, { steps: 4 })
    await page.mouse.up()
    await frame(page)
    expect((await state(page)).top).toBe(before.top + 120)
  })

  test('shows what comes in', async ({ shown }) => {
    const page = await shown(40)
    const before = await state(page)
    await page.evaluate(async () => {
      const { createLog } = window.timeline
      const log = createLog()
      document.querySelector('token-timeline')!.log = log
      log.followServer({
        on(listener) {
          for (let request = 1; request <= 30; request++) {
            const about = { at: 0, request, method: 'GET', path: '/items' }
            listener({ ...about, type: 'begin', token: 1, client: 1 })
            listener({ ...about, type: 'finish', status: 200 })
          }
          return () => {}
        },
      })
    })
    await frame(page)
    const after = await state(page)
    expect(after.rows).toBeGreaterThan(10)
    expect(after.bottom).toBeLessThanOrEqual(1)
    expect(before.bottom).toBeLessThanOrEqual(1)
    const words = await page.evaluate(
      () =>
        [...document.querySelector('token-timeline')!.shadowRoot!.querySelectorAll('.row')].at(-1)!
          .textContent,
    )
    expect(words).toContain('#30 200')
  })

  test('has no serious fault that axe finds, in light and dark', async ({ shown }) => {
    const page = await shown(400)
    await page.evaluate(axe)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await press(page, 'Tab', 'Home')
      const found = await page.evaluate(async () => (await window.axe.run()).violations)
      expect(found.map(({ id, impact }) => `${impact}: ${id}`)).toEqual([])
    }
  })

  for (const width of [360, 768, 1440]) {
    test(`has no words over each other or beyond its edge at ${width} px`, async ({ shown }) => {
      const page = await shown(200, width)
      const faults = await page.evaluate(() => {
        const root = document.querySelector('token-timeline')!.shadowRoot!
        const edge = root.querySelector('.scroll')!.getBoundingClientRect()
        const texts = [...root.querySelectorAll('.scroll .row text')].map(text => ({
          words: text.textContent,
          box: text.getBoundingClientRect(),
        }))
        const found: string[] = []
        texts.forEach(({ words, box }, index) => {
          if (box.left < edge.left || box.right > edge.left + root.querySelector('.scroll')!.clientWidth)
            found.push(`beyond the edge: ${words}`)
          for (const other of texts.slice(index + 1)) {
            const { left, right, top, bottom } = other.box
            if (left < box.right && right > box.left && top < box.bottom - 2 && bottom > box.top + 2)
              found.push(`${words} over ${other.words}`)
          }
        })
        if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways')
        return { found, drawn: texts.length }
      })
      expect(faults.found).toEqual([])
      expect(faults.drawn).toBeGreaterThan(10)
    })
  }
})

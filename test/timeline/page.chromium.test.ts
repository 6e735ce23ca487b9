import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { expect } from 'vitest'
import { toSvg } from '../../src/timeline/index.ts'
import { libraryPage } from '../support/library.ts'
import { test as tabTest } from '../support/tabs.ts'
import { logOf, rotated, sent } from './given-log.ts'
import { longLog } from './long-log.ts'

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const pictures = ['The first', 'The second']
  .map(title => toSvg(logOf(sent(), rotated()), { title, width: 400 }))
  .join('')

/** A page of somebody's own, with two elements and two pictures in it. */
const test = tabTest.extend('full', async ({ serve, openTab }) => {
  return async (): Promise<Page> => {
    const page = libraryPage({
      timeline: 'token-handoff/timeline',
      element: 'token-handoff/timeline/element',
    })
    const body = `<style>.name{color:#123456}</style><main><h1 class="name">Mine</h1><svg role="img" aria-label="Also mine" width="20" height="20"><path id="mine" class="line" d="M0 0H20"/><text id="text" x="1" y="9">a</text></svg>
<token-timeline></token-timeline><token-timeline></token-timeline>${pictures}</main>`
    const site = await serve({ '/': `<html lang="en">${page}${body}` })
    const tab = await openTab(site.origin)
    await tab.evaluate(
      json => {
        window.element.defineTimeline()
        for (const element of document.querySelectorAll('token-timeline')) {
          element.log = window.timeline.parseLog(json)
          element.current = 3
        }
      },
      JSON.stringify(longLog(40)),
    )
    await expect.poll(() => tab.locator('token-timeline .row').count()).toBeGreaterThan(20)
    return tab
  }
})

test('several elements and pictures in one page do not get into each other’s way, nor into the page’s', async ({
  full,
}) => {
  const page = await full()
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run()
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
    const styleOf = (selector: string) => getComputedStyle(document.querySelector(selector)!)
    return {
      violations: violations.map(({ id }) => id),
      ids,
      own: {
        name: styleOf('h1').color,
        line: styleOf('#mine').opacity,
        stroke: styleOf('#mine').stroke,
        text: styleOf('#text').textAnchor,
      },
    }
  })
  expect(found).toEqual({
    violations: [],
    ids: ['mine', 'text'],
    own: { name: 'rgb(18, 52, 86)', line: '1', stroke: 'none', text: 'start' },
  })
})

test('each picture has its own name, and tells what happened', async ({ full }) => {
  const page = await full()
  const cdp = await page.context().newCDPSession(page)
  const { nodes } = await cdp.send('Accessibility.getFullAXTree')
  const images = nodes.filter(({ role }) => role?.value === 'image' || role?.value === 'img')
  expect(images.map(({ name, description }) => [name?.value, description?.value ?? ''])).toEqual([
    ['Also mine', ''],
    ['The first', expect.stringMatching(/^tab 1: #1 GET \/items\. tab 1: #1 takes token 2 \(successor\): /)],
    ['The second', expect.stringMatching(/^tab 1: #1 GET \/items\. tab 1: #1 takes token 2 \(successor\): /)],
  ])
})

test('is light on paper, and what the reader likes on a screen', async ({ full }) => {
  const page = await full()
  const paper = async () =>
    await page.evaluate(() =>
      ['svg.token-timeline', 'token-timeline'].map(
        selector => getComputedStyle(document.querySelector(selector)!).backgroundColor,
      ),
    )
  const [white, black] = ['rgb(255, 255, 255)', 'rgb(13, 17, 23)']
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await paper()).toEqual([black, black])
  await page.emulateMedia({ colorScheme: 'dark', media: 'print' })
  expect(await paper()).toEqual([white, white])
  await page.emulateMedia({ colorScheme: 'light', media: 'screen' })
  expect(await paper()).toEqual([white, white])
})

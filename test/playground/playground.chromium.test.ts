import type { Page } from 'playwright'
import { describe } from 'vitest'
import { schedules } from '../../examples/playground/schedules.ts'
import { endingOfRival } from './endings.ts'
import { type Told, test, violations } from './playground.ts'

const sent =
  (path: string, method = 'GET') =>
  (event: Told) =>
    event.type === 'sent' && event.path === path && event.method === method
const did = (what: string) => (event: Told) => event.type === 'server' && event.did === what
const is =
  (type: string, more: Record<string, unknown> = {}) =>
  (event: Told) =>
    event.type === type && Object.entries(more).every(([name, value]) => event[name] === value)

// Whether the buffer is still open depends on how long this machine has taken so far.
const answered = (event: Told) => event.type === 'kept' || event.type === 'rotated'

describe.concurrent('each button does what it says, and the picture shows it', () => {
  test('calls', async ({ opened, expect }) => {
    const { press, told, log, page, drawn } = await opened()
    await told('library', is('signed-in'))
    await press('Let 6 s pass')
    await press('Send')
    await told('library', is('rotated'))
    expect((await log('library')).filter(sent('/items'))).toHaveLength(1)
    await press('Let 6 s pass')
    await page.getByLabel('At once').fill('4')
    await press('Send a batch')
    await told('library', is('kept', { reason: 'blank' }), 3)
    const batch = await log('library')
    expect(batch.filter(is('rotated'))).toHaveLength(2)
    expect(batch.filter(is('kept', { reason: 'blank' }))).toHaveLength(3)
    expect(batch.filter(did('blank'))).toHaveLength(3)
    await expect.poll(() => drawn('library', '.bracket')).toBe(1)
    expect(await drawn('library', '.blank')).toBe(3)

    await press('Let 6 s pass')
    await page.getByLabel('Seconds', { exact: true }).fill('3')
    await press('Upload slowly')
    await press('Let 6 s pass')
    await told('library', is('rotated'), 3)
    expect((await log('library')).filter(sent('/photos', 'POST'))).toHaveLength(1)
    await press('Let 6 s pass')
    // So slowly that the answer is not there before the abort, however slow this machine is.
    await page.getByLabel('Speed').selectOption('a tenth')
    await press('Send')
    await press('Abort the newest')
    await told('library', is('aborted'))
    await page.getByLabel('Speed').selectOption('16 ×')
    // The request stays on the wire for its token here; the other client has cut it.
    await told('library', is('rotated'), 4)
    expect((await told('rival', is('lost'))).filter(is('aborted'))).toHaveLength(1)
    await page.locator('#what').selectOption('POST /orders')
    await press('Send')
    expect((await told('library', sent('/orders', 'POST'))).filter(sent('/orders', 'POST'))).toHaveLength(1)
  })

  test('the network', async ({ opened, expect }) => {
    const { press, told, log, page, drawn } = await opened('', { speed: '16 ×' })
    await told('library', is('signed-in'))
    await press('Let 6 s pass')
    await press('Lose the answer')
    await press('Send')
    const lost = await told('library', is('recovered'))
    expect(lost.filter(is('lost', { doubt: true }))).toHaveLength(1)
    expect(lost.filter(is('server', { did: 'lost', what: 'answer' }))).toHaveLength(1)
    await expect.poll(() => drawn('library', '.lost')).toBeGreaterThan(0)
    expect((await told('rival', is('lost'))).filter(is('recovered'))).toHaveLength(0)
    await press('Let 6 s pass')
    await press('Lose the request')
    await press('Send')
    await told('library', is('server', { did: 'lost', what: 'request' }))
    await press('Let 6 s pass')
    await page.getByLabel('Delay').selectOption('the answer')
    await page.getByLabel('by seconds').fill('3')
    await press('Delay')
    await press('Send')
    await press('Let 6 s pass')
    await expect
      .poll(async () => {
        const finished = (await log('library')).findLast(is('server', { did: 'finish' }))!
        const answered = (await log('library')).findLast(is('rotated'))!
        return Number(answered.at) - Number(finished.at)
      })
      .toBe(3_000)
    await page.locator('#what').selectOption('GET /news')
    await press('Send')
    await told('rival', is('rotated'), 2)
    const before = (await log('rival')).filter(did('begin')).length
    await page.locator('#what').selectOption('GET /items')
    await press('Answer out of the cache')
    await press('Send')
    await told('library', is('kept', { reason: 'older' }))
    // The other one takes what the cache brought, and nobody was asked.
    await told('rival', is('rotated'), 3)
    expect((await log('rival')).filter(did('begin'))).toHaveLength(before)
  })

  test('the page, the server and time', async ({ opened, expect }) => {
    const { press, told, log, page, verdict } = await opened('', { speed: '16 ×' })
    await told('library', is('signed-in'))
    await press('Let 6 s pass')
    await press('Open another tab')
    await told('library', is('opened'), 2)
    await page.getByLabel('tab 2').check()
    await press('Send')
    await told('library', is('rotated', { tab: 'tab 2' }))
    await press('Reload this tab')
    await told('library', is('sent', { tab: 'tab 2', purpose: 'validation' }))
    expect((await log('library')).filter(is('opened', { tab: 'tab 2' }))).toHaveLength(2)
    await press('Sign out')
    // Of all tabs, in both.
    for (const side of ['library', 'rival'] as const) {
      const told1 = await told(side, is('signed-out'), 2)
      expect(told1.filter(is('signed-out', { tab: 'tab 1', reason: 'other-tab' }))).toHaveLength(1)
      expect(told1.filter(is('signed-out', { tab: 'tab 2', reason: 'asked' }))).toHaveLength(1)
    }
    expect(await verdict('library')).toBe('Signed out, as asked.')
    await page.getByLabel('User').selectOption('bob@example.com')
    await press('Sign in')
    await told('library', is('signed-in', { tab: 'tab 2' }))
    await page.locator('#what').selectOption('GET /items')
    await press('Send')
    await expect.poll(() => verdict('library')).toBe('Still signed in as bob@example.com.')
    await press('Validate')
    await told('library', is('sent', { purpose: 'validation' }), 2)

    await page.getByLabel('Lifespan').selectOption('30 s')
    await page.getByLabel('Batch buffer').selectOption('1 s')
    await page.getByLabel('Rules').selectOption('gem 1.2.0')
    await press('Let 6 s pass')
    await press('Send')
    await told('library', is('rotated', { tab: 'tab 2' }), 2)
    await press('Until the token expires')
    await press('Send')
    await told('library', is('signed-out'), 4)
    await expect.poll(() => verdict('library')).toBe('Signed out: its token had expired.')
    await expect.poll(() => verdict('rival')).toBe('Signed out: its token had expired.')
    const steps = await page.locator('#steps li').allTextContents()
    expect(steps.at(-2)).toMatch(/Time passes until the tokens have expired$/)
    expect(steps).toHaveLength(16)

    await press('Start over')
    expect(await told('library', is('signed-in'))).toHaveLength(5)
    // Browsers let a page write its address so and so often only.
    await expect.poll(() => new URL(page.url()).hash).toBe('')
  })

  test('the speed, a pause, and the comparison', async ({ opened, expect }) => {
    const { press, told, log, page } = await opened()
    await told('library', is('signed-in'))
    await press('Pause')
    await press('Send')
    await page.waitForTimeout(300)
    expect((await log('library')).filter(did('begin')).length).toBe(1)
    await press('Pause')
    await told('library', answered)
    await page.getByLabel('Compare').uncheck()
    expect(await page.locator('#rival').isVisible()).toBe(false)
    await page.getByLabel('Compare').check()
    expect(await page.locator('#rival').isVisible()).toBe(true)
  })
})

describe.concurrent('schedules', () => {
  test('each ends as it does in the tests, in both', async ({ opened, expect }) => {
    const { press, played, verdict, drawn, page } = await opened('', { reducedMotion: 'reduce' })
    for (const schedule of schedules) {
      await press(schedule.name)
      const { sentence } = endingOfRival(schedule)
      const own = schedule.wants ? `Still signed in as ${schedule.wants}.` : 'Signed out, as asked.'
      expect(await played(), schedule.name).toBe(
        `Played. token-handoff: ${own} Overwrite always: ${sentence}`,
      )
      expect([await verdict('library'), await verdict('rival')]).toEqual([own, sentence])
      expect(await page.locator('#title').textContent()).toBe(schedule.name)
      expect(await page.locator('[aria-current]').allTextContents()).toEqual([schedule.name])
      // The controls tell how the server is deployed.
      const old = schedule.steps.some(step => step.do === 'rules' && step.generation === 1)
      expect(await page.getByLabel('Rules').inputValue()).toBe(old ? '1' : '0')
    }
    expect(await drawn('library', '.exchange')).toBeGreaterThan(0)
  })

  test('one goes on while one looks, and to its end when told to', async ({ opened, expect }) => {
    const { page, press, log, played, verdict, drawn } = await opened()
    await press('Two lost answers in a row')
    await expect.poll(() => verdict('library')).toBe('Playing …')
    await press('To the end')
    await played()
    expect(await verdict('library')).toBe('Still signed in as ada@example.com.')
    expect(await page.locator('#library .verdict.good').count()).toBe(1)
    expect(await page.locator('#rival .verdict.bad').count()).toBe(1)
    expect((await log('library')).filter(is('recovered')).length).toBeGreaterThanOrEqual(2)
    // The red square: only one of the two pictures has it.
    expect([await drawn('library', '.signed-out'), await drawn('rival', '.signed-out')]).toEqual([0, 1])
    expect(await page.getByRole('button', { name: 'To the end' }).isDisabled()).toBe(true)
  })

  test('a link repeats what somebody did', async ({ opened, site, expect }) => {
    const first = await opened()
    await first.told('library', is('signed-in'))
    await first.press('Let 6 s pass')
    await first.press('Lose the answer')
    await first.press('Send a batch')
    await first.told('library', is('lost'))
    await first.press('Let 6 s pass')
    await first.press('Copy link')
    const { hash } = new URL(first.page.url())
    expect(hash).toMatch(/^#s1\.I1-0\.\w+W\.\w*L1-0\.\w*B1-3\.\w*W$/)
    const events = await first.log('library')
    const second = await opened(hash)
    await second.finish()
    await second.played()
    const again = await second.log('library')
    expect(again).toEqual(events.slice(0, again.length))
    expect(again.length).toBeGreaterThan(15)
    // Opened in a page that is there already.
    await second.page.goto(`${site.url}#s1.I1-0.4moS1-3.4moW`)
    await expect.poll(() => second.page.locator('#steps li').count()).toBe(3)
  })
})

describe.concurrent('whatever comes', () => {
  test('a link that is none gets a sentence', async ({ opened, expect }) => {
    for (const [hash, why] of [
      ['#garbage', 'it is not one of this page’s'],
      ['#s1.I1-0.Q7', 'its step 2 cannot be read'],
      ['#s1.%00%ff', 'its step 1 cannot be read'],
      [`#s1.${'W.'.repeat(3_000)}`, 'it has more than 2000 steps'],
    ]) {
      const { page, told } = await opened(hash)
      const alert = page.getByRole('alert')
      await alert.waitFor()
      expect(await alert.textContent()).toContain(why)
      // And the page works.
      await told('library', is('signed-in'))
      await page.close()
    }
  })

  test('clicks that come twice, and a schedule over another', async ({ opened, expect }) => {
    const { page, press, finish, played, told, log, verdict } = await opened()
    await told('library', is('signed-in'))
    for (const id of ['reload', 'send', 'sign-in', 'reload']) await page.locator(`#${id}`).dblclick()
    await press('Let 6 s pass')
    await press('Send')
    await expect.poll(() => verdict('library')).toBe('Still signed in as ada@example.com.')
    await page.getByRole('button', { name: 'Late response overwrites' }).dblclick()
    await press('One lost answer')
    await finish()
    expect(await played()).toMatch(/^Played\. token-handoff: Still signed in as ada@example\.com\./)
    const signIns = (await log('library')).filter(is('signed-in'))
    expect(signIns).toHaveLength(1)
  })

  test('a schedule that is taken over by a reload of its tab', async ({ opened, expect }) => {
    const { page, press, told, verdict } = await opened()
    await press('Late response overwrites')
    await told('library', is('rotated'))
    await press('Reload this tab')
    expect(await page.locator('#title').textContent()).toBe('Your own schedule')
    await press('Let 6 s pass')
    await press('Send')
    await expect.poll(() => verdict('library')).toBe('Still signed in as ada@example.com.')
    expect(await page.locator('[aria-current]').count()).toBe(0)
  })

  test('what goes wrong is told to who cannot see it', async ({ opened, expect }) => {
    const { page, press, told } = await opened('', { speed: '16 ×' })
    await told('library', is('signed-in'))
    await page.locator('#what').selectOption('GET /forbidden (the application’s own 401)')
    await press('Send')
    await expect
      .poll(() => page.getByRole('status').filter({ hasText: 'Overwrite' }).allTextContents())
      .toEqual(['Overwrite always: Signed out by accident: a 401 ended the session.'])
  })

  test('a schedule whose page is reloaded begins again', async ({ opened, expect }) => {
    const { page, press, finish, told, played } = await opened()
    await press('Stale GET 401')
    await told('rival', is('rotated'))
    await page.reload()
    expect(await page.locator('#title').textContent()).toBe('Stale GET 401')
    await finish()
    expect(await played()).toContain('Overwrite always: Signed out by accident')
  })

  test('500 at once', async ({ opened, expect }) => {
    const { page, press, told, verdict } = await opened('', { speed: '16 ×' })
    await told('library', is('signed-in'))
    await press('Let 6 s pass')
    await page.getByLabel('At once').fill('9999')
    await press('Send a batch')
    expect(await page.getByLabel('At once').inputValue()).toBe('500')
    // The whole log would be a lot to read again and again.
    const blanks = () =>
      page.evaluate(() => {
        const { log } = document.querySelector<HTMLElement & { log: { events: { reason?: string }[] } }>(
          '#library token-timeline',
        )!
        return log.events.filter(({ reason }) => reason === 'blank').length
      })
    await expect.poll(blanks, { timeout: 10_000 }).toBe(499)
    await press('Let 6 s pass')
    await expect
      .poll(() => verdict('library'), { timeout: 10_000 })
      .toBe('Still signed in as ada@example.com.')
  })

  test('no network, and no storage', async ({ opened, context, expect }) => {
    await context.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException('denied', 'SecurityError')
          },
        })
      }
    })
    const { press, told } = await opened('', { speed: '16 ×' })
    await context.setOffline(true)
    await told('library', is('signed-in'))
    await press('Let 6 s pass')
    await press('Lose the answer')
    await press('Send')
    const log = await told('library', is('recovered', { status: 200 }))
    expect(log.filter(is('signed-out'))).toEqual([])
    await context.setOffline(false)
  })
})

describe.concurrent('for everybody', () => {
  test('by keys alone', async ({ opened, expect }) => {
    const { page, told, played } = await opened()
    await told('library', is('signed-in'))
    const reach = async (name: string) => {
      for (let presses = 0; presses < 80; presses++) {
        await page.keyboard.press('Tab')
        const found = await page.evaluate(() => {
          const { textContent, id } = document.activeElement!
          const { outlineStyle } = getComputedStyle(document.activeElement!)
          return { name: textContent!.trim(), id, outlineStyle }
        })
        if (found.name !== name) continue
        expect(found.outlineStyle).toBe('solid')
        return
      }
      throw new Error(`Nothing called ${name} is reached`)
    }
    await reach('Send')
    await page.keyboard.press('Enter')
    await told('library', answered)
    await reach('Stale GET 401')
    await page.keyboard.press(' ')
    // What just began can be ended: it stands before this.
    await page.locator('#finish').focus()
    await page.keyboard.press('Enter')
    expect(await played()).toContain('Overwrite always: Signed out by accident')
    await page.locator('#compare').focus()
    await page.keyboard.press(' ')
    expect(await page.locator('#rival').isVisible()).toBe(false)
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`at 360, 768 and 1440 pixels, and with text twice as large, ${colorScheme}`, async ({
      opened,
      expect,
    }) => {
      const { page, press, played } = await opened('', { colorScheme, reducedMotion: 'reduce', width: 360 })
      await press('Two tabs, and a late response')
      await played()
      await page.locator('summary').first().click()
      for (const [width, text] of [
        [360, ''],
        [768, ''],
        [1440, ''],
        [360, '32px'],
        [768, '32px'],
      ] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.evaluate(size => {
          document.documentElement.style.fontSize = size
        }, text)
        const at = `${width} ${text}`
        expect(await page.evaluate(() => document.documentElement.scrollWidth), at).toBe(width)
        expect(await overlaps(page), at).toEqual([])
        expect(await violations(page), at).toEqual([])
      }
      const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
      expect(ground).toBe(colorScheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(22, 27, 34)')
    })
  }
})

/** What can be used and covers something else that can, or is wider than what it stands in. */
function overlaps(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll('button, select, input, summary, token-timeline, .verdict, h2')]
    const boxes = all
      .map(element => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0)
    const name = (element: Element) => element.id || element.textContent || element.tagName
    const found: string[] = []
    for (const [index, { element, box }] of boxes.entries()) {
      for (const { element: other, box: that } of boxes.slice(index + 1)) {
        const apart =
          box.right <= that.left + 0.5 ||
          that.right <= box.left + 0.5 ||
          box.bottom <= that.top + 0.5 ||
          that.bottom <= box.top + 0.5
        if (!apart) found.push(`${name(element)} / ${name(other)}`)
      }
      const around = element.closest('fieldset')?.getBoundingClientRect()
      if (around && (box.right > around.right || box.left < around.left))
        found.push(`${name(element)} sticks out`)
    }
    return found
  })
}

import { describe, expect } from 'vitest'
import { libraryPage } from './library.ts'
import type { Handler } from './pages.ts'
import { goBack, test } from './tabs.ts'

describe('tabs of one context', () => {
  test('share localStorage, and hear of each other by storage event and BroadcastChannel', async ({
    serve,
    openTab,
  }) => {
    const { origin } = await serve()
    const [first, second] = [await openTab(origin), await openTab(origin)]
    const heard = second.evaluate(
      () =>
        new Promise(resolve => {
          const heard: string[] = []
          const hear = (what: string) => heard.push(what) === 2 && resolve(heard.sort())
          addEventListener('storage', event => hear(`storage ${event.key}=${event.newValue}`))
          new BroadcastChannel('session').addEventListener('message', event => hear(`message ${event.data}`))
          document.title = 'listening'
        }),
    )
    await second.waitForFunction(() => document.title === 'listening')
    await first.evaluate(() => {
      localStorage.setItem('token', 'one')
      new BroadcastChannel('session').postMessage('hello')
    })
    expect(await heard).toEqual(['message hello', 'storage token=one'])
    expect(await second.evaluate(() => localStorage.getItem('token'))).toBe('one')
  })

  test('share Web Locks: one holds, the other waits', async ({ serve, openTab }) => {
    const { origin } = await serve()
    const [first, second] = [await openTab(origin), await openTab(origin)]
    await first.evaluate(
      () =>
        new Promise<void>(resolve => {
          const hold = () => new Promise(() => resolve())
          void navigator.locks.request('act', hold)
        }),
    )
    const tryLock = () =>
      second.evaluate(() => navigator.locks.request('act', { ifAvailable: true }, lock => lock !== null))
    expect(await tryLock()).toBe(false)
    await first.close()
    await expect.poll(tryLock).toBe(true)
  })

  test('share nothing with a tab of another origin', async ({ serve, openTab }) => {
    const [one, other] = [await serve(), await serve()]
    const tab = await openTab(one.origin)
    await tab.evaluate(() => localStorage.setItem('token', 'one'))
    const stranger = await openTab(other.origin)
    expect(await stranger.evaluate(() => localStorage.getItem('token'))).toBeNull()
  })
})

test('a test begins with empty storage', async ({ serve, openTab, context }) => {
  const tab = await openTab((await serve()).origin)
  expect(await tab.evaluate(() => localStorage.length)).toBe(0)
  expect(await context.cookies()).toEqual([])
})

describe('a fetch to another port', () => {
  test('is preflighted, and shows the exposed headers only, also on a 401', async ({ serve, openTab }) => {
    const seen: string[] = []
    const items: Handler = async request => {
      seen.push(`${request.method} ${request.headers.get('access-token')} ${await request.text()}`)
      return new Response(null, {
        status: request.method === 'OPTIONS' ? 204 : 401,
        headers: {
          'access-token': 'two',
          client: 'hidden',
          'access-control-allow-origin': request.headers.get('origin') ?? '',
          'access-control-allow-headers': 'access-token',
          'access-control-expose-headers': 'access-token',
        },
      })
    }
    const [app, api] = [await serve(), await serve({ '/items': items })]
    const tab = await openTab(app.origin)
    const answer = await tab.evaluate(async url => {
      const headers = { 'access-token': 'one' }
      const response = await fetch(url, { method: 'POST', headers, body: 'item' })
      const read = (name: string) => response.headers.get(name)
      return { status: response.status, token: read('access-token'), client: read('client') }
    }, `${api.origin}/items`)
    expect(answer).toEqual({ status: 401, token: 'two', client: null })
    expect(seen).toEqual(['OPTIONS null ', 'POST one item'])
  })

  test('fails where the server allows no other origin', async ({ serve, openTab }) => {
    const [app, api] = [await serve(), await serve({ '/items': () => new Response('[]') })]
    const tab = await openTab(app.origin)
    const message = await tab.evaluate(
      url => fetch(url).then(String, error => error.message),
      `${api.origin}/items`,
    )
    expect(message).toBe('Failed to fetch')
  })
})

test('offline, a tab hears the event and its requests fail; online, both come back', async ({
  serve,
  openTab,
  context,
}) => {
  const tab = await openTab((await serve()).origin)
  await tab.evaluate(() => {
    const events: string[] = []
    for (const type of ['offline', 'online']) addEventListener(type, () => events.push(type))
    Object.assign(window, { events })
  })
  const state = () =>
    tab.evaluate(async () => ({
      online: navigator.onLine,
      reached: await fetch('/').then(
        response => response.ok,
        () => false,
      ),
      events: (window as unknown as { events: string[] }).events,
    }))
  await context.setOffline(true)
  expect(await state()).toEqual({ online: false, reached: false, events: ['offline'] })
  await context.setOffline(false)
  expect(await state()).toEqual({ online: true, reached: true, events: ['offline', 'online'] })
})

describe('the back/forward cache', () => {
  test.override({ backForwardCache: true })

  test('gives a left page back as it was, with a persisted pageshow', async ({ serve, openTab }) => {
    const { origin } = await serve({ '/next': '<title>next</title>' })
    const tab = await openTab(origin)
    await tab.evaluate(() => {
      addEventListener('pageshow', event => Object.assign(window, { restored: event.persisted }))
    })
    await tab.goto(`${origin}/next`)
    await goBack(tab)
    await tab.waitForFunction(() => 'restored' in window)
    expect(await tab.evaluate(() => (window as unknown as { restored: boolean }).restored)).toBe(true)
  })
})

describe('a page with the library', () => {
  test('says what to do when the build lacks a file', async ({ serve, openTab }) => {
    const { origin } = await serve({ '/': '<script type="module" src="/dist/no-such-entry.js"></script>' })
    await expect(openTab(origin)).rejects.toThrow('dist/no-such-entry.js is missing: run `npm run build`')
  })

  test('has its imports on window', async ({ serve, openTab }) => {
    const { origin } = await serve({ '/': libraryPage({ client: 'ky', other: 'axios' }) })
    const tab = await openTab(origin)
    const types = await tab.evaluate(() => {
      const { client, other } = window as unknown as Record<string, { default: unknown }>
      return [typeof client?.default, typeof other?.default]
    })
    expect(types).toEqual(['function', 'function'])
  })
})

describe('an error that nobody caught in a tab', () => {
  test('is in pageErrors, also of a promise', async ({ serve, openTab, pageErrors }) => {
    const tab = await openTab((await serve()).origin)
    await tab.evaluate(() => {
      setTimeout(() => {
        throw new Error('thrown')
      })
      void Promise.reject(new Error('rejected'))
    })
    await expect.poll(() => pageErrors.length).toBe(2)
    expect(pageErrors.splice(0).sort()).toEqual([
      expect.stringContaining('Error: rejected'),
      expect.stringContaining('Error: thrown'),
    ])
  })

  test.fails('fails the test that leaves it there', ({ pageErrors }) => {
    pageErrors.push('left by this test')
  })
})

import { expect } from 'vitest'
import type { MockServerOptions } from '../../src/mock/index.ts'
import type { ListenOptions } from '../../src/mock/node.ts'
import { BLANK_PAGE } from '../support/pages.ts'
import { test as tabTest } from '../support/tabs.ts'
import { type Api, startApi } from './api.ts'
import { type AppOptions, appPage, asTab, type Tab } from './app.ts'

export interface WorldOptions {
  server?: MockServerOptions
  front?: ListenOptions
  /** What the page's one session is made with, besides the API's address. */
  session?: Partial<AppOptions>
  /** Several sessions, by name, instead of the one called `session`. */
  sessions?: Record<string, Partial<AppOptions>>
  prelude?: string
}

/**
 * An API, an application's site on another port, and the tabs that one user opens of it. The site also has
 * `/other`, the same page again, `/silent`, the same without BroadcastChannel, and `/left` without any session.
 */
export interface World {
  readonly api: Api
  readonly origin: string
  readonly tabs: Tab[]
  openTab(): Promise<Tab>
  /** Opens one more tab, signs in, and lets the buffer that follows a sign-in pass. */
  signedIn(): Promise<Tab>
  /**
   * Stops a tab as a browser does in the background: no script runs, and no message or event is heard.
   *
   * @returns wakes it, and resolves to what its first call gets, which it sends before it hears anything
   */
  putToSleep(tab: Tab): Promise<() => Promise<number | string>>
  /** What the tabs' applications saw, and how many sessions the library gave up. */
  outcome(): Promise<Outcome>
}

export interface Outcome {
  lostSessions: number
  calls: number
  /** Calls that were answered by a 401. */
  refused: number
  /** Events, console messages and addresses that hold a token. */
  leaks: string[]
}

/**
 * The tabs' `test` with a world in it.
 *
 * - `world(options?)` makes one.
 * - `noneLost(world, expected?)` fails if any session was given up, any call got a 401, or a token can be read
 *   where none may be, and notes the figures.
 *   Expected may be calls that were `refused` while signed out, and sessions that the server let `expire`.
 */
export const test = tabTest
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of the fixtures from a pattern
  .extend('api', async ({}, { onCleanup }) => {
    const started: Api[] = []
    onCleanup(async () => {
      await Promise.all(started.map(api => api.close()))
    })
    return async (options?: MockServerOptions, front?: ListenOptions) => {
      const api = await startApi(options, front)
      started.push(api)
      return api
    }
  })
  .extend('world', async ({ context, serve, openTab, api: start }) => {
    return async ({ server, front, session, sessions, prelude }: WorldOptions = {}): Promise<World> => {
      const api = await start(server, front)
      const described = Object.entries(sessions ?? { session: session ?? {} })
      const made = Object.fromEntries(
        described.map(([name, options]) => [name, { baseUrl: api.url, ...options }]),
      )
      const page = appPage(made, prelude)
      const silent = appPage(made, 'delete window.BroadcastChannel')
      const asleep = deferred()
      const awake = deferred()
      const sleep = async () => {
        asleep.resolve()
        await awake.promise
        return new Response()
      }
      const { origin } = await serve({
        '/': page,
        '/other': page,
        '/silent': silent,
        '/left': BLANK_PAGE,
        '/sleep': sleep,
      })
      const tabs: Tab[] = []
      const said: string[] = []
      context.on('console', message => said.push(message.text()))
      const world: World = {
        api,
        origin,
        tabs,
        async openTab() {
          const tab = asTab(await openTab(origin))
          tabs.push(tab)
          return tab
        },
        async signedIn() {
          const tab = await world.openTab()
          await tab.signIn()
          api.closeBuffer()
          // The page's clock has not gone on with the server's.
          await tab.page.evaluate(() => {
            for (const session of Object.values(window.sessions)) session.account().handoff.acceptedAt = 0
          })
          return tab
        },
        async putToSleep({ page }) {
          const first = page.evaluate(() => {
            // A synchronous request is all that stops a page until somebody else says so.
            const request = new XMLHttpRequest()
            request.open('GET', '/sleep', false)
            request.send()
            return window.call('/items?first')
          })
          // It may be closed in its sleep.
          first.catch(() => {})
          await asleep.promise
          return () => {
            awake.resolve()
            return first
          }
        },
        async outcome() {
          const logs = await Promise.all(tabs.map(tab => (tab.page.isClosed() ? [] : tab.log())))
          const entries = logs.flat()
          const calls = entries.filter(({ type }) => type === 'call')
          return {
            lostSessions: entries.filter(({ type, reason }) => type === 'signed-out' && reason === 'rejected')
              .length,
            calls: calls.length,
            refused: calls.filter(({ outcome }) => outcome === 401).length,
            leaks: leaks(api, [JSON.stringify(entries), ...said]),
          }
        },
      }
      return world
    }
  })
  .extend('noneLost', async ({ annotate }) => async (world: World, { refused = 0, expired = 0 } = {}) => {
    const outcome = await world.outcome()
    const { rotate, blank, reject } = world.api.counted
    const figures = `${outcome.calls} calls, ${rotate} rotations, ${blank} blanks, ${reject} refused by the server`
    await annotate(
      `${outcome.lostSessions - expired} sessions lost (${figures}, ${world.api.recoveries()} recoveries)`,
    )
    expect(outcome).toMatchObject({ lostSessions: expired, refused: refused + expired, leaks: [] })
  })

function leaks({ server, requests }: Api, texts: string[]): string[] {
  const tokens = new Set(requests.flatMap(({ token }) => token ?? []))
  for (const { clients } of server.inspect().users)
    for (const { token } of Object.values(clients)) tokens.add(token)
  const places = [...texts, ...requests.map(({ path }) => path)]
  return places.filter(text => [...tokens].some(token => text.includes(token)))
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

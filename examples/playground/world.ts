import { createSession } from 'token-handoff'
import { createMockServer } from 'token-handoff/mock'
import { createLog, type Log } from 'token-handoff/timeline'
import { type Action, api, generations, limits, parts, requests, targets, users } from './actions.ts'
import { createBrowser } from './network.ts'
import { type Client, createRival, emptyShelf } from './rival.ts'
import type { HeldTime } from './time.ts'

/** How it went for one client. */
export interface Outcome {
  /** Anybody has been signed in. */
  entered: boolean
  signedIn: boolean
  /** Whose items the server last sent. */
  owner: string | null
  /** Signed out without having asked for it. */
  accident: boolean
  /** Signed out because the token had outlived its expiry. */
  expired: boolean
  /** Refused calls that reached the application, its own 401 apart. */
  refused: number
  /** A token went to another origin. */
  leaked: boolean
  /** How often the server ran POST /orders. */
  orders: number
  /** Sessions that the server still knows. */
  sessionsAtServer: number
}

/** A browser with its tabs, a server, and one kind of client between them. */
export interface World {
  readonly log: Log
  readonly tabs: number
  /** In milliseconds since 1970; null when nobody is signed in. */
  expiry(): number | null
  act(action: Action): void
  outcome(): Outcome
  close(): void
}

interface Tab {
  client: Client
  page: EventTarget
  calls: AbortController[]
  leave(): void
}

const password = 'password123'
let worlds = 0

export function createWorld(kind: 'library' | 'rival', time: HeldTime): World {
  worlds++
  const name = `playground-${worlds}`
  const ran = { orders: 0 }
  const server = createMockServer({
    seed: 6,
    clock: { now: () => Date.now(), sleep: time.sleep },
    latency: { request: 60, action: 30, response: 60 },
    users: users.map(email => ({ email, password })),
    routes: {
      'GET /items': ({ user }) => ({ owner: user.email }),
      'GET /news': () => [],
      'GET /profile': ({ user }) => ({ email: user.email }),
      'GET /forbidden': () => Response.json({ error: 'not yours' }, { status: 401 }),
      'GET /public': { access: 'public', handler: () => 'public' },
      'POST /photos': () => ({}),
      'POST /orders': () => {
        ran.orders++
        return {}
      },
    },
  })
  const log = createLog()
  const browser = createBrowser(server.fetch, time)
  const tabs: Tab[] = []
  const shelf = emptyShelf()
  const items = new Map<string, string>()
  const storage = {
    shared: true as const,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
  let throttle = 5
  let owner: string | null = null
  let refused = 0
  let accident = false
  let expired = false
  let entered = false
  const stopServer = log.followServer(server)

  function open(index: number) {
    const page = new EventTarget()
    const { fetch, leave } = browser.connect()
    const client =
      kind === 'rival'
        ? createRival(fetch, shelf)
        : inPage(page, () =>
            createSession({
              baseUrl: api,
              fetch,
              storage,
              storageKey: name,
              batchRequestBufferThrottle: throttle,
            }),
          )
    client.on('signed-in', () => {
      entered = true
    })
    client.on('signed-out', ({ reason }) => {
      if (reason === 'rejected') accident = true
      if (reason === 'expired') expired = true
    })
    const stop = log.follow(client, `tab ${index + 1}`)
    const tab: Tab = {
      client,
      page,
      calls: [],
      leave() {
        page.dispatchEvent(new Event('pagehide'))
        leave()
        stop()
        client.dispose()
      },
    }
    tabs[index] = tab
    return tab
  }

  async function send(tab: Tab, what: number) {
    const { method, path, body } = requests[what]!
    const abort = new AbortController()
    tab.calls.push(abort)
    try {
      const response = await tab.client.fetch(path, {
        method,
        signal: abort.signal,
        ...(body && { body, headers: { 'content-type': 'application/json' } }),
      })
      if (response.status === 401 && path !== '/forbidden') refused++
      if (path === '/items' && response.ok) {
        owner = ((await response.json()) as { owner?: string }).owner ?? owner
      }
    } catch {
      // A call that failed is part of the schedule.
    } finally {
      tab.calls.splice(tab.calls.indexOf(abort), 1)
    }
  }

  function act(action: Action): unknown {
    const tab = 'tab' in action ? tabs[action.tab - 1] : undefined
    if ('tab' in action && !tab) return
    switch (action.do) {
      case 'sign-in':
        return ignore(tab!.client.signIn({ email: users[action.user], password }))
      case 'sign-out':
        return ignore(tab!.client.signOut())
      case 'send':
        return send(tab!, action.what)
      case 'batch':
        for (let n = 0; n < action.count; n++) {
          // The second is ready first: it is not the order of sending that decides.
          if (action.count > 1 && n % 3 === 0) server.delay('GET /items', { action: 120 })
          void send(tab!, n % 3)
        }
        return
      case 'upload':
        server.delay('POST /photos', { request: action.ms })
        return ignore(tab!.client.fetch('/photos', { method: 'POST', body: 'slow' }))
      case 'validate':
        return ignore(tab!.client.validateToken())
      case 'abort':
        return tab!.calls.at(-1)?.abort()
      case 'reload': {
        tab!.leave()
        const { client } = open(action.tab - 1)
        // As applications do: who is signed in?
        if (client.getSnapshot().status === 'signed-in') ignore(client.validateToken())
        return
      }
      case 'open':
        if (tabs.length < limits.tabs) open(tabs.length)
        return
      case 'delay': {
        const part = { request: 'request', server: 'action', answer: 'response' }[parts[action.part]!]
        return server.delay(matching(action.of), { [part]: action.ms })
      }
      case 'lose':
        return action.part === 0
          ? server.loseRequest(matching(action.of))
          : server.loseAnswer(matching(action.of))
      case 'cache':
        return browser.cacheNext()
      case 'lifespan':
        return server.configure({ tokenLifespan: action.seconds })
      case 'throttle':
        throttle = action.seconds
        return server.configure({ batchRequestBufferThrottle: action.seconds })
      case 'rules':
        return server.configure({ rules: generations[action.generation]! })
    }
  }

  open(0)
  return {
    log,
    get tabs() {
      return tabs.length
    },
    expiry() {
      const [token] = tabs[0]!.client.exchange.record.tokens
      return token ? token.expiry * 1_000 : null
    },
    act,
    outcome: () => ({
      entered,
      signedIn: tabs[0]!.client.getSnapshot().status === 'signed-in',
      owner,
      accident,
      expired,
      refused,
      leaked: browser.leaked,
      orders: ran.orders,
      sessionsAtServer: server
        .inspect()
        .users.reduce((sum, user) => sum + Object.keys(user.clients).length, 0),
    }),
    close() {
      stopServer()
      for (const tab of tabs) tab.leave()
    },
  }
}

function matching(target: number) {
  if (target > 0) return targets[target]
  return (request: Request) => !new URL(request.url).pathname.startsWith('/auth/')
}

const ignore = (promise: Promise<unknown>) => void promise.catch(() => {})

/** Makes something that listens to its page listen to this one: each tab is a page of its own. */
function inPage<Made>(page: EventTarget, make: () => Made): Made {
  const { addEventListener } = globalThis
  globalThis.addEventListener = page.addEventListener.bind(page) as never
  try {
    return make()
  } finally {
    globalThis.addEventListener = addEventListener
  }
}

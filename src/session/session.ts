import { createHandoff, receive } from '../core/handoff.ts'
import { parseRecord } from '../core/record.ts'
import { loseAll } from '../core/settle.ts'
import { TokenHandoffError } from '../errors.ts'
import { isWebStorage, webStorage } from '../storage/web.ts'
import type { AccountPort, SessionContext } from './context.ts'
import { createEmitter, type Emit, type On } from './emitter.ts'
import type { SessionEvents, SignedOutReason } from './events.ts'
import { createExchange, type Exchange } from './exchange.ts'
import { createFetch, type Fetch } from './fetch.ts'
import { readOptions, type SessionOptions } from './options.ts'
import { createOrigins } from './origins.ts'
import { watchPage } from './page.ts'
import { createPersistence } from './persistence.ts'
import { createRecovery } from './recovery.ts'
import type { RouteOptions } from './routes.ts'
import { createSigning } from './signing.ts'
import { createTabs } from './tabs.ts'

/** What an application shows of a session. The same object until it changes. */
export interface Snapshot<User = unknown> {
  /** `unknown` only while an asynchronous storage is being read. */
  readonly status: 'signed-in' | 'signed-out' | 'unknown'
  /** What the server last said of the user; null until it did in this page. */
  readonly user: User | null
}

/** A session: signed in or not, the user, and a fetch that carries the credentials. */
export interface Session<User = unknown> {
  /**
   * The platform's fetch, with the credentials handed on. Relative URLs resolve against `baseUrl`; other
   * origins get no token.
   *
   * @example const response = await session.fetch('/items')
   */
  readonly fetch: Fetch
  /**
   * Signs in.
   *
   * @param credentials what the server's `POST /auth/sign_in` takes, as a rule email and password
   * @param options another path, or further headers
   * @throws TokenHandoffError `sign-in-failed` (with `status` and `errors`), `network`, `headers-not-exposed`,
   *   `superseded` when another sign-in or a sign-out was asked for meanwhile
   * @example const user = await session.signIn({ email, password })
   */
  signIn(credentials: object, options?: RouteOptions): Promise<User>
  /** Signs out here at once, then closes the session at the server, whatever it answers. */
  signOut(): Promise<void>
  /**
   * Asks the server who is signed in.
   *
   * @returns the user, or null when nobody is: as it is when the answer comes, whoever signed in or out meanwhile
   * @throws TokenHandoffError `network`, `validation-failed`
   */
  validateToken(): Promise<User | null>
  /** What the application shows now; the same object until it changes. */
  getSnapshot(): Snapshot<User>
  /**
   * Waits for the first answer to "signed in or not", for instance in a router's guard. It is there at once
   * unless an asynchronous storage is being read.
   *
   * @throws TokenHandoffError `disposed`
   * @example if ((await session.ready()).status === 'signed-out') location.assign('/sign-in')
   */
  ready(): Promise<Snapshot<User>>
  /** Calls the listener after each change of the snapshot; returns the function that stops it. */
  subscribe(listener: () => void): () => void
  /** Listens to one type of event; returns the function that stops it. */
  readonly on: On<SessionEvents<User>>
  /** Lets go of timers, tabs and listeners. The stored session stays. */
  dispose(): void
  /** For adapters: the path that every request takes. */
  readonly exchange: Exchange
  /** For adapters: the absolute URL when it belongs to one of the session's origins, else null. */
  own(url: string): string | null
  /** For token-handoff/account: what its functions work with. */
  account(): AccountPort
}

/**
 * Makes a session with an API that hands out a new token with every response.
 *
 * @param options see {@link SessionOptions}; only `baseUrl` is required
 * @throws TokenHandoffError `base-url-missing`, `base-url-invalid`, `origin-invalid`, `storage-invalid`,
 *   `option-invalid`, `fetch-invalid`
 * @example
 * const session = createSession({ baseUrl: 'https://api.example.com' })
 * await session.signIn({ email, password })
 * const items = await (await session.fetch('/items')).json()
 */
export function createSession<User = Record<string, unknown>>(options: SessionOptions): Session<User> {
  const own = createOrigins(options?.baseUrl, options?.origins)
  const settings = readOptions(options, own)
  const { wire, storage, storageKey } = settings
  // Tabs have a sessionStorage each: they are one session only where one was duplicated from the other.
  const oneForAll = !!storage && (storage.shared || storage === webStorage())
  const shared = oneForAll || isWebStorage(storage)
  const handoff = createHandoff({ recovers: settings.recoveryUrl !== null, shared, buffer: settings.buffer })
  const { on, emit, clear } = createEmitter<SessionEvents<User>>()
  const waiting = new Set<() => void>()
  const warned = new Set<string>()
  let snapshot: Snapshot<User> = { status: 'unknown', user: null }
  let published = handoff.record
  let disposed = false
  let gone = false

  const context = {
    handoff,
    wire,
    settings,
    emit: emit as Emit<SessionEvents>,
    userChanged: 0,
    changeShown: -1,

    warn(code, message) {
      if (warned.has(code)) return
      warned.add(code)
      console.warn(`token-handoff: ${message}`)
      emit('warning', { code, message })
    },

    ready() {
      if (disposed) throw new TokenHandoffError('disposed', 'This session was disposed. Make a new one.')
      return persistence?.loading ?? null
    },

    refresh() {
      // What happened here is told first: a listener may ask for this in the midst of it.
      if (handoff.record !== published) context.changed()
      persistence?.refresh()
      learn()
    },

    changed(cause = 'rejected', user = null) {
      if (disposed) return
      const news = handoff.record !== published
      if (news) publish(cause, user as User)
      wakeAll()
      // A plain answer changes nothing: with thousands in flight, only the timer looks at them.
      if (!gone && (news || handoff.suspect !== null)) context.recovery.reconsider()
    },

    nextChange: milliseconds =>
      new Promise(resolve => {
        if (disposed) return resolve(false)
        const wake = (woken: unknown = true) => {
          clearTimeout(timer)
          waiting.delete(wake)
          resolve(!!woken && !disposed)
        }
        const timer = setTimeout(wake, milliseconds, 0)
        waiting.add(wake)
      }),

    launched() {
      // What the page sends while it goes is not waited for.
      if (gone) pageIsGone()
      else context.recovery.watchFlights()
    },

    async call(url, init) {
      // Whatever path it was given: with the credentials it goes nowhere else.
      if (!own(url))
        throw new TokenHandoffError('option-invalid', 'Paths must lead to baseUrl or one of origins.')
      return settings.fetch(url, wire.transport === 'cookie' ? { credentials: 'include', ...init } : init)
    },

    // Two tabs that sign in at once open the same epoch, but each has a client of its own.
    isCurrent: ({ epoch, client }) => epoch === handoff.record.epoch && client === handoff.record.client,

    setUser(user, sent, asked) {
      if (!context.isCurrent(sent) || asked < context.userChanged) return false
      if (show('signed-in', user as User)) context.tabs.tell({ user, record: handoff.record })
      return true
    },
  } as SessionContext

  const persistence =
    storage && createPersistence(storage, storageKey, record => receive(handoff, record), context)
  context.tabs = createTabs(
    shared ? storageKey : null,
    news => {
      const record = parseRecord(news.record)
      if (!record || !(oneForAll || record.client === handoff.record.client)) return
      receive(handoff, record)
      learn()
      // Each sign-in has a client of its own.
      if (news.user && record.client === handoff.record.client) show('signed-in', news.user as User)
    },
    () => ({ record: handoff.record, busy: handoff.open.size > 0 }),
  )
  context.exchange = createExchange(context)
  context.recovery = createRecovery(context)

  function wakeAll() {
    if (waiting.size > 0) for (const wake of [...waiting]) wake()
  }

  /** Takes notice of what other tabs did. */
  function learn() {
    if (handoff.record !== published) context.changed('other-tab')
  }

  function publish(cause: SignedOutReason | 'signed-in', user: User | null) {
    const { epoch, client, tokens } = published
    // A writer merges with what it finds, so that it never puts an older record over a newer one.
    persistence?.refresh()
    published = handoff.record
    persistence?.write(published)
    if (cause !== 'other-tab') context.tabs.tell({ record: published, user })
    // Of two sign-ins at once one gives way to the other, within their epoch.
    if (published.epoch === epoch && published.client === client) return
    if (published.client === null) {
      const lifetime = tokens[0]?.expiry
      if (cause === 'rejected' && lifetime && lifetime * 1_000 < Date.now()) cause = 'expired'
      show('signed-out', null)
      emit('signed-out', { reason: cause as SignedOutReason })
    } else {
      show('signed-in', user)
      emit('signed-in', { elsewhere: cause === 'other-tab' })
    }
  }

  function show(status: Snapshot['status'], user: User | null): boolean {
    // The server sends the user anew each time: equal data is no change.
    if (status === snapshot.status && JSON.stringify(user) === JSON.stringify(snapshot.user)) return false
    snapshot = { status, user }
    emit('snapshot', snapshot)
    return true
  }

  /** What the requests in flight bring is stored no more: the next page must know. */
  function pageIsGone() {
    gone = true
    loseAll(handoff, Date.now())
    context.changed()
  }

  const stopWatching = watchPage({
    storage({ key, storageArea, newValue }) {
      if (key !== storageKey || storageArea !== storage) return
      persistence?.read(newValue)
      learn()
    },
    pagehide: pageIsGone,
    pageshow() {
      gone = false
      context.refresh()
      context.recovery.reconsider()
    },
    online: () => context.recovery.reconsider(),
  })

  function start() {
    // What was stored already is no news, neither for the storage nor for other tabs.
    published = handoff.record
    show(published.client === null ? 'signed-out' : 'signed-in', null)
    context.recovery.reconsider()
  }
  void (persistence?.loading?.then(start) ?? start())

  return {
    ...createSigning<User>(context),
    fetch: createFetch(context, own),
    getSnapshot: () => snapshot,
    async ready() {
      await context.ready()
      return snapshot
    },
    subscribe: listener => on('snapshot', () => listener()),
    on,
    exchange: context.exchange,
    own,
    account: () => context,
    dispose() {
      context.recovery.stop()
      pageIsGone()
      disposed = true
      stopWatching()
      context.tabs.close()
      wakeAll()
      clear()
    },
  }
}

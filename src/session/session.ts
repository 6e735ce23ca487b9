import type { Wire } from '../core/credentials.ts'
import { createHandoff, loseAll, receive } from '../core/handoff.ts'
import { parseRecord } from '../core/record.ts'
import { TokenHandoffError } from '../errors.ts'
import { isWebStorage } from '../storage/web.ts'
import {
  createEmitter,
  type Emitter,
  type SessionEvents,
  type SignedOutReason,
  type WarningCode,
} from './events.ts'
import { createExchange, type Exchange } from './exchange.ts'
import { createFetch, type Fetch } from './fetch.ts'
import { readOptions, type SessionOptions } from './options.ts'
import { createOrigins } from './origins.ts'
import { watchPage } from './page.ts'
import { createPersistence } from './persistence.ts'
import { createRecovery } from './recovery.ts'
import { createSigning } from './signing.ts'
import { createSnapshotStore, type Snapshot } from './snapshot.ts'
import { createTabs, noTabs } from './tabs.ts'
import { createWatch, unexposedHeaders } from './watch.ts'

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
   * @throws TokenHandoffError `sign-in-failed` (with `status` and `errors`), `network`, `headers-not-exposed`,
   *   `superseded` when another sign-in or a sign-out was asked for meanwhile
   * @example const user = await session.signIn({ email, password })
   */
  signIn(credentials: Record<string, unknown>): Promise<User>
  /** Signs out here at once, then closes the session at the server, whatever it answers. */
  signOut(): Promise<void>
  /**
   * Asks the server who is signed in.
   *
   * @returns the user, or null when nobody is
   * @throws TokenHandoffError `network`, `validation-failed`
   */
  validateToken(): Promise<User | null>
  getSnapshot(): Snapshot<User>
  /** Calls the listener after each change of the snapshot; returns the function that stops it. */
  subscribe(listener: () => void): () => void
  /** Listens to one kind of event; returns the function that stops it. */
  on<Type extends keyof SessionEvents<User>>(
    type: Type,
    listener: (event: SessionEvents<User>[Type]) => void,
  ): () => void
  /** Lets go of timers, tabs and listeners. The stored session stays. */
  dispose(): void
  /** For adapters: the path that every request takes. */
  readonly exchange: Exchange
  /** For adapters: the absolute URL when it belongs to one of the session's origins, else null. */
  own(url: string): string | null
}

/**
 * Makes a session with an API that hands out a new token with every response.
 *
 * @param options see {@link SessionOptions}; only `baseUrl` is required
 * @throws TokenHandoffError `base-url-missing`, `base-url-invalid`, `origin-invalid`, `storage-invalid`,
 *   `option-invalid`, `fetch-missing`
 * @example
 * const session = createSession({ baseUrl: 'https://api.example.com' })
 * await session.signIn({ email, password })
 * const items = await (await session.fetch('/items')).json()
 */
export function createSession<User = Record<string, unknown>>(options: SessionOptions): Session<User> {
  const origins = createOrigins(options?.baseUrl, options?.origins)
  const settings = readOptions(options, origins)
  const { storage, storageKey } = settings
  const wire: Wire = { names: settings.headerNames, transport: settings.transport }
  const shared = isWebStorage(storage) && typeof BroadcastChannel === 'function'

  const handoff = createHandoff({ recovers: settings.recoveryUrl !== null, shared, buffer: settings.buffer })
  const emitter = createEmitter<SessionEvents<User>>()
  const waiting = new Set<() => void>()
  const warned = new Set<WarningCode>()
  let published = handoff.record
  let disposed = false

  const persistence =
    storage && createPersistence(storage, storageKey, record => receive(handoff, record), warn)
  const snapshots = createSnapshotStore<User>(ready() === null ? 'signed-out' : 'unknown')
  const tabs = shared
    ? createTabs(storageKey, {
        record: () => handoff.record,
        busy: () => handoff.open.size > 0,
        heard(data, user) {
          const record = parseRecord(data)
          if (!record) return
          receive(handoff, record)
          changed('other-tab')
          if (user !== undefined && record.epoch === handoff.record.epoch) setUser(user as User)
        },
      })
    : noTabs

  const exchange = createExchange({
    handoff,
    wire,
    patience: settings.patience,
    refresh,
    changed,
    nextChange,
    elsewhere: tabs.anyBusy,
    watch: createWatch(emitter, {
      sent: () => recovery.watchFlights(),
      unexposed: () => warn('headers-not-exposed', unexposedHeaders(wire.names)),
    }),
  })

  /** Calls one of the server's own routes. */
  const call = (url: string, init: RequestInit) =>
    settings.fetch(url, wire.transport === 'cookie' ? { credentials: 'include', ...init } : init)

  const recovery = createRecovery({
    handoff,
    exchange,
    tabs,
    emitter: emitter as Emitter<SessionEvents>,
    refresh,
    changed,
    send: (headers, signal) => call(settings.recoveryUrl!, { headers, signal, cache: 'no-store' }),
    unavailable(status) {
      handoff.recovers = false
      warn(
        'recovery-unavailable',
        `The server has no route to ask for a fresh token (it answered ${status}). Set recovery: { path } to yours.`,
      )
    },
  })

  const { signIn, signOut, validateToken } = createSigning<User>({
    handoff,
    exchange,
    wire,
    call,
    url: path => settings.authUrl + path,
    ready,
    refresh,
    changed,
    recovery,
    setUser,
    emitter,
    warn,
  })

  function warn(code: WarningCode, message: string) {
    if (warned.has(code)) return
    warned.add(code)
    console.warn(`token-handoff: ${message}`)
    emitter.emit('warning', () => ({ code, message }))
  }

  /** Reads what other tabs have stored since. */
  function refresh() {
    persistence?.refresh()
    if (handoff.record !== published) changed('other-tab')
  }

  /** Everything that may have changed the record ends here: what is new is stored, told and shown. */
  function changed(cause: SignedOutReason = 'rejected') {
    if (disposed) return
    if (handoff.record !== published) publish(cause)
    for (const wake of [...waiting]) wake()
    recovery.reconsider()
  }

  function publish(cause: SignedOutReason) {
    const { epoch } = published
    // A writer merges with what it finds, so that it never puts an older record over a newer one.
    persistence?.refresh()
    published = handoff.record
    persistence?.write(published)
    if (cause !== 'other-tab') tabs.tell(published)
    if (published.epoch === epoch) return
    if (published.client === null) {
      snapshots.show('signed-out', null)
      emitter.emit('signed-out', () => ({ reason: cause }))
    } else {
      snapshots.show('signed-in', null)
      if (cause === 'other-tab') emitter.emit('signed-in', () => ({ user: null, elsewhere: true }))
    }
  }

  function setUser(user: User | null) {
    if (handoff.record.client === null || !snapshots.show('signed-in', user)) return
    emitter.emit('user', () => ({ user }))
  }

  function nextChange(timeout: number): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        clearTimeout(timer)
        waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, timeout)
      waiting.add(wake)
    })
  }

  function ready(): Promise<void> | null {
    if (disposed) {
      throw new TokenHandoffError('disposed', 'This session was disposed. Make a new one with createSession.')
    }
    return persistence?.loading ?? null
  }

  const stopPage = watchPage({
    stored: event => {
      if (event.storageArea !== storage || event.key !== storageKey) return
      persistence?.read(event.newValue)
      if (handoff.record !== published) changed('other-tab')
    },
    leaving: () => {
      if (loseAll(handoff, Date.now())) changed()
    },
    back: () => {
      refresh()
      recovery.reconsider()
    },
    online: () => recovery.reconsider(),
  })

  function start() {
    // What is stored already is no news for other tabs, nor for the storage.
    published = handoff.record
    snapshots.show(published.client === null ? 'signed-out' : 'signed-in', null)
    recovery.reconsider()
  }

  const loading = ready()
  if (loading === null) start()
  else void loading.then(start)

  return {
    fetch: createFetch({
      exchange,
      wire,
      fetch: settings.fetch,
      own: origins.own,
      linger: settings.linger,
      ready,
    }),
    signIn,
    signOut,
    validateToken,
    getSnapshot: snapshots.get,
    subscribe: snapshots.subscribe,
    on: emitter.on,
    exchange,
    own: origins.own,
    dispose() {
      if (disposed) return
      disposed = true
      recovery.stop()
      stopPage()
      tabs.close()
      for (const wake of [...waiting]) wake()
      emitter.clear()
      snapshots.clear()
    },
  }
}

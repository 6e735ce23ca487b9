import type { Session, SessionEvents } from 'token-handoff'
import { api } from './actions.ts'

/** What both clients can do. */
export type Client = Pick<
  Session,
  'fetch' | 'signIn' | 'signOut' | 'validateToken' | 'on' | 'exchange' | 'getSnapshot' | 'dispose'
>

interface Stored {
  client: string
  uid: string
  token: string
  expiry: number
  sequence: number
  at: number
}

/** What the tabs of a browser share: one stored entry, as in localStorage. */
export interface Shelf {
  stored: Stored | null
  sequence: number
  tabs: Set<(type: 'signed-in' | 'signed-out') => void>
}

export const emptyShelf = (): Shelf => ({ stored: null, sequence: 0, tabs: new Set() })

type Listener = (event: never) => void

/**
 * A client as many are: it stores whatever token came last, and the first 401 ends the session. It is the one that
 * `npm run simulate` calls "overwrite always". In its favour: it never stores a blank, and leaves answers of another
 * sign-in alone. As an interceptor does, it looks for the API's address anywhere in a URL.
 */
export function createRival(fetch: typeof globalThis.fetch, shelf: Shelf): Client {
  const listeners = new Map<string, Set<Listener>>()

  function emit<Type extends keyof SessionEvents>(type: Type, event: SessionEvents[Type]) {
    for (const listener of listeners.get(type) ?? []) listener(event as never)
  }

  const hear = (type: 'signed-in' | 'signed-out') => {
    if (type === 'signed-in') emit('signed-in', { elsewhere: true })
    else emit('signed-out', { reason: 'other-tab' })
  }
  shelf.tabs.add(hear)

  /** Returns what tells the other tabs: they hear of it after this one. */
  function change(stored: Stored | null): () => void {
    const before = shelf.stored
    shelf.stored = stored
    if (before?.client === stored?.client) return () => {}
    return () => {
      for (const tab of shelf.tabs) if (tab !== hear) tab(stored ? 'signed-in' : 'signed-out')
    }
  }

  function read({ headers }: Response, sequence: number): Stored {
    return {
      client: headers.get('client') ?? '',
      uid: headers.get('uid') ?? '',
      token: headers.get('access-token') ?? '',
      expiry: Number(headers.get('expiry')),
      sequence,
      at: Date.now(),
    }
  }

  async function send(url: string, init: RequestInit, purpose: 'call' | 'validation' | 'sign-out') {
    const carried = shelf.stored
    const sequence = ++shelf.sequence
    const address = url.startsWith('/') ? api + url : url
    const method = init.method ?? 'GET'
    if (!carried || !address.includes(api)) return fetch(address, init)
    emit('sent', { sequence, purpose, method, url: address, former: undefined, stamped: true })
    const headers = new Headers(init.headers)
    headers.set('access-token', carried.token)
    headers.set('client', carried.client)
    headers.set('uid', carried.uid)
    let response: Response
    try {
      response = await fetch(address, { ...init, headers })
    } catch (error) {
      if (init.signal?.aborted) emit('aborted', { sequence })
      emit('lost', { sequence, doubt: false })
      throw error
    }
    const { status } = response
    const brought = read(response, sequence)
    if (status === 401) {
      // Told before the session is gone, as the library does.
      emit('rejected', { sequence, verdict: 'sign-out', reason: undefined })
      emit('kept', { sequence, reason: 'blank', status })
      if (shelf.stored?.client === carried.client) {
        const expired = shelf.stored.expiry * 1_000 < Date.now()
        const tellOthers = change(null)
        emit('signed-out', { reason: expired ? 'expired' : 'rejected' })
        tellOthers()
      }
    } else if (brought.token && brought.client === shelf.stored?.client) {
      change(brought)
      emit('rotated', { sequence, reason: 'overwrites' as never, status })
    } else emit('kept', { sequence, reason: 'blank', status })
    return response
  }

  return {
    fetch: (input, init = {}) => send(String(input), init, 'call'),
    async signIn(credentials) {
      const sequence = ++shelf.sequence
      const response = await fetch(`${api}/auth/sign_in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(credentials),
      })
      if (!response.ok) throw new Error(`The server refused the sign-in (${response.status}).`)
      const tellOthers = change(read(response, sequence))
      emit('signed-in', { elsewhere: false })
      tellOthers()
      return {}
    },
    async signOut() {
      const sending = send('/auth/sign_out', { method: 'DELETE' }, 'sign-out')
      if (shelf.stored) {
        const tellOthers = change(null)
        emit('signed-out', { reason: 'asked' })
        tellOthers()
      }
      await sending
    },
    async validateToken() {
      const response = await send('/auth/validate_token', {}, 'validation')
      return response.ok ? {} : null
    },
    on(type, listener) {
      const set = listeners.get(type) ?? new Set()
      listeners.set(type, set.add(listener as Listener))
      return () => void set.delete(listener as Listener)
    },
    // As much of a record as a log reads.
    exchange: {
      get record() {
        const { stored } = shelf
        const uid = { value: stored?.uid ?? '', sequence: 0 }
        const tokens = stored ? [{ ...stored, value: stored.token }] : []
        return { uid, client: stored?.client ?? null, tokens }
      },
    } as unknown as Client['exchange'],
    getSnapshot: () => ({ status: shelf.stored ? 'signed-in' : 'signed-out', user: null }),
    dispose() {
      shelf.tabs.delete(hear)
      listeners.clear()
    },
  }
}

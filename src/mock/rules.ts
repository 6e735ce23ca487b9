/**
 * The server's token rules, pure: plain data in, new data out, nothing mutated, no clock, no I/O, no randomness.
 *
 *     const rules = { generation: '1.3.0', throttleMs: 5000, lifespanMs: 1_209_600_000, changeHeaders: true, maxDevices: 10 }
 *     const signedIn = signIn(rules, [], 'c1', nowMs, mint)     // Finish; its `clients` is the user's new state
 *     begin(rules, clients, { client, token }, nowMs)           // 'token' | 'previous' | 'last', or null: a 401
 *     finish(rules, clients, { client, token, beganMs, unbatch }, nowMs, mint)
 *       // { kind: 'rotated', clients, token, expiry }  a new token goes out
 *       // { kind: 'blank',   clients, expiry }         a batch: access-token and expiry go out blank
 *       // { kind: 'kept',    clients, token, expiry }  changeHeaders is false: the token that was sent goes out again
 *       // { kind: 'gone',    clients }                 no such client any more: no auth headers go out
 *     signOut(clients, client, nowMs)                           // the rest: issue, purge, keepNewest
 *
 * Times named ...Ms are milliseconds since the epoch, fractions allowed; `updatedAt` and `expiry` are whole seconds,
 * as the server stores them. Tokens are opaque strings that are compared as they are; `mint` makes a new one.
 * A `Clients` value is one user's sign-ins, in the order in which the server stores them.
 *
 * Source: devise_token_auth 1.3.0 and 1.2.0, as recorded in test/traces.
 */

/** Since 1.2.1 the token before the current one lives on (`previous`). 1.2.0 accepts it inside the buffer only. */
export type Generation = '1.3.0' | '1.2.0'

/** The part of the server's configuration that decides about tokens. */
export interface Rules {
  readonly generation: Generation
  /** batch_request_buffer_throttle, in milliseconds. */
  readonly throttleMs: number
  /** token_lifespan, in milliseconds. */
  readonly lifespanMs: number
  /** change_headers_on_each_request. */
  readonly changeHeaders: boolean
  /** max_number_of_devices. */
  readonly maxDevices: number
}

/** What the server keeps of one sign-in (one client id of one user). */
export interface ClientEntry {
  readonly client: string
  readonly token: string
  /** The token that the current one replaced. Always null under 1.2.0. */
  readonly previous: string | null
  /** Under 1.3.0 the token before `previous`; under 1.2.0 the one that the current one replaced. */
  readonly last: string | null
  /** Seconds, floored. Null until the first rotation: an entry without it opens no buffer. */
  readonly updatedAt: number | null
  /** Seconds, floored. */
  readonly expiry: number
}

/** One user's sign-ins, in stored order. */
export type Clients = readonly ClientEntry[]

/** Makes a token that nobody has yet. */
export type Mint = () => string

/** Which of the kept tokens the sent one was. */
export type Acceptance = 'token' | 'previous' | 'last'

/** What a request is remembered by between begin and finish. */
export interface Begun {
  readonly client: string
  /** The token that was sent. */
  readonly token: string
  readonly beganMs: number
  /** The request has an `unbatch` parameter, whatever its value. */
  readonly unbatch: boolean
}

export type Finish =
  | {
      readonly kind: 'rotated'
      readonly clients: Clients
      readonly token: string
      readonly expiry: number
    }
  | { readonly kind: 'blank'; readonly clients: Clients; readonly expiry: number }
  | {
      readonly kind: 'kept'
      readonly clients: Clients
      readonly token: string
      readonly expiry: number
    }
  | { readonly kind: 'gone'; readonly clients: Clients }

/**
 * Decides whether the sent token is accepted. Decided when the request begins; changes nothing.
 *
 * The current token and (since 1.2.1) the previous one are good until `expiry`; `last` is good while the buffer is
 * open, and then `expiry` does not count.
 */
export function begin(
  rules: Rules,
  clients: Clients,
  sent: { readonly client: string; readonly token: string },
  nowMs: number,
): Acceptance | null {
  const entry = find(clients, sent.client)
  if (entry === undefined) return null
  if (entry.expiry * 1000 > nowMs) {
    if (entry.token === sent.token) return 'token'
    if (rules.generation !== '1.2.0' && entry.previous === sent.token) return 'previous'
  }
  if (entry.last === sent.token && bufferIsOpen(rules, entry, nowMs)) return 'last'
  return null
}

/**
 * Decides what the answer of an accepted request carries, and what the server keeps after it. Decided when the
 * request finishes, from what is kept by then, but compared with the time at which the request began.
 */
export function finish(rules: Rules, clients: Clients, begun: Begun, nowMs: number, mint: Mint): Finish {
  const entry = find(clients, begun.client)
  if (entry === undefined) return { kind: 'gone', clients }
  if (!rules.changeHeaders) return { kind: 'kept', clients, token: begun.token, expiry: entry.expiry }
  if (!begun.unbatch && bufferIsOpen(rules, entry, begun.beganMs)) {
    const extended = { ...entry, updatedAt: Math.floor(nowMs / 1000) }
    return {
      kind: 'blank',
      clients: save(rules, put(clients, extended), nowMs),
      expiry: entry.expiry,
    }
  }
  const rotated = rotate(rules, entry, nowMs, mint())
  return {
    kind: 'rotated',
    clients: save(rules, put(clients, rotated), nowMs),
    token: rotated.token,
    expiry: rotated.expiry,
  }
}

/**
 * Signs in on a new client id: a token is issued and rotated at once, so `previous` (1.2.0: `last`) is a token that
 * nobody ever receives, and the buffer is open from the start.
 *
 * The answer is `gone` when the new entry is itself the one that `maxDevices` evicts.
 */
export function signIn(rules: Rules, clients: Clients, client: string, nowMs: number, mint: Mint): Finish {
  const token = mint()
  const issued = issue(rules, clients, client, nowMs, () => token)
  return finish(rules, issued, { client, token, beganMs: nowMs, unbatch: false }, nowMs, mint)
}

/** Adds a client with a token that has not been rotated yet, so that its first use rotates (a password-reset mail). */
export function issue(rules: Rules, clients: Clients, client: string, nowMs: number, mint: Mint): Clients {
  const entry: ClientEntry = {
    client,
    token: mint(),
    previous: null,
    last: null,
    updatedAt: null,
    expiry: expiryAt(rules, nowMs),
  }
  return save(rules, put(clients, entry), nowMs)
}

/** Removes one sign-in (and, as with every save, what has expired); the others stay. */
export function signOut(clients: Clients, client: string, nowMs: number): Clients {
  return purge(
    clients.filter(entry => entry.client !== client),
    nowMs,
  )
}

/** Removes what has expired. The server does this whenever it saves the user, and only then. */
export function purge(clients: Clients, nowMs: number): Clients {
  return clients.some(entry => entry.expiry * 1000 < nowMs)
    ? clients.filter(entry => entry.expiry * 1000 >= nowMs)
    : clients
}

/** Keeps only the sign-in with the latest expiry: remove_tokens_after_password_reset. */
export function keepNewest(clients: Clients): Clients {
  if (clients.length < 2) return clients
  return [clients.reduce((newest, entry) => (entry.expiry > newest.expiry ? entry : newest))]
}

function find(clients: Clients, client: string): ClientEntry | undefined {
  return clients.find(entry => entry.client === client)
}

/** Strict: at exactly throttleMs after the stored second the buffer is closed. */
function bufferIsOpen(rules: Rules, entry: ClientEntry, atMs: number): boolean {
  return entry.updatedAt !== null && entry.updatedAt * 1000 + rules.throttleMs > atMs
}

function rotate(rules: Rules, entry: ClientEntry, nowMs: number, token: string): ClientEntry {
  const old = rules.generation === '1.2.0' ? { previous: null, last: entry.token } : retire(entry)
  return {
    client: entry.client,
    token,
    ...old,
    updatedAt: Math.floor(nowMs / 1000),
    expiry: expiryAt(rules, nowMs),
  }
}

function retire(entry: ClientEntry): Pick<ClientEntry, 'previous' | 'last'> {
  return { previous: entry.token, last: entry.previous }
}

function expiryAt(rules: Rules, nowMs: number): number {
  return Math.floor((nowMs + rules.lifespanMs) / 1000)
}

/** Replaces the entry where it stands, or appends it. */
function put(clients: Clients, entry: ClientEntry): Clients {
  const index = clients.findIndex(other => other.client === entry.client)
  if (index < 0) return [...clients, entry]
  const copy = clients.slice()
  copy[index] = entry
  return copy
}

function save(rules: Rules, clients: Clients, nowMs: number): Clients {
  return purge(evict(rules, clients), nowMs)
}

/** Too many sign-ins: those with the smallest expiry go. It also leaves the rest sorted by expiry. */
function evict(rules: Rules, clients: Clients): Clients {
  const excess = clients.length - rules.maxDevices
  if (excess <= 0) return clients
  return clients
    .slice()
    .sort((a, b) => a.expiry - b.expiry)
    .slice(excess)
}

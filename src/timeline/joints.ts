import type { Token } from '../core/record.ts'
import type { ServerEvent } from '../mock/events.ts'
import type { LogEvent } from './events.ts'

/** How many requests and tokens are remembered, for what may still be said of them. */
const memory = 2_000

/** A request of a session. */
interface Sent {
  readonly request: number
  /** As the log shows it. */
  readonly path: string
  /** Method and path, as the server sees them. */
  readonly key: string
  /** Method and address, as an HTTP cache sees them. */
  readonly address: string
  /** Null: that is not known. */
  readonly token: number | null
}

/**
 * Gives requests and tokens their numbers in the log, and finds out which of a server's requests is which of the
 * sessions', and which of its tokens is which of theirs: both know the values, and neither tells them.
 */
export function createJoints(events: readonly LogEvent[]) {
  const greatest = (name: 'request' | 'token') =>
    events.reduce(
      (most, event) => Math.max(most, (event as { [Name in typeof name]?: number })[name] ?? 0),
      0,
    )
  let requests = greatest('request')
  let tokens = greatest('token')
  const keys = new Map<string, string>()
  /** The sessions' tokens, by their keys. */
  const ofSessions = new Map<string, number>()
  const ofServer = new Map<number, number>()
  /** What the server handed out, by request, until a session is seen to have it. Null: to one that no session sent. */
  const minted = new Map<number | null, number>()
  /** The requests that have not arrived yet. */
  let onTheirWay: Sent[] = []
  const arrived = new Map<number, { request: number; path: string; address: string | undefined }>()
  /** The tokens that came last, by method and address. */
  const latest = new Map<string, number>()
  /** What was answered by an HTTP cache, and with which token. */
  const cached = new Map<number, number>()

  return {
    /** What a token is called in every tab, without telling it: who brought it first, and when. */
    keyOf(token: Token | false | undefined): string | undefined {
      if (!token) return
      const { value, sequence, at } = token
      return keys.get(value) ?? remember(keys, value, `${sequence} ${at}`)
    },

    /**
     * A session's token.
     *
     * @param by the request that brought it; null: a sign-in
     */
    token(key: string | undefined, by?: number | null): number {
      const number = ofSessions.get(key!) ?? minted.get(by!) ?? ++tokens
      if (key !== undefined) remember(ofSessions, key, number)
      return number
    },

    /** The token that a request brought which no server saw. */
    cachedBy: (request: number) => cached.get(request),

    ofTab() {
      const numbers = new Map<number, number>()
      const number = (sequence: number) => numbers.get(sequence) ?? remember(numbers, sequence, ++requests)
      return {
        number,
        sent(sequence: number, about: Omit<Sent, 'request'>): number {
          const request = remember(numbers, sequence, ++requests)
          if (onTheirWay.push({ request, ...about }) > memory) onTheirWay.shift()
          return request
        },
        settled(sequence: number): number {
          const settled = number(sequence)
          const unseen = onTheirWay.find(({ request }) => request === settled)
          const token = latest.get(unseen?.address ?? '')
          if (token) remember(cached, settled, token)
          onTheirWay = onTheirWay.filter(({ request }) => request !== settled)
          return settled
        },
      }
    },

    /** @param shown the path as the log shows it, for a request that no session sent */
    ofServer(event: ServerEvent, shown: string): { request: number; path: string; token: number | null } {
      const ordinal = 'token' in event ? event.token : null
      const arrive = () => {
        // The first that may have carried this token; which of two such is which, nobody could tell.
        const mayBe = (wanted: string) =>
          onTheirWay.findIndex(
            ({ key, token }) =>
              key === wanted &&
              (token === null || ordinal === null || (ofServer.get(ordinal) ?? token) === token),
          )
        const exact = mayBe(`${event.method} ${event.path}`)
        // Not every client tells where its requests go.
        const index = exact < 0 ? mayBe(`${event.method} `) : exact
        const [sent] = index < 0 ? [] : onTheirWay.splice(index, 1)
        if (sent?.token && ordinal !== null) remember(ofServer, ordinal, sent.token)
        return { request: sent?.request ?? ++requests, path: sent?.path || shown, address: sent?.address }
      }
      const { request, path, address } =
        arrived.get(event.request) ?? remember(arrived, event.request, arrive())
      const token = ordinal && (ofServer.get(ordinal) ?? remember(ofServer, ordinal, ++tokens))
      if (event.type === 'rotate') {
        remember(minted, address ? request : null, token!)
        if (address) remember(latest, address, token!)
      }
      return { request, path, token }
    },
  }
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): Value {
  map.set(key, value)
  if (map.size > memory) map.delete(map.keys().next().value!)
  return value
}

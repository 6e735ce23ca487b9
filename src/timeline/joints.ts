import type { Token } from '../core/record.ts'
import type { ServerEvent } from '../mock/events.ts'
import type { LogEvent } from './events.ts'

/** What a token is called in every tab, without telling it: who brought it, and when. */
export function keyOf(stored: Token | undefined): string | undefined {
  return stored && `${stored.sequence} ${stored.at}`
}

/** How many requests and tokens are remembered, for what may still be said of them. */
const memory = 2_000

interface Known {
  readonly request: number
  /** As the log shows it. */
  readonly path: string
}

interface Waiting extends Known {
  /** Null: that is not known. */
  readonly token: number | null
}

/**
 * Gives requests and tokens their numbers in the log, and finds out which of a server's requests is which of the
 * sessions', and which of its tokens is which of theirs: both know the values, and neither tells them.
 */
export function createJoints(events: readonly LogEvent[]) {
  let requests = events.reduce((most, event) => Math.max(most, 'request' in event ? event.request : 0), 0)
  let tokens = events.reduce((most, event) => Math.max(most, ('token' in event && event.token) || 0), 0)
  /** The sessions' tokens, by the request that brought them and the time when that was. */
  const ofSessions = new Map<string, number>()
  const ofServer = new Map<number, number>()
  /** What the server handed out, until a session is seen to have it. */
  const minted = new Map<number, number>()
  /** The requests that have not arrived yet, by method and path. */
  const onTheirWay = new Map<string, Waiting[]>()
  const arrived = new Map<number, Known>()
  /** Requests that no session sent: a sign-in, and what goes past the session. */
  const strangers = new Set<number>()

  /**
   * A session's token, by what {@link keyOf} calls it.
   *
   * @param by the request that brought it; null: a sign-in
   */
  function token(key: string | undefined, by?: number | null): number {
    const known = key === undefined ? undefined : ofSessions.get(key)
    if (known !== undefined) return known
    const request = by === null ? [...strangers].findLast(stranger => minted.has(stranger)) : by
    const number = (request !== undefined && minted.get(request)) || ++tokens
    if (key !== undefined) remember(ofSessions, key, number)
    return number
  }

  function tokenAtServer(ordinal: number): number {
    const known = ofServer.get(ordinal)
    if (known !== undefined) return known
    remember(ofServer, ordinal, ++tokens)
    return tokens
  }

  function arrive(event: ServerEvent, shown: string, ordinal: number | null): Known {
    const { request, method, path } = event
    const known = arrived.get(request)
    if (known !== undefined) return known
    // The first that may have carried this token; which of two such is which, nobody could tell.
    const takeFrom = (key: string): Waiting | undefined => {
      const waiting = onTheirWay.get(key) ?? []
      const index = waiting.findIndex(
        ({ token }) => token === null || ordinal === null || (ofServer.get(ordinal) ?? token) === token,
      )
      return index < 0 ? undefined : waiting.splice(index, 1)[0]
    }
    // Not every client tells where its requests go.
    const found = takeFrom(`${method} ${path}`) ?? takeFrom(`${method} `)
    const { token, ...rest } = found ?? { token: null, request: ++requests, path: '' }
    const arrival = { ...rest, path: rest.path || shown }
    remember(arrived, request, arrival)
    if (!found) {
      strangers.add(arrival.request)
      if (strangers.size > memory) strangers.delete(strangers.values().next().value!)
    } else if (token !== null && ordinal !== null) remember(ofServer, ordinal, token)
    return arrival
  }

  return {
    token,

    ofTab() {
      const numbers = new Map<number, number>()
      const number = (sequence: number) => {
        const known = numbers.get(sequence)
        if (known !== undefined) return known
        remember(numbers, sequence, ++requests)
        return requests
      }
      const open = new Map<number, string>()
      return {
        number,
        sent(sequence: number, key: string, path: string, token: number | null): number {
          remember(numbers, sequence, ++requests)
          const waiting = onTheirWay.get(key) ?? []
          if (waiting.push({ request: requests, path, token }) > memory) waiting.shift()
          remember(onTheirWay, key, waiting)
          remember(open, sequence, key)
          return requests
        },
        settled(sequence: number): number {
          const request = number(sequence)
          const waiting = onTheirWay.get(open.get(sequence) ?? '')
          const index = waiting?.findIndex(other => other.request === request) ?? -1
          if (index >= 0) waiting!.splice(index, 1)
          open.delete(sequence)
          return request
        },
      }
    },

    /** @param shown the path as the log shows it, for a request that no session sent */
    ofServer(event: ServerEvent, shown: string): Known & { token: number | null } {
      const ordinal = 'token' in event ? event.token : null
      const arrival = arrive(event, shown, ordinal)
      const token = ordinal === null ? null : tokenAtServer(ordinal)
      if (event.type === 'rotate') remember(minted, arrival.request, token!)
      return { ...arrival, token }
    },
  }
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.set(key, value)
  if (map.size > memory) map.delete(map.keys().next().value!)
}

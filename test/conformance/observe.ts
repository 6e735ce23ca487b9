import type { HeadersNames, Inspection } from '../../src/mock/index.ts'
import { type Symbols, uidSymbol } from './symbols.ts'
import { START_S } from './world.ts'

export interface Observer {
  readonly names: HeadersNames
  readonly cookieName: string
  readonly tokens: Symbols
  readonly clients: Symbols
  readonly mail: string | undefined
}

type Observed = Record<string, unknown>

/** A cookie that the browser is told to drop. The traces' document has no word for it. */
export const DROPPED_COOKIE = 'dropped'

/** An answer in the words of a trace's `expect`. */
export async function observe(response: Response, observer: Observer): Promise<Observed> {
  const { names } = observer
  const header = (name: keyof HeadersNames) => response.headers.get(names[name])
  const text = await response.text()
  return {
    status: response.status,
    token: symbol(header('access-token'), observer.tokens.seen),
    expiry: seconds(header('expiry')),
    client: symbol(header('client'), observer.clients.seen),
    uid: symbol(header('uid'), uidSymbol),
    token_type: symbol(header('token-type'), type => type),
    authorization: bearer(header('authorization'), observer),
    ...observeCookie(response, observer),
    ...observeLocation(response.headers.get('location'), observer),
    ...(text === '' ? {} : { body: parseBody(text, response.headers.get('content-type')) }),
  }
}

/** The server's state in the words of a trace's `state`. */
export function observeState({ users }: Inspection, { tokens, clients }: Observer): Observed {
  const state: Observed = {}
  const known = (token: string | null) => (token === null ? null : tokens.known(token))
  for (const user of users) {
    for (const [client, entry] of Object.entries(user.clients)) {
      state[clients.known(client)] = {
        token: known(entry.token),
        previous: known(entry.previous),
        last: known(entry.last),
        updated_at_s: entry.updatedAt === null ? null : entry.updatedAt - START_S,
        expiry_s: entry.expiry - START_S,
      }
    }
  }
  return state
}

function symbol(value: string | null | undefined, translate: (value: string) => string): string {
  if (value === null || value === undefined) return 'absent'
  return value.trim() === '' ? 'blank' : translate(value)
}

function seconds(value: string | null | undefined): number | string {
  if (value === null || value === undefined) return 'absent'
  if (value.trim() === '') return 'blank'
  return /^\d+$/.test(value) ? Number(value) - START_S : value
}

function credentials(
  fields: Readonly<Record<string, string>>,
  { names, tokens, clients }: Observer,
): Observed {
  const known = new Set(
    [names['access-token'], names['token-type'], names.client, names.expiry, names.uid].filter(
      name => name in fields,
    ),
  )
  return {
    token: symbol(fields[names['access-token']], tokens.seen),
    token_type: fields[names['token-type']],
    client: symbol(fields[names.client], clients.seen),
    expiry: seconds(fields[names.expiry]),
    uid: symbol(fields[names.uid], uidSymbol),
    ...Object.fromEntries(Object.entries(fields).filter(([name]) => !known.has(name))),
  }
}

function bearer(header: string | null, observer: Observer): unknown {
  if (header === null) return 'absent'
  const encoded = /^Bearer (\S+)$/.exec(header)?.[1]
  return encoded === undefined ? header : credentials(JSON.parse(atob(encoded)), observer)
}

function observeCookie(response: Response, observer: Observer): Observed {
  const cookies = response.headers.getSetCookie()
  const prefix = `${observer.cookieName}=`
  const cookie = cookies.find(candidate => candidate.startsWith(prefix))
  if (cookie === undefined) return { cookie: 'absent' }
  const end = cookie.indexOf('; ')
  const value = decodeURIComponent(cookie.slice(prefix.length, end).replaceAll('+', ' '))
  return {
    cookie: value === '' ? DROPPED_COOKIE : credentials(JSON.parse(value), observer),
    cookie_attrs: cookie.slice(end + 2),
  }
}

function observeLocation(location: string | null, observer: Observer): Observed {
  if (location === null) return {}
  const [, url, query = '', fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(location)!
  const params = Object.fromEntries(
    [...new URLSearchParams(query)].map(([name, value]) => [name, parameter(name, value, observer)]),
  )
  if (fragment === undefined) return { location: { url, params } }
  const again = fragment.indexOf('?')
  return {
    location: { url, params },
    location_fragment: {
      fragment: again < 0 ? fragment : fragment.slice(0, again),
      same_query_again: again >= 0 && fragment.slice(again + 1) === query,
    },
  }
}

function parameter(name: string, value: string, { names, tokens, clients, mail }: Observer): unknown {
  if (name === 'token' || name === names['access-token']) return tokens.seen(value)
  if (name === 'client_id' || name === names.client) return clients.seen(value)
  if (name === 'expiry') return seconds(value)
  if (name === 'uid') return uidSymbol(value)
  return value === mail ? 'mail' : value
}

function parseBody(text: string, type: string | null): unknown {
  return type?.includes('json') ? JSON.parse(text) : text
}

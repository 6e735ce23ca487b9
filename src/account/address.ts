import type { HeaderNames } from '../core/credentials.ts'

/** What the server put into an address. */
export interface ReturnedAddress {
  /** By name. Null when the query and the fragment, or two of one name, say different things. */
  parameters: ReadonlyMap<string, string> | null
  /** The address without them. */
  clean: string
}

const oauthNames = [
  'auth_token',
  'client_id',
  'uid',
  'expiry',
  'config',
  'oauth_registration',
  'blank',
  'error',
]
const mailNames = ['reset_password_token', 'account_confirmation_success']
const credentialNames = ['client_id', 'token', 'config', 'reset_password', 'unlock']

/**
 * Reads what a redirect of the server put into an address: into the query and, where there is a fragment, once more
 * behind it. Everything else stays as it is, to the letter.
 *
 * @returns null when there is nothing of the kind
 */
export function readAddress(address: string, names: HeaderNames): ReturnedAddress | null {
  const [, place = '', query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(address)!
  // The server repeats the whole query behind the fragment.
  const repeats = query !== '' && fragment.endsWith(`?${query}`)
  const pieces = (repeats ? fragment.slice(0, -query.length - 1) : fragment).split('?')
  // What stands before the first question mark is a route, unless it is all parameters.
  const route = /^[^/?&=]+=/.test(fragment) ? [] : pieces.splice(0, 1)
  const pairs = [query, ...pieces].flatMap(pairsOf)
  const has = (name: string) => pairs.some(pair => pair.name === name)

  const known = new Set<string>()
  const byOAuth = has('auth_token') || (has('error') && has('blank'))
  if (byOAuth) for (const name of oauthNames) known.add(name)
  const byMail = has(names['access-token'])
  if (byMail) for (const name of [...credentialNames, ...Object.values(names)]) known.add(name)
  if (byMail || mailNames.some(has)) for (const name of mailNames) known.add(name)
  if (known.size === 0) return null

  const without = (part: string) =>
    pairsOf(part)
      .filter(({ name }) => !known.has(name))
      .map(({ raw }) => raw)
      .join('&')
  const rest = without(query)
  // Of what held nothing else the question mark goes too.
  const left = pieces.filter(piece => piece === '' || without(piece) !== '').map(without)
  const fragmentLeft = [...route, ...left].join('?')
  const clean = place + (rest && `?${rest}`) + (fragmentLeft && `#${fragmentLeft}`)
  const parameters = new Map<string, string>()
  let contradictory = byOAuth && byMail
  for (const { name, value } of pairs) {
    if (!known.has(name)) continue
    if ((parameters.get(name) ?? value) !== value) contradictory = true
    parameters.set(name, value)
  }
  return { parameters: contradictory ? null : parameters, clean }
}

function pairsOf(query: string): { name: string; value: string; raw: string }[] {
  return query.split('&').map(raw => {
    const [[name, value] = ['', '']] = [...new URLSearchParams(raw)]
    return { name, value, raw }
  })
}

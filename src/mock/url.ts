/** The redirect targets as the server writes them: DeviseTokenAuth::Url and Hash#to_query. */
type QueryValue = string | number | boolean | null | undefined

const URL_PARTS = /^(?:([^:/?#]+):)?(?:\/\/(?:[^/?#@]*@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s

/** Adds the parameters to the query, and once more after a fragment, for clients that route by fragment. */
export function redirectUrl(url: string, parameters: Record<string, QueryValue>): string {
  const [, scheme = '', host = '', path = '', query = '', fragment] = URL_PARTS.exec(url)!
  const all = [query, toQuery(parameters)].filter(part => part !== '').join('&')
  const target = `${scheme}://${host.replace(/:(80|443)$/, '')}${path}?${all}`
  return fragment === undefined ? target : `${target}#${fragment}?${all}`
}

/** Is the URL on the redirect whitelist? A `*` stands for anything, slashes too; case does not count. */
export function whitelisted(url: string, patterns: readonly string[]): boolean {
  return patterns.some(pattern => {
    const parts = pattern.split('*').map(part => part.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'))
    return new RegExp(`^${parts.join('.*')}$`, 'is').test(url)
  })
}

function toQuery(parameters: Record<string, QueryValue>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${formEncode(name)}=${formEncode(String(value ?? ''))}`)
    .sort()
    .join('&')
}

/** Percent-encoding of forms: a space is a plus sign. */
export function formEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

/** The reverse of `formEncode`. A broken escape stays as it is. */
export function formDecode(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

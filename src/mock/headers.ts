import { encodeBase64, toHeaderValue } from './bytes.ts'
import type { CookieAttributes, Settings } from './options.ts'
import { formEncode } from './url.ts'

/** What an answer says of the credentials. `token: null` is a batch answer: token and expiry go out blank. */
export interface Issued {
  readonly token: string | null
  /** The token that the request carried. */
  readonly sent: string
  readonly client: string
  readonly expiry: number
  readonly uid: string
}

const BLANK = ' '

/**
 * Writes the credential headers.
 *
 * A blank answer has a full bearer all the same, with the token that was sent. In cookie mode there is no bearer, but
 * a cookie; since 1.2.1 not on blank answers.
 */
export function writeCredentials(headers: Headers, settings: Settings, issued: Issued): void {
  const { names, cookie } = settings
  const legacy = settings.rules.generation === '1.2.0'
  const blank = issued.token === null
  const fields = (token: string, expiry: string) => ({
    [names['access-token']]: token,
    [names['token-type']]: 'Bearer',
    [names.client]: issued.client,
    [names.expiry]: expiry,
    [names.uid]: issued.uid,
  })
  const real = fields(issued.token ?? issued.sent, String(issued.expiry))
  const shown = blank ? fields(BLANK, BLANK) : real

  for (const [name, value] of Object.entries(shown)) headers.set(name, toHeaderValue(value))
  if (cookie === null) {
    if (!legacy) headers.set(names.authorization, `Bearer ${encodeBase64(JSON.stringify(real))}`)
  } else if (!blank || legacy) {
    headers.append('set-cookie', setCookie(cookie.name, JSON.stringify(shown), cookie.attributes))
  }
}

/** Tells the browser to drop the cookie: sign-out. */
export function dropCookie(headers: Headers, name: string, { domain }: CookieAttributes): void {
  headers.append(
    'set-cookie',
    setCookie(name, '', { ...(domain === undefined ? {} : { domain }), maxAge: 0 }, new Date(0)),
  )
}

function setCookie(name: string, value: string, attributes: CookieAttributes, expires?: Date): string {
  const { path = '/', domain, maxAge, secure, httpOnly, sameSite = 'Lax' } = attributes
  return [
    `${name}=${formEncode(value)}`,
    domain === undefined ? undefined : `domain=${domain}`,
    `path=${path}`,
    maxAge === undefined ? undefined : `max-age=${maxAge}`,
    expires === undefined ? undefined : `expires=${expires.toUTCString()}`,
    secure ? 'secure' : undefined,
    httpOnly ? 'HttpOnly' : undefined,
    sameSite === false ? undefined : `SameSite=${sameSite}`,
  ]
    .filter(part => part !== undefined)
    .join('; ')
}

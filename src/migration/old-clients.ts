import type { CookieAttributes } from '../storage/cookies.ts'
import type { SessionStorage } from '../storage/types.ts'
import { all, type Eventually, orElse, whenThere } from './eventually.ts'
import { expiryOf, type OldClient, type OldCredentials, readOldCredentials } from './old-credentials.ts'
import { cookiePlace, webPlace } from './places.ts'

/** How the other client was set up. */
export interface OldClientOptions {
  /**
   * Where it kept its session: its own storage setting.
   *
   * @default all the places that it knows: of several sessions the one that expires last counts, of equal ones the
   * first in the order of its own defaults
   */
  from?: SessionStorage | undefined
  /**
   * The name of the user type (angular-token) or configuration (ng-token-auth, jToker, redux-auth) whose users
   * are taken over, where there are several. @default whoever is signed in
   */
  userType?: string | undefined
  /** The path and domain of its cookies, where it was told other ones. @default `{ path: '/' }` */
  cookie?: Pick<CookieAttributes, 'path' | 'domain'> | undefined
}

/**
 * ng-token-auth for AngularJS: JSON of the headers under `auth_headers`, in a cookie or localStorage.
 *
 * @example takeOver(localStorage, ngTokenAuth())
 */
// persistData and retrieveData in lynndylanhurley/ng-token-auth, src/ng-token-auth.coffee; its cookies are
// written by ivpusic/angular-cookie (encodeURIComponent of the JSON), path "/".
export function ngTokenAuth(options: OldClientOptions = {}): OldClient {
  return inOneItem('auth_headers', options, [cookies(options, 9_999), webPlace('localStorage')])
}

/**
 * vanilla-token-auth: what ng-token-auth stores, in sessionStorage too.
 *
 * @example takeOver(localStorage, vanillaTokenAuth())
 */
// persistData in theblang/vanilla-token-auth, src/index.ts; its cookies are written by js-cookie.
export function vanillaTokenAuth(options: OldClientOptions = {}): OldClient {
  const places = [cookies(options, 9_999), webPlace('localStorage'), webPlace('sessionStorage')]
  return inOneItem('auth_headers', options, places)
}

/**
 * jToker for jQuery: JSON of the headers under `authHeaders`, in a cookie or localStorage.
 *
 * @example takeOver(localStorage, jToker())
 */
// SAVED_CREDS_KEY and persistData in lynndylanhurley/j-toker, src/j-toker.js; jquery.cookie encodes the JSON.
export function jToker(options: OldClientOptions = {}): OldClient {
  return inOneItem('authHeaders', options, [cookies(options, 14), webPlace('localStorage')])
}

/**
 * redux-auth: what jToker stores.
 *
 * @example takeOver(localStorage, reduxAuth())
 */
// lynndylanhurley/redux-auth, src/utils/constants.js and session-storage.js.
export function reduxAuth(options: OldClientOptions = {}): OldClient {
  return jToker(options)
}

/**
 * angular-token, and angular2-token before it: localStorage items of their own for each header.
 *
 * @example takeOver(localStorage, angularToken({ userType: 'ADMIN' }))
 */
// setAuthData in neroniaky/angular-token, projects/angular-token/src/lib/angular-token.service.ts, and
// _setAuthData in its older src/angular2-token.service.ts: the same names.
export function angularToken(options: OldClientOptions = {}): OldClient {
  return inSeveralItems(
    {
      'access-token': 'accessToken',
      client: 'client',
      expiry: 'expiry',
      'token-type': 'tokenType',
      uid: 'uid',
    },
    options,
    'userType',
  )
}

/**
 * redux-token-auth: items named like the headers, in localStorage, or in React Native's AsyncStorage.
 *
 * @example takeOver(localStorage, reduxTokenAuth())
 * @example takeOver(AsyncStorage, reduxTokenAuth({ from: AsyncStorage }))
 */
// authHeaderKeys in kylecorbelli/redux-token-auth, src/services/auth.ts; the rawData of src/actions.ts.
export function reduxTokenAuth(options: OldClientOptions = {}): OldClient {
  return inSeveralItems(
    {
      'access-token': 'access-token',
      'token-type': 'token-type',
      client: 'client',
      expiry: 'expiry',
      uid: 'uid',
    },
    options,
  )
}

/**
 * vue-auth with its devise driver: the headers in a row, in localStorage, sessionStorage or a cookie.
 *
 * @example takeOver(localStorage, vueAuth())
 */
// websanova/vue-auth: tokens in src/drivers/auth/devise.js, tokenDefaultKey in src/auth.js.
export function vueAuth(options: OldClientOptions = {}): OldClient {
  const key = 'auth_token_default'
  const places = options.from
    ? [options.from]
    : [webPlace('localStorage'), webPlace('sessionStorage'), cookies(options, 14)]
  return inPlaces(
    places,
    place => whenThere(place.getItem(key), row => readOldCredentials(fieldsOf(row))),
    (place, { 'access-token': token, client, uid, expiry }) =>
      place.setItem(key, ['Bearer', token, client, uid, expiry].join('|')),
    place => place.removeItem(key),
  )
}

function fieldsOf(row: string | null | undefined): Record<string, unknown> {
  const [, token, client, uid, expiry] = row?.split('|') ?? []
  return { 'access-token': token, client, uid, expiry }
}

function cookies({ cookie }: OldClientOptions, days: number): SessionStorage {
  return cookiePlace({ path: '/', ...cookie, maxAge: days * 86_400 })
}

/** Under which name the clients by one author keep the name of the configuration that is in use. */
const configName = 'currentConfigName'

function inOneItem(key: string, { from, userType }: OldClientOptions, known: SessionStorage[]): OldClient {
  return inPlaces(
    from ? [from] : known,
    place =>
      whenThere(all([place.getItem(key), place.getItem(configName)]), ([value, name]) =>
        isOf(userType, name) ? readOldCredentials(Object(parse(value))) : null,
      ),
    (place, credentials) => place.setItem(key, JSON.stringify({ 'token-type': 'Bearer', ...credentials })),
    place => {
      place.removeItem(key)
      return place.removeItem(configName)
    },
  )
}

function inSeveralItems(
  keys: Readonly<Record<string, string>>,
  { from, userType }: OldClientOptions,
  typeKey?: string,
): OldClient {
  const names = Object.keys(keys)
  return inPlaces(
    [from ?? webPlace('localStorage')],
    place =>
      whenThere(
        all([...Object.values(keys), ...(typeKey ? [typeKey] : [])].map(key => place.getItem(key))),
        values =>
          !typeKey || isOf(userType, values[names.length])
            ? readOldCredentials(
                Object.fromEntries(names.map((name, index) => [name, unwrapped(values[index])])),
              )
            : null,
      ),
    (place, credentials) => {
      const values: Record<string, string> = { 'token-type': 'Bearer', ...credentials }
      return all(names.map(name => place.setItem(keys[name]!, values[name]!)))
    },
    place => all([...Object.values(keys), ...(typeKey ? [typeKey] : [])].map(key => place.removeItem(key))),
  )
}

/**
 * Looks through all places: one may hold what was left behind long ago. Where the credentials are that expire last, they
 * are written from then on.
 */
function inPlaces(
  places: SessionStorage[],
  readFrom: (place: SessionStorage) => Eventually<OldCredentials | null>,
  writeTo: (place: SessionStorage, credentials: OldCredentials) => unknown,
  removeFrom: (place: SessionStorage) => unknown,
): OldClient {
  let home = places[0]!
  // A place that is not there, or forbidden, holds nothing.
  const readAll = () => all(places.map(place => orElse(() => readFrom(place), null)))
  return {
    read: () =>
      whenThere(readAll(), found => {
        let latest: OldCredentials | null = null
        for (const [index, credentials] of found.entries()) {
          if (!credentials || (latest && expiryOf(credentials) <= expiryOf(latest))) continue
          latest = credentials
          home = places[index]!
        }
        return latest
      }),
    write: credentials => writeTo(home, credentials),
    remove: () => all(places.map(place => orElse(() => removeFrom(place), null))),
  }
}

/** Some versions of React Native's storage wrap values: `{"rawData": "..."}`. */
function unwrapped(value: unknown): unknown {
  return (Object(parse(value)) as { rawData?: unknown }).rawData ?? value
}

function isOf(userType: string | undefined, name: unknown): boolean {
  if (userType === undefined) return true
  return name === userType || parse(name) === userType
}

function parse(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : null
  } catch {
    return null
  }
}

import { parseRecord } from '../core/record.ts'
import { cookieStorage } from './cookie.ts'
import { greatestOf } from './greatest.ts'
import type { ImmediateStorage } from './types.ts'

/** Where a session is kept that is remembered only when that was asked for. */
export interface RememberStorage extends ImmediateStorage {
  /**
   * Whether the next sign-in of this page is remembered after the browser is closed. It is for one sign-in: then
   * it is false again.
   */
  remember: boolean
}

/** The two places of a {@link RememberStorage}. */
export interface RememberOptions {
  /** For who is remembered. @default localStorage */
  lasting?: ImmediateStorage | undefined
  /** For who is not. @default a cookie that the browser forgets when it is closed */
  passing?: ImmediateStorage | undefined
}

/**
 * "Remember me": each sign-in chooses whether it is kept in localStorage, or in a cookie that goes with the
 * browser. All tabs are one session either way.
 *
 * @param options the two places; both have to answer at once
 * @example
 * const storage = rememberStorage()
 * const session = createSession({ baseUrl, storage })
 * storage.remember = form.remember.checked
 * await session.signIn({ email, password })
 */
export function rememberStorage(options: RememberOptions = {}): RememberStorage {
  const { passing = cookieStorage({ maxAge: null }) } = options
  // Looked up when it is used: reading the property can throw, and that is for the session to bear.
  const lasting = () => options.lasting ?? localStorage
  const readLasting = (key: string) => attempt(() => lasting().getItem(key))
  const readPassing = (key: string) => attempt(() => passing.getItem(key))

  /** Where this sign-in lives already, whichever tab put it there; null for a new one. */
  function placeOf(key: string, epoch: number): 'lasting' | 'passing' | null {
    const lives = (value: string | null) => {
      const record = parseRecord(value)
      return record !== null && record.client !== null && record.epoch === epoch
    }
    return lives(readLasting(key)) ? 'lasting' : lives(readPassing(key)) ? 'passing' : null
  }

  const storage: RememberStorage = {
    remember: false,
    shared: true,
    getItem: key => greatestOf([readLasting(key), readPassing(key)]),
    setItem(key, value) {
      const record = parseRecord(value)
      // Signed out, there is no secret to forget; and the other tabs see it there.
      const isIn = record !== null && record.client !== null
      const place = isIn ? placeOf(key, record.epoch) : 'lasting'
      if (place === 'lasting' || (place === null && storage.remember)) {
        attempt(() => passing.removeItem(key))
        lasting().setItem(key, value)
      } else {
        attempt(() => lasting().removeItem(key))
        passing.setItem(key, value)
      }
      if (place === null) storage.remember = false
    },
    removeItem(key) {
      attempt(() => lasting().removeItem(key))
      attempt(() => passing.removeItem(key))
    },
  }
  return storage
}

/** One place that does not work does not hide the other. */
function attempt<Result>(act: () => Result): Result | null {
  try {
    return act()
  } catch {
    return null
  }
}

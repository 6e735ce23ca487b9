import { merge, parseRecord, type SessionRecord, withUid } from '../core/record.ts'
import type { SessionStorage } from '../storage/types.ts'
import { webStorage } from '../storage/web.ts'
import { type Eventually, orElse, outcomeOf, whenThere } from './eventually.ts'
import { type OldClient, type OldCredentials, recordOf, tokenOf } from './old-credentials.ts'

/** How users are taken over. */
export interface TakeOverOptions {
  /**
   * Goes on writing what the other client reads, so that tabs and releases with it stay signed in, and are
   * listened to. Leave it out when the last of them is gone: then its storage is cleared. @default false
   */
  keep?: boolean | undefined
}

/**
 * A storage whose users another client has signed in, and who stay signed in. As long as the storage holds
 * no session under the session's key, the other client's session is stored there; only then is it removed from
 * where it was. An expired one is taken over too: the server decides.
 *
 * What a tab with the old client receives afterwards is taken over as well, as long as it is the same sign-in.
 *
 * @param storage where the session is kept from now on
 * @param old the client that comes before this one
 * @param options `keep: true` while the old client is still in use
 * @example createSession({ baseUrl, storage: takeOver(localStorage, ngTokenAuth()) })
 */
export function takeOver(
  storage: SessionStorage,
  old: OldClient,
  { keep = false }: TakeOverOptions = {},
): SessionStorage {
  /** Read again, it is the same token as before. */
  let seen = { value: '', at: 0 }
  const at = (found: OldCredentials) => {
    if (seen.value !== found['access-token']) seen = { value: found['access-token'], at: Date.now() }
    return seen.at
  }

  const remove = () => void orElse(() => old.remove(), null)

  function join(key: string, stored: string | null | undefined, found: OldCredentials | null) {
    if (!found) return stored
    const record = parseRecord(stored)
    const isSame = record?.client === found.client
    // Signed out here, or signed in anew, is later than whatever the old client knows.
    if (record && !isSame) return stored
    const joined = isSame ? withNews(record, found, at(found)) : recordOf(found, at(found))
    if (joined === record) {
      if (!keep) remove()
      return stored
    }
    const value = JSON.stringify(joined)
    return whenThere(isKept(key, value), kept => {
      // Until it is kept, the old client's storage is the only one that outlives the page.
      if (kept && !keep) remove()
      return value
    })
  }

  /** Stores, and looks whether that worked. */
  function isKept(key: string, value: string): Eventually<boolean> {
    return orElse(
      () =>
        whenThere(storage.setItem(key, value), () =>
          whenThere(storage.getItem(key), there => there === value),
        ),
      false,
    )
  }

  return {
    shared: storage.shared === true || storage === webStorage(),
    getItem(key) {
      const stored = outcomeOf(() => storage.getItem(key))
      return whenThere(stored, ({ value, error }) =>
        whenThere(
          orElse(() => old.read(), null),
          found => {
            if (error !== undefined && !found) throw error
            return join(key, value, found)
          },
        ),
      )
    },
    setItem(key, value) {
      const record = parseRecord(value)
      // Whatever becomes of ours: who is signed out has no token left anywhere.
      if (record?.client === null) remove()
      const result = storage.setItem(key, value)
      if (record?.client && keep) void orElse(() => old.write(credentialsOf(record)), null)
      return result
    },
    removeItem(key) {
      remove()
      return storage.removeItem(key)
    },
  }
}

/** What a tab with the old client has received since. */
function withNews(record: SessionRecord, found: OldCredentials, at: number): SessionRecord {
  const token = tokenOf(found, at)
  const { tokens, uid } = record
  // Of two tokens of one second nobody can tell which is newer: the other one is tried when the first is refused.
  const isNews = token.expiry >= tokens[0]!.expiry && tokens.every(({ value }) => value !== token.value)
  if (!isNews) return record
  if (found.uid === uid.value) return merge(record, { ...record, tokens: [token] })
  const changed = { value: found.uid, sequence: uid.sequence + 1 }
  return merge(record, { ...record, tokens: [token], uid: changed, uids: withUid(record, found.uid) })
}

function credentialsOf({ client, uid, tokens }: SessionRecord): OldCredentials {
  const { value, expiry } = tokens[0]!
  return { 'access-token': value, client: client!, uid: uid.value, expiry: `${expiry}` }
}

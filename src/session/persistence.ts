import { parseRecord, type SessionRecord } from '../core/record.ts'
import type { SessionStorage } from '../storage/types.ts'
import type { SessionContext } from './context.ts'

export interface Persistence {
  /** The record that an asynchronous store takes a while to give; null when it has been read. */
  loading: Promise<void> | null
  /** Takes in what the storage holds, unless that is what was read or written last. */
  refresh(): void
  /** Takes in what another tab stored. */
  read(raw: string | null | undefined): void
  write(record: SessionRecord): void
}

/** How long requests wait for an asynchronous store, in milliseconds. */
const answerTime = 5_000

/**
 * Keeps the record in a storage that may do anything: throw, be full, hold garbage, never answer. That costs
 * persistence and a warning, never a request.
 */
export function createPersistence(
  storage: SessionStorage,
  key: string,
  found: (record: SessionRecord) => void,
  { warn, refresh }: Pick<SessionContext, 'warn' | 'refresh'>,
): Persistence {
  let known: string | null | undefined
  let asynchronous = false
  /** Writes to an asynchronous store follow each other; of those that wait only the last is written. */
  let writing = false

  const failed = () =>
    warn(
      'storage-failed',
      'The storage does not work, so the session ends with the page. Check quota and permissions.',
    )

  const persistence: Persistence = {
    loading: null,
    read(raw) {
      if (!raw || raw === known) return
      known = raw
      const record = parseRecord(raw)
      if (record) found(record)
      else warn('storage-unreadable', `What is stored as "${key}" is no session: it will be overwritten.`)
    },
    refresh() {
      if (asynchronous) return
      try {
        const raw = storage.getItem(key)
        if (typeof raw === 'object' && raw !== null) persistence.loading = load(raw)
        else persistence.read(raw)
      } catch {
        failed()
      }
    },
    write(record) {
      known = JSON.stringify(record)
      if (!writing) void writeLatest()
    },
  }

  function load(raw: Promise<string | null | undefined>) {
    asynchronous = true
    return new Promise<void>(resolve => {
      let late = false
      const end = () => {
        clearTimeout(timer)
        persistence.loading = null
        resolve()
      }
      const timer = setTimeout(() => {
        late = true
        failed()
        end()
      }, answerTime)
      void Promise.resolve(raw)
        .then(value => {
          // An answer that comes late is not to undo what happened here meanwhile.
          if (!late || known === undefined) persistence.read(value)
          if (late) refresh()
        })
        .catch(failed)
        .then(end)
    })
  }

  async function writeLatest() {
    writing = asynchronous
    let written: typeof known
    do {
      written = known
      try {
        await storage.setItem(key, written!)
      } catch {
        failed()
      }
    } while (writing && written !== known)
    writing = false
  }

  persistence.refresh()
  return persistence
}

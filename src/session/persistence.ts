import { parseRecord, type SessionRecord } from '../core/record.ts'
import type { SessionStorage } from '../storage/types.ts'
import type { WarningCode } from './events.ts'

export interface Persistence {
  /** The record that an async store takes a while to give; null when it is here already. */
  loading: Promise<void> | null
  /** Hands on what the storage holds, when that is not what was read or written last. */
  refresh(): void
  /** Hands on what another tab stored. */
  read(raw: string | null): void
  write(record: SessionRecord): void
}

/**
 * Keeps the record in a storage that may do anything: throw, be full, hold garbage. That costs persistence
 * and a warning, never a request.
 *
 * @param found told of each record that is found
 */
export function createPersistence(
  storage: SessionStorage,
  key: string,
  found: (record: SessionRecord) => void,
  warn: (code: WarningCode, message: string) => void,
): Persistence {
  let known: string | null = null
  let loading: Promise<void> | null = null
  let asynchronous = false
  /** The one that waits while an async store is busy writing; older ones need not be written any more. */
  let queued: string | null = null
  let writing = false

  const failed = () =>
    warn(
      'storage-failed',
      'The storage does not work: this session is gone when the page is. Check its quota and permissions.',
    )

  function read(raw: string | null | undefined) {
    if (!raw || raw === known) return
    known = raw
    const record = parseRecord(raw)
    if (record) found(record)
    else {
      warn(
        'storage-unreadable',
        `The storage holds something else than a session under "${key}": it will be overwritten. Choose another storageKey if it belongs to someone else.`,
      )
    }
  }

  async function writeQueued() {
    writing = true
    while (queued !== null) {
      const raw = queued
      queued = null
      try {
        await storage.setItem(key, raw)
      } catch {
        failed()
      }
    }
    writing = false
  }

  try {
    const raw = storage.getItem(key)
    if (typeof raw === 'object' && raw !== null) {
      asynchronous = true
      loading = raw.then(read, failed).then(() => {
        loading = null
      })
    } else read(raw)
  } catch {
    failed()
  }

  return {
    get loading() {
      return loading
    },
    read,
    refresh() {
      if (asynchronous) return
      try {
        read(storage.getItem(key) as string | null)
      } catch {
        failed()
      }
    },
    write(record) {
      const raw = JSON.stringify(record)
      if (asynchronous) {
        queued = raw
        if (!writing) void writeQueued()
        return
      }
      try {
        storage.setItem(key, raw)
        known = raw
      } catch {
        failed()
      }
    },
  }
}

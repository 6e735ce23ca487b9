import type { SessionStorage } from 'token-handoff'

/** Keeps sessions in IndexedDB: for workers, which have no localStorage. */
export function indexedDbStorage(name = 'token-handoff'): SessionStorage {
  const opening = indexedDB.open(name)
  opening.onupgradeneeded = () => opening.result.createObjectStore('items')
  const opened = answerOf(opening)
  const items = async (mode: IDBTransactionMode) =>
    (await opened).transaction('items', mode).objectStore('items')
  return {
    shared: true, // all tabs and workers see the same, and tell each other what they learn
    getItem: async key => answerOf((await items('readonly')).get(key)),
    setItem: async (key, value) => answerOf((await items('readwrite')).put(value, key)),
    removeItem: async key => answerOf((await items('readwrite')).delete(key)),
  }
}

function answerOf<Result>(request: IDBRequest<Result>) {
  return new Promise<Result>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

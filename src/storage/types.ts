/**
 * Where a session is kept: web storage, or anything with its three methods, which may also answer with
 * promises (React Native's AsyncStorage, IndexedDB).
 */
export interface SessionStorage {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>
  setItem(key: string, value: string): unknown
  removeItem(key: string): unknown
}

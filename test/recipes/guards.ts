import { vi } from 'vitest'
import { createSession, memoryStorage, type Session } from '../../src/index.ts'
import { world } from './world.ts'

/**
 * A session whose storage answers when it is told to, in the place of examples/recipes/session.ts.
 *
 * @param user who was signed in when the app was closed
 */
export async function slowSession(user: { email: string; password: string } | null) {
  const api = world()
  const inner = memoryStorage()
  const options = { baseUrl: 'https://api.example.com', storageKey: 'session' }
  if (user) {
    const before = createSession({ ...options, storage: inner })
    await before.signIn(user)
    before.dispose()
    await api.calm()
  }
  let answer = () => {}
  const answered = new Promise<void>(resolve => {
    answer = resolve
  })
  const getItem = vi.fn(async (key: string) => {
    await answered
    return inner.getItem(key) as string | null
  })
  const session = createSession({ ...options, storage: { ...inner, getItem } })
  vi.resetModules()
  vi.doMock('../../examples/recipes/session.ts', () => ({ session }))
  const validations = vi.fn()
  api.server.on(({ type, path }) => {
    if (type === 'begin' && path === '/auth/validate_token') validations()
  })
  return { session: session as Session, answer, getItem, validations }
}

/** Every text that the page has shown, one after the other. */
export function watch(element: HTMLElement): string[] {
  const shown: string[] = []
  const note = () => {
    const text = element.textContent?.trim() ?? ''
    if (text !== '' && text !== shown.at(-1)) shown.push(text)
  }
  new MutationObserver(note).observe(element, { childList: true, subtree: true, characterData: true })
  note()
  return shown
}

/** Time for a page to show what it should not. */
export const aMoment = () => new Promise(resolve => setTimeout(resolve, 30))

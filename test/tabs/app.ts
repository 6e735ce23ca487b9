import type { Page } from 'playwright'
import { parseRecord } from '../../src/core/record.ts'
import type { Session, SessionOptions } from '../../src/index.ts'
import { libraryPage } from '../support/library.ts'
import { ANN, PASSWORD } from './api.ts'

/** What a page is told of each session that it makes. */
export type AppOptions = Partial<Omit<SessionOptions, 'fetch' | 'storage' | 'baseUrl'>> & {
  baseUrl: string
  storage?: 'local' | 'session' | 'memory'
}

/** One line of a tab's log: an event of a session, or a call that the application made and its outcome. */
export interface Logged {
  session: string
  type: string
  [detail: string]: unknown
}

declare global {
  interface Window {
    sessions: Record<string, Session>
    /** Calls the API as an application does; resolves to the status, or the name of the error. */
    call(path: string, init?: RequestInit, session?: string): Promise<number | string>
    log(entry: Logged): void
  }
}

/**
 * An application's page: it makes its sessions as it loads, and keeps a log that outlives a reload.
 *
 * @param sessions by name; what they have in common is given by the tests
 * @param prelude a script that runs before everything else, to take something away from the browser
 */
export function appPage(sessions: Record<string, AppOptions>, prelude = ''): string {
  return `<!doctype html><script>${prelude}</script>${libraryPage()}
<script type="module">
window.log = entry => sessionStorage.setItem('log', (sessionStorage.getItem('log') ?? '') + JSON.stringify(entry) + '\\n')
const { createSession, memoryStorage } = window.tokenHandoff
const storages = { local: () => localStorage, session: () => sessionStorage, memory: memoryStorage }
window.sessions = {}
for (const [name, { storage = 'local', ...options }] of Object.entries(${JSON.stringify(sessions)})) {
  const session = createSession({ ...options, storage: storages[storage]() })
  for (const type of ['signed-in', 'signed-out', 'rotated', 'kept', 'lost', 'rejected', 'recovered', 'warning']) {
    session.on(type, event => log({ session: name, type, ...event }))
  }
  window.sessions[name] = session
}
window.call = async (path, init, name = 'session') => {
  const outcome = await window.sessions[name].fetch(path, init).then(
    async response => (await response.text(), response.status),
    error => error.name,
  )
  log({ session: name, type: 'call', outcome })
  return outcome
}
</script>`
}

/** A tab with the application in it. */
export interface Tab {
  readonly page: Page
  signIn(email?: string, session?: string): Promise<unknown>
  signOut(session?: string): Promise<void>
  validateToken(session?: string): Promise<unknown>
  call(path: string, init?: RequestInit, session?: string): Promise<number | string>
  status(session?: string): Promise<string>
  user(session?: string): Promise<{ email: string; name: string } | null>
  /** The token that is stored, as this tab reads it. */
  stored(): Promise<string | undefined>
  /** How many rotations the stored session takes for lost. */
  doubts(): Promise<number>
  log(type?: string): Promise<Logged[]>
  /** Reloads, or opens again, until the application is there. */
  reload(): Promise<void>
}

export function asTab(page: Page): Tab {
  const ready = () => page.waitForFunction(() => 'call' in window)
  const record = async () => {
    const raw = await page.evaluate(() => {
      const key = Object.keys(localStorage).find(name => name.startsWith('token-handoff:'))
      return key === undefined ? null : localStorage.getItem(key)
    })
    return parseRecord(raw)
  }
  return {
    page,
    signIn: (email = ANN, session = 'session') =>
      page.evaluate(([session, email, password]) => window.sessions[session]!.signIn({ email, password }), [
        session,
        email,
        PASSWORD,
      ] as const),
    signOut: (session = 'session') => page.evaluate(name => window.sessions[name]!.signOut(), session),
    validateToken: (session = 'session') =>
      page.evaluate(name => window.sessions[name]!.validateToken(), session),
    call(path, init, session) {
      const outcome = page.evaluate(([path, init, session]) => window.call(path, init, session), [
        path,
        init,
        session,
      ] as const)
      // A test that fails while the call is under way has its own error to tell.
      outcome.catch(() => {})
      return outcome
    },
    status: (session = 'session') =>
      page.evaluate(name => window.sessions[name]!.getSnapshot().status, session),
    user: (session = 'session') =>
      page.evaluate(name => window.sessions[name]!.getSnapshot().user, session) as Promise<never>,
    stored: async () => (await record())?.tokens[0]?.value,
    async doubts() {
      const { lost, settled } = (await record())!.doubt
      return lost - settled
    },
    async log(type) {
      const lines = await page.evaluate(() => sessionStorage.getItem('log') ?? '')
      const entries = lines
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as Logged)
      return type === undefined ? entries : entries.filter(entry => entry.type === type)
    },
    async reload() {
      await page.reload()
      await ready()
    },
  }
}

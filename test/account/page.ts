import type { Page } from 'playwright'
import type * as accountModule from '../../src/account/index.ts'
import type { Session } from '../../src/index.ts'
import { libraryPage } from '../support/library.ts'

declare global {
  interface Window {
    account: typeof accountModule
    session: Session
    members: Session
    returned: unknown
    /** What a router sees that starts after the return was taken. */
    routerSaw: string
    outcome: Promise<unknown>
    attempt(call: () => Promise<unknown>): Promise<unknown>
  }
}

/** An application's page: two sessions, the return taken before the router starts, and a button for a new window. */
export function accountPage(baseUrl: string): string {
  return `${libraryPage({ tokenHandoff: 'token-handoff', account: 'token-handoff/account' })}
<button id="popup">in a new window</button>
<script type="module">
const { createSession } = window.tokenHandoff
window.session = createSession({ baseUrl: ${JSON.stringify(baseUrl)} })
window.members = createSession({ baseUrl: ${JSON.stringify(baseUrl)}, authPath: '/member_auth' })
window.attempt = call => call().then(
  result => ({ result }),
  ({ name, code, status, errors, fieldErrors, message }) => ({ name, code, status, errors, fieldErrors, message }),
)
const { takeReturn, signInWithOAuth } = window.account
const taking = [
  window.attempt(() => takeReturn(session)),
  window.attempt(() => takeReturn(members, { config_name: 'member' })),
]
window.routerSaw = location.href
document.getElementById('popup').onclick = () => {
  window.outcome = window.attempt(() => signInWithOAuth(session, 'github', { window: 'newWindow' }))
}
window.returned = await Promise.all(taking)
</script>`
}

export async function returnedTo(page: Page): Promise<{ results: unknown[]; routerSaw: string }> {
  await page.waitForFunction(() => window.returned !== undefined)
  return page.evaluate(() => ({ results: window.returned as unknown[], routerSaw: window.routerSaw }))
}

export function snapshotOf(page: Page, session: 'session' | 'members' = 'session') {
  return page.evaluate(name => window[name].getSnapshot(), session)
}

import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Session } from '../../src/index.ts'
import { memoryStorage, type RememberStorage, rememberStorage } from '../../src/storage/index.ts'
import { ada, bob, settled, silence, world } from '../session/given.ts'

beforeEach(silence)
afterEach(() => vi.restoreAllMocks())

interface Tab {
  session: Session
  storage: RememberStorage
}

/** What users do, in two tabs, in any order; `late` lets the other tab hear of it before it can read it. */
const act = fc.oneof(
  fc.record({
    type: fc.constant('sign-in' as const),
    tab: fc.nat(1),
    remember: fc.boolean(),
    user: fc.nat(1),
  }),
  fc.record({ type: fc.constant('call' as const), tab: fc.nat(1) }),
  fc.record({ type: fc.constant('sign-out' as const), tab: fc.nat(1) }),
  fc.record({ type: fc.constant('reload' as const), tab: fc.nat(1) }),
  fc.record({ type: fc.constant('close browser' as const) }),
)

test('whatever is done in two tabs: who is not remembered is never on the disk, who is outlives the browser', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 12 }), async acts => {
      const made = world({ batchRequestBufferThrottle: 0 })
      made.session.dispose()
      const storageKey = `session ${run++}`
      const [disk, cookies] = [memoryStorage(), memoryStorage()]
      const open = (): Tab => {
        const storage = rememberStorage({ lasting: disk, passing: cookies })
        return { storage, session: made.another({ storage, storageKey, batchRequestBufferThrottle: 0 }) }
      }
      const holds = (storage: typeof disk) => (storage.getItem(storageKey) ?? '').includes('expiry')
      const tabs = [open(), open()]
      let signedIn: { email: string; remembered: boolean } | null = null
      for (const step of acts) {
        if (step.type === 'close browser') {
          for (const { session } of tabs) session.dispose()
          cookies.removeItem(storageKey)
          tabs.splice(0, 2, open(), open())
          if (!signedIn?.remembered) signedIn = null
        } else if (step.type === 'reload') {
          tabs[step.tab]!.session.dispose()
          tabs[step.tab] = open()
        } else if (step.type === 'sign-in') {
          const user = [ada, bob][step.user]!
          tabs[step.tab]!.storage.remember = step.remember
          await tabs[step.tab]!.session.signIn(user)
          signedIn = { email: user.email, remembered: step.remember }
        } else if (step.type === 'sign-out') {
          await tabs[step.tab]!.session.signOut()
          signedIn = null
        } else {
          const response = await tabs[step.tab]!.session.fetch('/items')
          expect(response.status).toBe(signedIn ? 200 : 401)
          if (signedIn) expect(await response.json()).toEqual({ owner: signedIn.email })
        }
        await settled()
        const expected = signedIn ? [signedIn.remembered, !signedIn.remembered] : [false, false]
        expect([holds(disk), holds(cookies)]).toEqual(expected)
        const next = open()
        expect(next.session.getSnapshot().status).toBe(signedIn ? 'signed-in' : 'signed-out')
        next.session.dispose()
      }
      for (const { session } of tabs) session.dispose()
    }),
    { numRuns: 200 },
  )
}, 30_000)

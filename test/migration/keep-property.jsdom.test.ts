import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ngTokenAuth, takeOver } from '../../src/migration/index.ts'
import { settled } from '../session/given.ts'
import { clearAll, givenApi, type OldHeaders, withEmptyStorages } from './given.ts'

const open = withEmptyStorages()

const read = () => JSON.parse(localStorage.getItem('auth_headers') ?? '{}') as OldHeaders

/** As updateHeadersFromResponse in ng-token-auth: what an answer has is stored unless its expiry is smaller. */
function store(headers: OldHeaders) {
  const known = Object.fromEntries(Object.entries(headers).filter(([, value]) => value))
  if (Number(known.expiry || 0) >= Number(read().expiry)) {
    localStorage.setItem('auth_headers', JSON.stringify({ ...read(), ...known }))
  }
}

const act = fc.oneof(
  fc.record({ type: fc.constant('new' as const), tab: fc.nat(1) }),
  fc.record({ type: fc.constant('old' as const) }),
  fc.record({ type: fc.constant('pass' as const), seconds: fc.constantFrom(0.3, 1, 6) }),
  fc.record({ type: fc.constant('reload' as const), tab: fc.nat(1) }),
)

test.each(['1.2.0', '1.3.0'] as const)(
  'with keep, tabs of the old client and of this one go on side by side, in whatever order they call (%s)',
  async rules => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 15 }), async acts => {
        clearAll()
        const api = givenApi(open, rules)
        localStorage.setItem('auth_headers', JSON.stringify(await api.signIn()))
        const tab = () => api.session(takeOver(localStorage, ngTokenAuth(), { keep: true }))
        const tabs = [tab(), tab()]
        for (const step of acts) {
          if (step.type === 'pass') await api.clock.advance(step.seconds * 1_000)
          else if (step.type === 'new') {
            expect((await tabs[step.tab]!.fetch('/items')).status).toBe(200)
          } else if (step.type === 'old') {
            const { status, headers } = await api.call(read())
            expect(status).toBe(200)
            store(headers)
          } else {
            tabs[step.tab]!.dispose()
            tabs[step.tab] = tab()
          }
          await settled()
        }
        expect(tabs.map(session => session.getSnapshot().status)).toEqual(['signed-in', 'signed-in'])
        for (const session of open.splice(0)) session.dispose()
      }),
      { numRuns: 100 },
    )
  },
  30_000,
)

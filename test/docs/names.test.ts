import '@angular/compiler'
import { describe, expect, test } from 'vitest'
import * as account from '../../src/account/index.ts'
import * as angular from '../../src/adapters/angular.ts'
import { createSession, memoryStorage, type SessionEvents } from '../../src/index.ts'
import * as migration from '../../src/migration/index.ts'
import * as storage from '../../src/storage/index.ts'
import { pages, read } from './pages.ts'

const session = createSession({ baseUrl: 'https://api.example.com', storage: memoryStorage() })
const functions = { ...account, ...angular, ...migration, ...storage }

const events: Record<keyof SessionEvents, true> = {
  snapshot: true,
  'signed-in': true,
  'signed-out': true,
  'sign-in-failed': true,
  validated: true,
  'account-updated': true,
  'password-reset-return': true,
  sent: true,
  rotated: true,
  kept: true,
  aborted: true,
  lost: true,
  rejected: true,
  recovering: true,
  recovered: true,
  warning: true,
}

/** Tables name more than the blocks of code use. */
describe.each(pages)('%s names', page => {
  const text = read(page)
  const all = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))]

  test('functions that take the session', () => {
    const named = all(/`(\w+)\(session[,)]/g).filter(name => !['attachSession', 'useSession'].includes(name))
    expect(named.filter(name => !(name in functions))).toEqual([])
  })

  test('members of the session', () => {
    const signals = /angular-token|adapters/.test(page) ? ['status', 'user'] : []
    const named = all(/(?<!-)\bsession\.(\w+)/g).filter(name => !signals.includes(name))
    expect(named.filter(name => !(name in session))).toEqual([])
  })

  test('events', () => {
    expect(all(/session\.on\('([\w-]+)'/g).filter(name => !(name in events))).toEqual([])
  })
})

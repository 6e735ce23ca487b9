import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSession, memoryStorage } from '../../src/index.ts'
import { createMockServer } from '../../src/mock/index.ts'
import { ada, api, bob, holdTime, later, letTimeGo, pause, record } from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

const routes = { 'GET /items': ({ user }: { user: { email: string } }) => user.email }

describe('two sessions of one page do not touch each other', () => {
  /** A page with a user and an administrator, whose models the server mounts at two places. */
  async function userAndAdmin() {
    const storage = memoryStorage()
    const server = createMockServer({
      users: [ada],
      models: { Admin: { authPath: '/admin_auth', users: [bob] } },
      routes: {
        ...routes,
        'GET /reports': { model: 'Admin', handler: ({ user }: { user: { email: string } }) => user.email },
      },
    })
    const options = { baseUrl: api, storage, fetch: server.fetch }
    const user = createSession(options)
    const admin = createSession({ ...options, authPath: '/admin_auth' })
    await user.signIn(ada)
    await admin.signIn(bob)
    await later(pause)
    return { server, user, admin, events: record(user), adminEvents: record(admin), options }
  }

  test('a user’s and an administrator’s', async () => {
    const { user, admin } = await userAndAdmin()
    for (let turn = 0; turn < 3; turn++) {
      const [items, reports] = await Promise.all([user.fetch('/items'), admin.fetch('/reports')])
      expect([await items.json(), await reports.json()]).toEqual([ada.email, bob.email])
      await later(pause)
    }
  })

  test('when one signs out the other stays, in this page and the next', async () => {
    const { user, admin, adminEvents, options } = await userAndAdmin()
    await user.signOut()
    expect(user.getSnapshot().status).toBe('signed-out')
    expect(admin.getSnapshot().status).toBe('signed-in')
    expect(adminEvents).toEqual([])
    await later(pause)
    expect((await admin.fetch('/reports')).status).toBe(200)
    expect(createSession(options).getSnapshot().status).toBe('signed-out')
    expect(createSession({ ...options, authPath: '/admin_auth' }).getSnapshot().status).toBe('signed-in')
  })

  test('when one is refused the other stays', async () => {
    const { user, admin, events, adminEvents } = await userAndAdmin()
    expect((await user.fetch('/reports')).status).toBe(401)
    expect(user.getSnapshot().status).toBe('signed-in')
    expect(events.some(({ type }) => type === 'signed-out')).toBe(false)
    expect(adminEvents).toEqual([])
    expect((await admin.fetch('/reports')).status).toBe(200)
  })

  test('with two APIs', async () => {
    const storage = memoryStorage()
    const apis = ['https://one.example.com', 'https://two.example.com'].map(baseUrl => {
      const server = createMockServer({ users: [ada, bob], routes })
      const seen: string[] = []
      const session = createSession({
        baseUrl,
        storage,
        fetch: (input, init) => {
          seen.push(String(new Headers(init?.headers).get('access-token')))
          return server.fetch(input, init)
        },
      })
      return { session, seen }
    })
    const [one, two] = apis as [(typeof apis)[0], (typeof apis)[0]]
    await one.session.signIn(ada)
    await two.session.signIn(bob)
    await later(pause)
    expect(await (await one.session.fetch('/items')).json()).toBe(ada.email)
    expect(await (await two.session.fetch('/items')).json()).toBe(bob.email)
    await one.session.signOut()
    await later(pause)
    expect(await (await two.session.fetch('/items')).json()).toBe(bob.email)
    const shared = one.seen.filter(token => token !== 'null' && two.seen.includes(token))
    expect(shared).toEqual([])
    await two.session.fetch('https://one.example.com/items').catch(() => {})
    expect(two.seen.at(-1)).toBe('null')
  })

  test('with one storage and a name of its own each', async () => {
    const storage = memoryStorage()
    const server = createMockServer({ users: [ada, bob], routes })
    const options = { baseUrl: api, storage, fetch: server.fetch }
    const one = createSession({ ...options, storageKey: 'one' })
    const two = createSession({ ...options, storageKey: 'two' })
    await one.signIn(ada)
    await two.signIn(bob)
    await later(pause)
    expect(await (await one.fetch('/items')).json()).toBe(ada.email)
    expect(await (await two.fetch('/items')).json()).toBe(bob.email)
  })
})

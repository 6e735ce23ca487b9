import { expect, test } from 'vitest'
import { createSession, memoryStorage, type SessionStorage } from '../../src/index.ts'
import { ada, api, silence, world } from './given.ts'

const fail = () => {
  throw new Error('no')
}

const garbage: [string, () => unknown][] = [
  ['a number', () => 5],
  ['a function', () => fail],
  ['a date', () => new Date()],
  ['an array', () => []],
  ['a symbol', () => Symbol('x')],
  ['a bigint', () => 5n],
  // biome-ignore lint/suspicious/noThenProperty: that is the point
  ['something whose then throws', () => ({ then: fail })],
  ['something whose properties throw', () => Object.defineProperty({}, 'version', { get: fail })],
  ['something that cannot be awaited', () => Object.defineProperty({}, 'then', { get: fail })],
  ['JSON of great depth', () => '['.repeat(100_000)],
  ['a record of another version', () => JSON.stringify({ version: 0, epoch: 1 })],
]

test.each(garbage)('a storage that holds %s costs a warning, never a request', async (_, value) => {
  const { warnings } = silence()
  const { another } = world()
  const session = another({
    storage: { getItem: value, setItem() {}, removeItem() {} } as unknown as SessionStorage,
  })
  await session.signIn(ada)
  expect((await session.fetch('/items')).status).toBe(200)
  expect(warnings.length).toBeGreaterThan(0)
  session.dispose()
  expect(() => session.dispose()).not.toThrow()
})

test('options that are changed afterwards change nothing', async () => {
  const { server } = world()
  const options = {
    baseUrl: api,
    fetch: server.fetch,
    storage: memoryStorage(),
    origins: ['https://files.example.com'],
    paths: { signIn: '/sign_in' },
  }
  const session = createSession(options)
  options.baseUrl = 'https://evil.test'
  options.origins.push('https://evil.test')
  options.paths.signIn = '/elsewhere'
  await session.signIn(ada)
  expect(session.own('https://evil.test/')).toBeNull()
  expect((await session.fetch('/items')).status).toBe(200)
})

test('options and a storage that are frozen do', async () => {
  const { server } = world()
  const storage = Object.freeze(memoryStorage())
  const session = createSession(Object.freeze({ baseUrl: api, fetch: server.fetch, storage }))
  await session.signIn(ada)
  expect((await session.fetch('/items')).status).toBe(200)
})

test.each([
  ['https://api.example.com/v1', '/items'],
  ['https://api.example.com/v1/', '/v1/items'],
  ['https://api.example.com/v1/?x=1#y', '/v1/items'],
])('relative to %s, as the URL standard does', (baseUrl, path) => {
  const session = createSession({ baseUrl, storage: memoryStorage() })
  expect(session.own('items')).toBe(api + path)
})

test.each([
  ['https://[::1]:3000', 'https://[::1]:3000/items'],
  ['https://bücher.example', 'https://xn--bcher-kva.example/items'],
  ['HTTPS://API.example.com:443', `${api}/items`],
  [` ${api} `, `${api}/items`],
])('an API at %j is known by its parsed origin', (baseUrl, items) => {
  expect(createSession({ baseUrl, storage: memoryStorage() }).own('/items')).toBe(items)
})

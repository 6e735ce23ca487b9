import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import { ada, holdTime, later, letTimeGo, pause, world } from './given.ts'

/** A redirect of the API's own may have rotated, and no script sees the headers of a redirect. */

beforeEach(holdTime)
afterEach(letTimeGo)

/** Sends one call whose answer shows no token headers, and is otherwise as given. */
async function answered(traits: Partial<Record<keyof Response, unknown>>) {
  const { server, another } = world({ session: { recovery: { path: false } } })
  const session = another({
    storage: memoryStorage(),
    fetch: async (input, init) => {
      if (!String(input).endsWith('/moved')) return server.fetch(input, init)
      const answer = {
        status: 200,
        headers: new Headers(),
        redirected: false,
        type: 'cors',
        url: '',
        ...traits,
      }
      return answer as unknown as Response
    },
  })
  await session.signIn(ada)
  await later(pause)
  const doubts: boolean[] = []
  session.on('lost', ({ doubt }) => doubts.push(doubt))
  await session.fetch('/moved', { redirect: 'manual' })
  return doubts
}

test('one that was followed leaves a doubt, where it shows no token', async () => {
  expect(await answered({ redirected: true, url: 'https://api.example.com/landing' })).toEqual([true])
})

test('one that the caller wants to see leaves a doubt too', async () => {
  expect(await answered({ type: 'opaqueredirect', status: 0 })).toEqual([true])
})

test('one that led elsewhere leaves a doubt, whatever headers it shows', async () => {
  const headers = new Headers({ 'access-token': 'planted', client: 'planted', uid: 'planted' })
  expect(await answered({ redirected: true, url: 'https://elsewhere.test/', headers })).toEqual([true])
})

test('an answer without token headers that is none leaves no doubt', async () => {
  expect(await answered({})).toEqual([])
  expect(await answered({ type: 'basic', status: 404 })).toEqual([])
})

// @vitest-environment jsdom

import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryStorage } from '../../src/index.ts'
import { ada, api, failureOf, holdTime, letTimeGo, settled, silence, world } from './given.ts'

/** The page is https://app.example.com, the API another origin. */

const names = ['access-token', 'client', 'uid', 'expiry', 'token-type', 'authorization']

let said: ReturnType<typeof silence>
beforeEach(() => {
  holdTime()
  said = silence()
})
afterEach(letTimeGo)

/** A server whose CORS configuration exposes the headers of the sign-in only, or none at all. */
async function unexposed(options: { signIn?: boolean; baseUrl?: string; hidden?: () => boolean } = {}) {
  const { signIn = true, baseUrl = api, hidden = () => true } = options
  const made = world()
  const session = made.another({
    baseUrl,
    storage: memoryStorage(),
    fetch: async (input, init) => {
      const response = await made.server.fetch(input, init)
      if (signIn && String(input).endsWith('/sign_in')) return response
      if (!hidden()) return response
      const headers = new Headers(response.headers)
      for (const name of names) headers.delete(name)
      return new Response(response.body, { status: response.status, headers })
    },
  })
  const warnings: { code: string; message: string }[] = []
  session.on('warning', warning => warnings.push(warning))
  return { ...made, session, warnings }
}

test('headers that the server does not expose are warned of once, with the list to add', async () => {
  const { session, warnings } = await unexposed()
  await session.signIn(ada)
  expect((await session.fetch('/items')).status).toBe(200)
  await session.fetch('/items')
  await settled()
  expect(said.warnings).toHaveLength(1)
  expect(said.warnings[0]).toContain(`Access-Control-Expose-Headers: ${names.join(', ')}`)
  expect(warnings).toMatchObject([{ code: 'headers-not-exposed' }])
})

test('a sign-in that shows no token says the same', async () => {
  const { session } = await unexposed({ signIn: false })
  const error = await failureOf(session.signIn(ada))
  expect(error.code).toBe('headers-not-exposed')
  expect(error.message).toContain(names.join(', '))
  expect(session.getSnapshot().status).toBe('signed-out')
})

test('an answer that fails tells nothing about CORS', async () => {
  const { session } = await unexposed()
  await session.signIn(ada)
  await session.fetch('/broken')
  expect(said.warnings).toEqual([])
})

test('a route without credentials, where others show theirs, is no reason to warn', async () => {
  let hidden = false
  const { session } = await unexposed({ hidden: () => hidden })
  await session.signIn(ada)
  await session.fetch('/items')
  hidden = true
  await session.fetch('/items')
  expect(said.warnings).toEqual([])
})

test('a sign-out, whose answer has no headers, is no reason to warn', async () => {
  const { session } = await unexposed()
  await session.signIn(ada)
  await session.signOut()
  expect(said.warnings).toEqual([])
})

test('a redirect to another origin is no reason to warn', async () => {
  const made = world()
  const session = made.another({
    storage: memoryStorage(),
    fetch: async (input, init) => {
      if (!String(input).endsWith('/away')) return made.server.fetch(input, init)
      const response = new Response('landed')
      return Object.defineProperties(response, {
        redirected: { value: true },
        url: { value: 'https://elsewhere.example.com/landing' },
      })
    },
  })
  await session.signIn(ada)
  expect((await session.fetch('/away')).status).toBe(200)
  expect(said.warnings).toEqual([])
})

test('at the page’s own origin CORS is no matter', async () => {
  const { session } = await unexposed({ baseUrl: 'https://app.example.com' })
  await session.signIn(ada)
  await session.fetch('/items')
  expect(said.warnings).toEqual([])
})

test('signed out, no headers are missed', async () => {
  const { session } = await unexposed()
  await session.fetch('/public')
  expect(said.warnings).toEqual([])
})

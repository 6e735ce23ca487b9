import { describe, expect } from 'vitest'
import { test } from './world.ts'

const generations = ['1.3.0', '1.2.0'] as const

describe('a redirect to another origin', () => {
  test.for([
    ['headers', true],
    ['bearer', false],
  ] as const)(
    '%s: the browser hands the credentials on: %s',
    async ([transport, handedOn], { world, serve, noneLost }) => {
      const seen: Headers[] = []
      // Another API with rules of its own: what it answers is none of the session's business.
      const elsewhere = await serve({
        '/items': request => {
          if (request.method !== 'OPTIONS') seen.push(request.headers)
          return new Response('[]', {
            headers: {
              'access-control-allow-origin': '*',
              'access-control-allow-headers': 'access-token, client, uid, authorization',
              'access-control-expose-headers': 'access-token, client, uid, expiry',
              'access-token': 'elsewhere',
              client: 'elsewhere',
              uid: 'elsewhere',
              expiry: '9999999999',
            },
          })
        },
      })
      const to = () => Response.redirect(`${elsewhere.origin}/items`, 307)
      const one = await world({ session: { transport }, server: { routes: { '* /moved': to } } })
      const tab = await one.signedIn()
      const carried = await tab.stored()
      expect(await tab.call('/moved')).toBe(200)
      expect(seen).toHaveLength(1)
      expect(seen[0]!.get('access-token')).toBe(handedOn ? carried : null)
      expect(seen[0]!.get('client') !== null).toBe(handedOn)
      expect(seen[0]!.get('authorization')).toBeNull()
      expect(await tab.stored()).toBe(carried)
      expect(await tab.log('warning')).toEqual([])
      one.api.closeBuffer()
      expect(await tab.call('/items')).toBe(200)
      await noneLost(one)
    },
  )
})

describe.each(generations)('rules %s', rules => {
  test('a redirect that rotates, whose new token no script can see', async ({ world, noneLost }) => {
    const to = ({ url }: { url: URL }) => Response.redirect(new URL('/items', url), 307)
    const one = await world({
      server: { rules, routes: { 'GET /moved': to } },
    })
    const tab = await one.signedIn()
    expect(await tab.call('/moved')).toBe(200)
    // The redirect rotated; the request it led to was told to be of its batch.
    expect(one.api.counted).toMatchObject({ rotate: 2, blank: 1 })
    expect(await tab.doubts()).toBe(1)
    await expect.poll(() => tab.doubts(), { timeout: 8_000 }).toBe(0)
    one.api.closeBuffer()
    expect(await tab.call('/items')).toBe(200)
    one.api.closeBuffer()
    expect(await tab.call('/items')).toBe(200)
    await noneLost(one)
  })
})

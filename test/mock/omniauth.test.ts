import { describe, expect, test } from 'vitest'
import type { MockServerOptions } from '../../src/mock/index.ts'
import { ORIGIN, setup } from './support.ts'

const page = 'https://app.example.com/'
const github = { uid: '17', info: { email: 'Gh@example.com', name: 'Gi' } }

/** Where each answer on the way leads to, until it is no redirect of this server any more. */
async function way(options: MockServerOptions, start: string, choice = 'allow') {
  const { server } = setup({ omniauthProviders: { github }, ...options })
  const steps: string[] = []
  let response = await server.fetch(ORIGIN + start)
  for (;;) {
    const target = response.headers.get('location')
    const html = target === null ? await response.clone().text() : ''
    const link = new RegExp(`id="${choice}" href="([^"]*)"`).exec(html)?.[1]?.replaceAll('&amp;', '&')
    const next = target ?? link
    if (next === undefined || !next.startsWith('/')) return { server, steps, response, target }
    steps.push(`${response.status} ${next.split('?')[0]}`)
    response = await server.fetch(ORIGIN + next)
  }
}

/** What the page that delivers would say. */
async function delivered(response: Response): Promise<Record<string, unknown>> {
  const [, encoded] = /decodeURIComponent\('([^']*)'\)/.exec(await response.text())!
  return JSON.parse(decodeURIComponent(encoded!))
}

const query = (fields: Record<string, string>) => new URLSearchParams(fields).toString()

describe('OAuth', () => {
  test('goes by OmniAuth to the provider, and back to the page', async () => {
    const { steps, target, response, server } = await way(
      {},
      `/auth/github?${query({ auth_origin_url: `${page}?a=1#/b`, omniauth_window_type: 'sameWindow', config_name: 'web' })}`,
    )
    expect(steps).toEqual([
      '307 /omniauth/github',
      '200 /omniauth/github/callback',
      '302 /auth/github/callback',
    ])
    const parameters = Object.fromEntries(new URLSearchParams(target!.split('?').at(-1)))
    const [user] = server.inspect().users.filter(({ uid }) => uid === '17')
    const [client, entry] = Object.entries(user!.clients)[0]!
    expect(target).toMatch(/^https:\/\/app\.example\.com\/\?a=1&auth_token=.*#\/b\?a=1&auth_token=/)
    expect(parameters).toEqual({
      a: '1',
      auth_token: entry.token,
      blank: 'true',
      client_id: client,
      config: 'web',
      expiry: `${entry.expiry}`,
      oauth_registration: 'true',
      uid: '17',
    })
    expect(response.headers.get('access-token')).toBeNull()
    expect(user).toMatchObject({ email: 'gh@example.com', confirmed: true })
  })

  test('knows a user again', async () => {
    const users = [{ email: 'old@example.com', provider: 'github', uid: '17' }]
    const { target, server } = await way({ users }, `/auth/github?${query({ auth_origin_url: page })}`)
    expect(target).not.toContain('oauth_registration')
    expect(server.inspect().users).toMatchObject([{ uid: '17', email: 'gh@example.com' }])
  })

  test.each(['newWindow', 'inAppBrowser'])('delivers by a page to %s', async type => {
    const { response } = await way({}, `/auth/github?${query({ omniauth_window_type: type })}`)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await delivered(response)).toMatchObject({
      message: 'deliverCredentials',
      uid: '17',
      auth_token: expect.stringMatching(/./),
      client_id: expect.stringMatching(/./),
      config: null,
      name: 'Gi',
    })
  })

  test('tells that the user declined, or that the provider failed', async () => {
    const start = `/auth/github?${query({ auth_origin_url: page })}`
    expect((await way({}, start, 'deny')).target).toBe(`${page}?blank=true&error=access_denied`)
    const failing = await way({ omniauthProviders: { github: 'invalid_credentials' } }, start)
    expect(failing.target).toBe(`${page}?blank=true&error=invalid_credentials`)
    const { response } = await way({}, `/auth/github?${query({ omniauth_window_type: 'newWindow' })}`, 'deny')
    expect(await delivered(response)).toEqual({ message: 'authFailure', error: 'access_denied' })
  })

  test('keeps to the redirect whitelist', async () => {
    const { steps, response } = await way(
      { redirectWhitelist: ['https://app.example.com/*'] },
      `/auth/github?${query({ auth_origin_url: 'https://evil.test/', omniauth_window_type: 'newWindow' })}`,
    )
    expect(steps).toEqual(['307 /omniauth/failure'])
    expect((await delivered(response)).error).toBe("Redirect to 'https://evil.test/' not allowed.")
  })

  test('signs in to the model whose route it was', async () => {
    const { server, steps } = await way(
      { models: { Member: { authPath: '/member_auth' } } },
      `/member_auth/github?${query({ auth_origin_url: page })}`,
    )
    expect(steps.at(-1)).toBe('302 /member_auth/github/callback')
    expect(server.inspect().users.find(({ uid }) => uid === '17')?.model).toBe('Member')
  })

  test('without a page to go back to says so in words', async () => {
    const { response } = await way({}, '/auth/github')
    expect(await response.text()).toContain('An error occurred')
  })

  test('is there only for the providers that were named', async () => {
    const { send } = setup()
    for (const path of ['/auth/github', '/omniauth/github', '/omniauth/failure'])
      expect((await send(`GET ${path}`)).status).toBe(404)
  })

  test('shows nobody’s HTML', async () => {
    const { server } = setup({ omniauthProviders: { github } })
    const attack = '"><script>alert(1)</script>'
    const response = await server.fetch(`${ORIGIN}/omniauth/github?${query({ auth_origin_url: attack })}`)
    expect(await response.text()).not.toContain('<script>')
    const failed = await server.fetch(`${ORIGIN}/omniauth/failure?${query({ message: attack })}`)
    expect(await failed.text()).not.toContain('<script>')
  })
})

test.each([{ github: 7 }, { github: {} }, []])('an answer of a provider that cannot be: %j', value => {
  expect(() => setup({ omniauthProviders: value as never })).toThrow('omniauthProviders')
})

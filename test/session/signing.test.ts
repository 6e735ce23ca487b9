import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isTokenHandoffError, memoryStorage } from '../../src/index.ts'
import {
  ada,
  api,
  bob,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  pause,
  settled,
  signedIn,
  silence,
  type WorldOptions,
  world,
} from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

describe('signing in', () => {
  test('gives the user, and shows it', async () => {
    const { session } = world()
    expect(session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    const user = await session.signIn(ada)
    expect(user).toMatchObject({ email: ada.email, uid: ada.email })
    expect(session.getSnapshot()).toEqual({ status: 'signed-in', user })
  })

  test('asks the server’s sign_in route once, with the credentials as JSON', async () => {
    const { session, seen } = world()
    await session.signIn(ada)
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([`POST ${api}/auth/sign_in`])
    expect(seen[0]!.headers.get('content-type')).toBe('application/json')
    expect(seen[0]!.headers.get('accept')).toBe('application/json')
    expect(seen[0]!.token).toBeNull()
  })

  test('sends whatever field a login goes by, and further parameters, as they are', async () => {
    const bodies: unknown[] = []
    const { another } = world()
    const session = another({
      fetch: async (_, init) => {
        bodies.push(JSON.parse(String(init?.body)))
        return Response.json({}, { status: 401 })
      },
    })
    const credentials = { login: 'ada', password: 'secret', otp: 123456, device: { name: 'phone' } }
    await failureOf(session.signIn(credentials))
    expect(bodies).toEqual([credentials])
  })

  test.each(['', '/', '//'])('goes where authPath says (%j at its end)', async end => {
    const authPath = '/api/v2/auth'
    const { session, seen } = world({ authPath, session: { authPath: authPath + end } })
    await session.signIn(ada)
    expect(seen[0]!.url).toBe(`${api}/api/v2/auth/sign_in`)
  })

  test('with wrong credentials throws what the server said, and signs nobody in', async () => {
    const { session } = world()
    const error = await failureOf(session.signIn({ ...ada, password: 'wrong' }))
    expect(isTokenHandoffError(error)).toBe(true)
    expect(error).toMatchObject({
      name: 'TokenHandoffError',
      code: 'sign-in-failed',
      status: 401,
      errors: ['Invalid login credentials. Please try again.'],
    })
    expect(error.message).toContain('Invalid login credentials. Please try again.')
    expect(error.message).toContain('401')
    expect(session.getSnapshot().status).toBe('signed-out')
  })

  test('with wrong credentials leaves a session alone that is there already', async () => {
    const made = await signedIn()
    await expect(made.session.signIn({ ...bob, password: 'wrong' })).rejects.toThrow()
    const response = await made.session.fetch('/items')
    expect(await response.json()).toEqual({ owner: ada.email })
  })

  test.each([
    [{ errors: ['One.', 'Two.'] }, ['One.', 'Two.']],
    [{ errors: { email: ['is odd'], full_messages: ['Email is odd'] } }, ['Email is odd']],
    [{ errors: {} }, []],
    [{ error: 'Invalid Email or password.' }, ['Invalid Email or password.']],
    [{ errors: { email: ['is blocked'] } }, ['Email is blocked']],
    [{ errors: ['No.', 'No.'] }, ['No.']],
    [null, []],
    ['text', []],
  ])('reads the server’s sentences out of %j', async (body, errors) => {
    const { another } = world()
    const session = another({ fetch: async () => Response.json(body, { status: 422 }) })
    await expect(session.signIn(ada)).rejects.toMatchObject({ code: 'sign-in-failed', status: 422, errors })
  })

  test('says by field what is wrong, as a sign-up does', async () => {
    const errors = {
      email: ['is blocked', 'is blocked'],
      full_messages: ['Email is blocked', 'Email is blocked'],
    }
    const { another } = world()
    const session = another({ fetch: async () => Response.json({ errors }, { status: 422 }) })
    await expect(session.signIn(ada)).rejects.toMatchObject({
      errors: ['Email is blocked'],
      fieldErrors: { email: ['is blocked'] },
      message: 'The server refused the sign-in (422). Email is blocked',
    })
  })

  test.each(['headers', 'cookie'] as const)(
    'with a page in the API’s place signs nobody in (%s), and says what to check',
    async transport => {
      const { another } = world()
      const page = () => new Response('<p>Log in to the Wi-Fi', { headers: { 'content-type': 'text/html' } })
      const session = another({ transport, fetch: async () => page() })
      await expect(session.signIn(ada)).rejects.toMatchObject({
        code: 'sign-in-failed',
        status: 200,
        message: 'The server refused the sign-in (200). Check baseUrl and authPath.',
      })
      expect(session.getSnapshot().status).toBe('signed-out')
    },
  )

  test.each(['Accept', 'ACCEPT', 'accept'])(
    'takes a header that is given as %s in the place of its own',
    async name => {
      const { another, server } = world()
      const accepted: (string | null)[] = []
      const session = another({
        fetch: async (input, init) => {
          const request = new Request(input, init)
          accepted.push(request.headers.get('accept'))
          return server.fetch(request)
        },
      })
      await session.signIn(ada, { headers: { [name]: 'application/vnd.api.v2+json' } })
      expect(accepted).toEqual(['application/vnd.api.v2+json'])
    },
  )

  test('with an answer that is no JSON throws plainly', async () => {
    const { another } = world()
    const session = another({ fetch: async () => new Response('<html>', { status: 502 }) })
    await expect(session.signIn(ada)).rejects.toMatchObject({
      code: 'sign-in-failed',
      status: 502,
      errors: [],
    })
  })

  test('without a network throws "network", with the cause', async () => {
    const made = world()
    made.server.loseRequest('POST /auth/sign_in')
    const error = await failureOf(made.session.signIn(ada))
    expect(error).toMatchObject({ code: 'network', status: undefined })
    expect(error.cause).toBeInstanceOf(TypeError)
    expect(await made.session.signIn(ada)).toMatchObject({ email: ada.email })
  })

  test('when no token can be read says that the headers are not exposed, and names them', async () => {
    const { another } = world()
    const session = another({ fetch: async () => Response.json({ data: {} }) })
    const error = await failureOf(session.signIn(ada))
    expect(error.code).toBe('headers-not-exposed')
    for (const name of ['access-token', 'client', 'uid', 'expiry', 'token-type', 'authorization']) {
      expect(error.message).toContain(name)
    }
    expect(session.getSnapshot().status).toBe('signed-out')
  })

  test.each(['client', 'uid'])('when the token can be read and %s cannot says the same', async missing => {
    const made = world()
    const session = made.another({
      fetch: async (input, init) => {
        const response = await made.server.fetch(input, init)
        const headers = new Headers(response.headers)
        headers.delete(missing)
        return new Response(response.body, { status: response.status, headers })
      },
    })
    const error = await failureOf(session.signIn(ada))
    expect(error.code).toBe('headers-not-exposed')
    expect(session.getSnapshot().status).toBe('signed-out')
  })

  test.each([{ full_messages: 'Not you.' }, 'Not you.'])(
    'that is refused with %j says what the server said',
    async errors => {
      const { another } = world()
      const session = another({ fetch: async () => Response.json({ errors }, { status: 401 }) })
      const error = await failureOf(session.signIn(ada))
      expect(error).toMatchObject({ code: 'sign-in-failed', status: 401, errors: ['Not you.'] })
    },
  )

  test('where there is no page, no CORS configuration is missed', async () => {
    const { warnings } = silence()
    const { session } = world()
    await session.signIn(ada)
    await session.fetch('/public')
    expect(warnings).toEqual([])
  })

  test('as someone else takes the place of who was signed in', async () => {
    const made = await signedIn()
    await made.session.signIn(bob)
    expect(made.session.getSnapshot().user).toMatchObject({ email: bob.email })
    await later(pause)
    expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
  })

  test('twice at once: the one that was asked for later counts, whichever answers first', async () => {
    const made = world()
    const first = made.server.hold('POST /auth/sign_in')
    const asAda = made.session.signIn(ada)
    asAda.catch(() => {})
    await first.begun
    await made.session.signIn(bob)
    first.release()
    await expect(asAda).rejects.toMatchObject({ code: 'superseded' })
    expect(made.session.getSnapshot().user).toMatchObject({ email: bob.email })
    await later(pause)
    expect(await (await made.session.fetch('/items')).json()).toEqual({ owner: bob.email })
  })

  test('is over when a sign-out is asked for meanwhile', async () => {
    const made = await signedIn()
    const held = made.server.hold('POST /auth/sign_in')
    const signingIn = made.session.signIn(bob)
    signingIn.catch(() => {})
    await held.begun
    await made.session.signOut()
    held.release()
    await expect(signingIn).rejects.toMatchObject({ code: 'superseded' })
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
  })

  test('is announced once, and not as another tab’s', async () => {
    const { session, events } = world()
    await session.signIn(ada)
    expect(events.filter(({ type }) => type === 'signed-in')).toEqual([
      { type: 'signed-in', event: { elsewhere: false } },
    ])
  })

  test('outlives the page', async () => {
    const storage = memoryStorage()
    const { session, another } = world({ session: { storage } })
    await session.signIn(ada)
    session.dispose()
    const next = another({ storage })
    expect(next.getSnapshot()).toEqual({ status: 'signed-in', user: null })
    expect((await next.fetch('/items')).status).toBe(200)
  })
})

describe('signing out', () => {
  test('takes effect at once, and then closes the session at the server', async () => {
    const made = await signedIn()
    const held = made.server.hold('DELETE /auth/sign_out')
    const signingOut = made.session.signOut()
    await held.begun
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    held.release()
    await signingOut
    expect(made.server.inspect().users[0]!.clients).toEqual({})
    expect(made.events.filter(({ type }) => type === 'signed-out')).toEqual([
      { type: 'signed-out', event: { reason: 'asked' } },
    ])
  })

  test('without a network signs out here, and warns that the server does not know', async () => {
    const { warnings } = silence()
    const made = await signedIn()
    made.server.loseRequest('DELETE /auth/sign_out')
    await made.session.signOut()
    expect(made.session.getSnapshot().status).toBe('signed-out')
    expect(made.events.filter(({ type }) => type === 'warning')).toMatchObject([
      { event: { code: 'sign-out-failed' } },
    ])
    expect(warnings).toHaveLength(1)
  })

  test('when signed out already asks nobody', async () => {
    const { session, seen, events } = world()
    await session.signOut()
    expect(seen).toEqual([])
    expect(events).toEqual([])
  })

  test('leaves nothing of the credentials in the storage', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ session: { storage, storageKey: 'session' } })
    const stored = String(storage.getItem('session'))
    const { value } = JSON.parse(stored).tokens[0]
    await made.session.signOut()
    expect(storage.getItem('session')).not.toContain(value)
    expect(storage.getItem('session')).not.toContain(ada.email)
  })

  test('makes later requests go out without credentials', async () => {
    const made = await signedIn()
    await made.session.signOut()
    expect((await made.session.fetch('/items')).status).toBe(401)
    const { headers } = made.seen.at(-1)!
    expect([headers.get('access-token'), headers.get('client'), headers.get('uid')]).toEqual([
      null,
      null,
      null,
    ])
  })
})

describe('validating', () => {
  test('asks the server who is signed in, past every cache', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ session: { storage } })
    const next = made.another({ storage })
    expect(await next.validateToken()).toMatchObject({ email: ada.email })
    expect(next.getSnapshot().user).toMatchObject({ email: ada.email })
    expect(made.calls()).toEqual(['GET /auth/validate_token'])
  })

  test('when signed out asks nobody', async () => {
    const { session, seen } = world()
    expect(await session.validateToken()).toBeNull()
    expect(seen).toEqual([])
  })

  test('when the server refuses signs out, and tells why', async () => {
    const made = await signedIn()
    await elsewhereSignedOut(made)
    expect(await made.session.validateToken()).toBeNull()
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    expect(made.events.filter(({ type }) => type === 'signed-out')).toEqual([
      { type: 'signed-out', event: { reason: 'rejected' } },
    ])
  })

  test('without a network throws "network" and keeps the session', async () => {
    const made = await signedIn({ session: { recovery: { path: false } } })
    made.server.loseRequest('GET /auth/validate_token')
    await expect(made.session.validateToken()).rejects.toMatchObject({ code: 'network' })
    expect(made.session.getSnapshot().status).toBe('signed-in')
    expect(await made.session.validateToken()).toMatchObject({ email: ada.email })
  })

  test.each([
    ['nothing', null, 204],
    ['null', 'null', 200],
    ['a page', '<html>', 200],
  ])(
    'that brings %s in the user’s place throws "validation-failed": null would say that nobody is signed in',
    async (_, body, status) => {
      const { server, another } = world()
      const session = another({
        fetch: async (input, init) => {
          const answer = await server.fetch(new Request(input, init))
          if (!answer.url.includes('validate') && !`${input}`.includes('validate')) return answer
          return new Response(body, { status, headers: answer.headers })
        },
      })
      const user = await session.signIn(ada)
      expect(await failureOf(session.validateToken())).toMatchObject({ code: 'validation-failed' })
      expect(session.getSnapshot()).toMatchObject({ status: 'signed-in', user })
      session.dispose()
    },
  )

  test('when the server is broken throws "validation-failed" and keeps the session', async () => {
    const made = await signedIn()
    const broken = made.another({
      storage: memoryStorage(),
      recovery: { path: false },
      fetch: async (input, init) => {
        const request = new Request(input, init)
        if (request.method === 'GET') return Response.json({ errors: ['Sorry.'] }, { status: 500 })
        return made.server.fetch(request)
      },
    })
    await broken.signIn(ada)
    await expect(broken.validateToken()).rejects.toMatchObject({
      code: 'validation-failed',
      status: 500,
      errors: ['Sorry.'],
    })
    expect(broken.getSnapshot().status).toBe('signed-in')
  })

  test('shows who has signed in elsewhere meanwhile, though nobody told', async () => {
    const made = world()
    const items = new Map<string, string>()
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => items.set(key, value),
      removeItem: (key: string) => items.delete(key),
    }
    const one = made.another({ storage })
    const other = made.another({ storage })
    await other.signIn(ada)
    expect(await one.validateToken()).toMatchObject({ email: ada.email })
    expect(one.getSnapshot()).toMatchObject({ status: 'signed-in', user: { email: ada.email } })
  })

  /** A session that is being validated, and what lets the answer go. */
  async function validating(options: WorldOptions = {}) {
    const made = await signedIn(options)
    const validated: unknown[] = []
    made.session.on('validated', event => validated.push(event))
    const { begun, release } = made.server.hold('GET /auth/validate_token')
    const answer = made.session.validateToken()
    await begun
    return { ...made, validated, answer, release }
  }

  test('whose answer comes after someone else has signed in tells of them', async () => {
    const { session, answer, release, validated } = await validating()
    await session.signIn(bob)
    release()
    expect(await answer).toMatchObject({ email: bob.email })
    expect(validated).toMatchObject([{ user: { email: bob.email } }])
    expect(session.getSnapshot().user).toMatchObject({ email: bob.email })
  })

  test('whose refusal comes after someone else has signed in tells of them', async () => {
    const made = await signedIn()
    await elsewhereSignedOut(made)
    made.server.delay('GET /auth/validate_token', { response: 1_000 })
    const answer = made.session.validateToken()
    await settled()
    await made.session.signIn(bob)
    await later(1_000)
    expect(await answer).toMatchObject({ email: bob.email })
  })

  test('whose answer comes after a sign-out shows no user, and gives none', async () => {
    const { session, answer, release, validated, calls } = await validating()
    await session.signOut()
    release()
    expect(await answer).toBeNull()
    expect(validated).toEqual([])
    expect(session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    expect(calls()).toEqual(['GET /auth/validate_token', 'DELETE /auth/sign_out'])
  })

  test('whose answer comes after a sign-out elsewhere gives none, though nobody told', async () => {
    const storage = memoryStorage()
    const { another, session, answer, release } = await validating({ session: { storage } })
    await another({ storage }).signOut()
    release()
    expect(await answer).toBeNull()
    expect(session.getSnapshot().status).toBe('signed-out')
  })

  test('is nobody’s answer but that of the sign-in it asked about, when two opened one epoch', async () => {
    const storage = memoryStorage()
    const storageKey = 'session'
    const { another, session, answer, release } = await validating({ session: { storage, storageKey } })
    const elsewhere = memoryStorage()
    const other = another({ storage: elsewhere })
    // So that the other sign-in is the later one of the two.
    await failureOf(other.signIn({ ...bob, password: 'wrong' }))
    await other.signIn(bob)
    storage.setItem(storageKey, elsewhere.getItem(storageKey)!)
    await session.fetch('/items')
    const shown: unknown[] = []
    session.on('snapshot', ({ user }) => shown.push(user))
    release()
    expect(await answer).toMatchObject({ email: bob.email })
    expect(shown).toMatchObject([{ email: bob.email }])
  })
})

/** The same client id is signed out by someone else, an administrator for instance. */
async function elsewhereSignedOut(made: Awaited<ReturnType<typeof signedIn>>) {
  const { clients, uid } = made.server.inspect().users[0]!
  const [client, { token }] = Object.entries(clients)[0]!
  await made.server.fetch(`${api}/auth/sign_out`, {
    method: 'DELETE',
    headers: { 'access-token': token, client, uid },
  })
}

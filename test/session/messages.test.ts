import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSession, memoryStorage, type SessionOptions } from '../../src/index.ts'
import { ada, api, failureOf, holdTime, later, letTimeGo, pause, signedIn, silence, world } from './given.ts'

/** What a developer reads: what happened, and what to do about it. */

beforeEach(holdTime)
afterEach(() => {
  vi.unstubAllGlobals()
  letTimeGo()
})

const answering = (status: number, body: unknown) => async () => Response.json(body, { status })

describe('the error of a call', () => {
  test('that the server refused says so, with its status and all of its sentences', async () => {
    const errors = ['Invalid login.', 'Two tries are left.']
    const { session } = world({ session: { fetch: answering(401, { success: false, errors }) } })
    expect(await failureOf(session.signIn(ada))).toMatchObject({
      code: 'sign-in-failed',
      status: 401,
      errors,
      message: 'The server refused the sign-in (401). Invalid login. Two tries are left.',
    })
  })

  test.each<[string, unknown, string[]]>([
    [
      'by field, with full sentences',
      { errors: { email: ['a'], full_messages: ['Email a', 'B'] } },
      ['Email a', 'B'],
    ],
    ['as one text', { errors: 'Locked.' }, ['Locked.']],
    ['none', {}, []],
    ['as something else', { errors: [7, null, 'Locked.'] }, ['Locked.']],
    ['no object', 'Locked.', []],
  ])('reads the server’s sentences: %s', async (_, body, errors) => {
    const { session } = world({ session: { fetch: answering(422, body) } })
    expect((await failureOf(session.signIn(ada))).errors).toEqual(errors)
  })

  test('whose answer cannot be read says who is to be asked', async () => {
    const made = await signedIn()
    made.session.dispose()
    const session = made.another({
      fetch: async (input, init) =>
        String(input).endsWith('validate_token')
          ? new Response('busy', { status: 503 })
          : made.server.fetch(input, init),
    })
    await session.signIn(ada)
    expect(await failureOf(session.validateToken())).toMatchObject({
      code: 'validation-failed',
      status: 503,
      message: 'The server could not tell who is signed in (503). Try again later.',
    })
  })

  test.each([
    [404, undefined, 'The server refused the sign-in (404). Check baseUrl and authPath.'],
    [
      404,
      { error: 'Not Found' },
      'The server refused the sign-in (404). Check baseUrl and authPath. Not Found',
    ],
    [
      404,
      { errors: ['Nobody is called that.'] },
      'The server refused the sign-in (404). Nobody is called that.',
    ],
    [429, undefined, 'The server refused the sign-in (429). Try again later.'],
    [500, {}, 'The server refused the sign-in (500). Try again later.'],
    [403, undefined, 'The server refused the sign-in (403).'],
  ])('of a refusal with %i and %j says what to do next', async (status, body, message) => {
    const fetch = body ? answering(status, body) : async () => new Response('<html>', { status })
    const { session } = world({ session: { fetch } })
    expect(await failureOf(session.signIn(ada))).toMatchObject({ code: 'sign-in-failed', message })
  })

  test.each([
    ['a field of a field', { errors: { profile: { name: ['is bad'] } } }, ['Profile is bad']],
    [
      'JSON:API',
      { errors: [{ status: '422', title: 'Invalid', detail: 'Email is blocked' }] },
      ['Email is blocked'],
    ],
    ['JSON:API without details', { errors: [{ title: 'Invalid' }] }, ['Invalid']],
  ])('reads the server’s sentences: %s', async (_, body, errors) => {
    const { session } = world({ session: { fetch: answering(422, body) } })
    expect((await failureOf(session.signIn(ada))).errors).toEqual(errors)
  })

  test('that has no fetch to go by says to pass one, and takes one that comes later', async () => {
    vi.stubGlobal('fetch', undefined)
    const session = createSession({ baseUrl: api, storage: memoryStorage() })
    const error = await failureOf(session.signIn(ada))
    expect(error).toMatchObject({
      code: 'fetch-invalid',
      message: 'There is no fetch here: pass one as `fetch`.',
    })
    vi.stubGlobal('fetch', world().server.fetch)
    expect(await session.signIn(ada)).toMatchObject({ email: ada.email })
    session.dispose()
  })

  test('whose answer is none at all says the same', async () => {
    const made = await signedIn()
    const session = made.another({
      fetch: async (input, init) =>
        String(input).endsWith('validate_token') ? Response.error() : made.server.fetch(input, init),
    })
    await session.signIn(ada)
    expect(await failureOf(session.validateToken())).toMatchObject({ code: 'validation-failed', status: 0 })
    expect(session.getSnapshot().user).toMatchObject({ email: ada.email })
  })

  test('that failed to sign in is told to those who listen, too', async () => {
    const { session } = world({ session: { fetch: answering(401, { errors: ['No.'] }) } })
    const heard: unknown[] = []
    session.on('sign-in-failed', ({ error }) => heard.push(error))
    const error = await failureOf(session.signIn(ada))
    expect(heard).toEqual([error])
    expect(heard[0]).toBe(error)
  })

  test('is none when a sign-in succeeds and says nothing of the user', async () => {
    const headers = { 'access-token': 'token', client: 'client', uid: ada.email, expiry: '9999999999' }
    const { session } = world({ session: { fetch: async () => new Response(null, { headers }) } })
    expect(await session.signIn(ada)).toBeUndefined()
    expect(session.getSnapshot().status).toBe('signed-in')
  })

  test.each([299, 300])('a validation’s answer of %d: only what is below 300 tells a user', async status => {
    const made = await signedIn()
    const session = made.another({
      fetch: async (input, init) => {
        const response = await made.server.fetch(input, init)
        if (!String(input).endsWith('validate_token')) return response
        return new Response(response.body, { status, headers: response.headers })
      },
    })
    await session.signIn(ada)
    await later(pause)
    const validated = session.validateToken()
    if (status === 300) expect((await failureOf(validated)).code).toBe('validation-failed')
    else expect(await validated).toMatchObject({ email: ada.email })
  })

  test('that did not get through says what to check, and holds the reason', async () => {
    const cause = new TypeError('fetch failed')
    const { session } = world({ session: { fetch: () => Promise.reject(cause) } })
    const error = await failureOf(session.signIn(ada))
    expect(error).toMatchObject({ code: 'network', cause })
    expect(error.message).toMatch(/could not be reached.*connection and baseUrl/)
  })

  test('that was overtaken says by what', async () => {
    const made = world()
    const held = made.server.hold('/auth/sign_in')
    const first = failureOf(made.session.signIn(ada))
    await held.begun
    await made.session.signIn(ada)
    held.release()
    const error = await first
    expect(error.code).toBe('superseded')
    expect(error.message).toContain('later sign-in or sign-out')
  })

  test('whose path leads elsewhere says where paths have to lead', async () => {
    const { session, seen } = world({ session: { authPath: '/' } })
    const error = await failureOf(session.signIn(ada, { path: '@evil.test/sign_in' }))
    expect(error.code).toBe('option-invalid')
    expect(error.message).toMatch(/Paths.*baseUrl or one of origins/)
    expect(seen).toEqual([])
  })
})

describe('the warning', () => {
  test('of a storage that fails says what to check', async () => {
    const { warnings } = silence()
    const storage = {
      ...memoryStorage(),
      setItem() {
        throw new Error('full')
      },
    }
    await world({ session: { storage } }).session.signIn(ada)
    expect(warnings).toEqual([expect.stringMatching(/^token-handoff: The storage.*quota and permissions/)])
  })

  test('of a sign-out that failed at the server says what is left there', async () => {
    const { warnings } = silence()
    const made = await signedIn()
    made.server.loseRequest('/auth/sign_out', { times: 9 })
    await made.session.signOut()
    expect(warnings).toEqual([expect.stringMatching(/^token-handoff: Signed out here.*until it expires/)])
  })

  test('of hidden headers names each that has to be exposed', async () => {
    const { warnings } = silence()
    vi.stubGlobal('location', new URL('https://app.example.com/'))
    const made = await signedIn({
      session: { headerNames: { uid: 'x-uid' } },
      headersNames: { uid: 'x-uid' },
    })
    vi.unstubAllGlobals()
    const bare = async () => new Response('{}')
    vi.spyOn(made.server, 'fetch').mockImplementation(bare)
    await made.session.fetch('/items')
    expect(warnings).toEqual([
      expect.stringContaining('Access-Control-Expose-Headers: access-token, client, x-uid'),
    ])
  })
})

describe('the message about an option', () => {
  const failure = (options: Partial<SessionOptions>) => {
    try {
      createSession({ baseUrl: api, storage: memoryStorage(), ...options }).dispose()
    } catch (error) {
      return (error as Error).message
    }
    return 'It did not fail.'
  }

  test('names all that a storage needs, and what can be passed', () => {
    expect(failure({ storage: {} as never })).toMatch(/getItem, setItem, removeItem.*memoryStorage\(\)/)
  })

  test('refuses a path whose slash is not its first', () => {
    expect(failure({ paths: { signIn: 'log/in' } })).toContain('/sign_in')
  })

  test('of fetch says that there is none', () => {
    expect(failure({ fetch: 5 as never })).toContain('pass one as `fetch`')
  })

  test('of recovery says how it is turned off', () => {
    expect(failure({ recovery: false as never })).toContain('{ path: false } turns it off')
  })

  test.each([
    ['patience', { patience: -1 }],
    ['lingerAfterAbort', { lingerAfterAbort: '5' }],
    ['transport', { transport: 'Bearer' }],
    ['recovery.path', { recovery: { path: 'https://evil.test/' } }],
    ['authPath', { authPath: 'https://evil.test/' }],
  ])('begins with its name: %s', (name, options) => {
    expect(failure(options as never)).toMatch(new RegExp(`^${name} `))
  })

  test('that there is not names it, and those that there are', () => {
    expect(failure({ headersNames: {} } as never)).toMatch(
      /^headersNames is no option.*headerNames, transport/,
    )
    expect(failure({ transports: undefined } as never)).toMatch(/^transports is no option/)
  })
})

import { describe, expect, test } from 'vitest'
import { createMockServer, type MockServerOptions } from '../../src/mock/index.ts'
import { setup } from './support.ts'

const wrong: [why: string, options: unknown, remedy: RegExp][] = [
  ['no object', 'x', /takes an object of options/],
  ['an unknown option', { throttle: 5 }, /does not know the option 'throttle'.*batchRequestBufferThrottle/],
  ['an unknown generation', { rules: '1.1.0' }, /'rules' must be '1.3.0' or '1.2.0'/],
  ['a negative throttle', { batchRequestBufferThrottle: -1 }, /must be a number of seconds/],
  ['an endless lifespan', { tokenLifespan: Number.POSITIVE_INFINITY }, /must be a number of seconds/],
  ['half a device', { maxNumberOfDevices: 1.5 }, /must be a whole number/],
  ['a flag that is none', { changeHeadersOnEachRequest: 'no' }, /must be true or false/],
  ['a header name that is none', { headersNames: { uid: 'a b' } }, /'headersNames' must be/],
  ['a header that is unknown', { headersNames: { token: 'x' } }, /from access-token, client/],
  [
    'a cookie attribute that is unknown',
    { cookieAttributes: { colour: 'red' } },
    /'cookieAttributes' must be/,
  ],
  ['an empty cookie name', { cookieName: '' }, /must be a string/],
  ['an unknown check', { checkCurrentPasswordBeforeUpdate: true }, /'attributes' or 'password'/],
  [
    'a whitelist that is no list',
    { redirectWhitelist: 'https://a.example' },
    /must be a list of URL patterns/,
  ],
  ['an unknown parameter', { permittedParameters: ['role'] }, /must be a list of 'name'/],
  ['a latency that is none', { latency: { there: 5 } }, /milliseconds/],
  ['a path that is none', { authPath: 'auth' }, /must be a path such as '\/auth'/],
  ['a path with a slash at its end', { authPath: '/auth/' }, /must be a path/],
  ['users that are no list', { users: {} }, /must be a list of users/],
  ['a user without an email', { users: [{ password: 'x' }] }, /A user needs an email/],
  ['a user twice', { users: [{ email: 'a@b.c' }, { email: 'A@b.c' }] }, /Two users have the email 'A@b.c'/],
  ['a clock that is none', { clock: 5 }, /must be an object with now\(\)/],
  ['a seed that is none', { seed: {} }, /must be a string or a number/],
  ['models that are none', { models: [] }, /must be an object such as/],
  ['a model without a path', { models: { Member: {} } }, /models.Member needs an authPath of its own/],
  ['a model with a wrong option', { models: { Member: { path: '/x' } } }, /models.Member does not know/],
  ['a model at the same path', { models: { Member: { authPath: '/auth' } } }, /of another model: '\/auth'/],
  ['a model of the same name', { models: { User: { authPath: '/x' } } }, /has the name/],
  ['routes that are none', { routes: [] }, /must be an object such as/],
  ['a route without a method', { routes: { '/items': () => 1 } }, /Write 'GET \/items\/:id'/],
  ['a route without a handler', { routes: { 'GET /items': 5 } }, /needs a function/],
  ['a route without a function', { routes: { 'GET /items': { handler: 5 } } }, /needs a function/],
  [
    'a route with a wrong access',
    { routes: { 'GET /items': { access: 'private', handler: () => 1 } } },
    /must be 'protected', 'optional' or 'public'/,
  ],
  [
    'a route of an unknown model',
    { routes: { 'GET /items': { model: 'Admin', handler: () => 1 } } },
    /the model 'Admin'. There are: User/,
  ],
]

describe('what is wrong', () => {
  test.each(wrong)('%s throws at once, with a code and the remedy', (_, options, remedy) => {
    const create = () => createMockServer(options as MockServerOptions)
    expect(create).toThrow(expect.objectContaining({ name: 'TokenHandoffError', code: 'option-invalid' }))
    expect(create).toThrow(remedy)
  })

  test('a deploy checks its settings too, and changes nothing when one is wrong', () => {
    const { server } = setup()
    expect(() => server.configure({ rules: '2.0.0' } as never)).toThrow(/configure: the option 'rules'/)
    expect(() => server.configure({ users: [] } as never)).toThrow(/does not know the option 'users'/)
    expect(server.headersNames['access-token']).toBe('access-token')
  })

  test('an option that is given as undefined is not given', async () => {
    const options = { rules: undefined, tokenLifespan: undefined, headersNames: { uid: undefined } }
    const { signIn } = setup(options as unknown as MockServerOptions)
    expect(await signIn()).toHaveProperty('uid')
  })
})

describe('what the server says of itself', () => {
  test('users, sign-ins and mails can be looked at', async () => {
    const { server, signIn } = setup()
    const { client, uid, 'access-token': token } = await signIn()
    expect(server.inspect()).toEqual({
      now: Date.UTC(2026, 0, 1),
      users: [
        {
          model: 'User',
          id: 1,
          uid,
          email: uid,
          confirmed: true,
          clients: {
            [client]: {
              token,
              previous: expect.any(String),
              last: null,
              updatedAt: Date.UTC(2026, 0, 1) / 1000,
              expiry: Date.UTC(2026, 0, 15) / 1000,
            },
          },
        },
      ],
      mails: [],
      pending: [],
    })
  })

  test('which requests it has a route for', () => {
    const { server } = setup({ confirmable: true })
    const handles = (route: string) => {
      const [method = 'GET', path] = route.split(' ')
      return server.handles(new Request(`https://anywhere.example${path}`, { method }))
    }
    expect(['POST /auth/sign_in', 'GET /auth/confirmation', 'DELETE /items'].map(handles)).toEqual([
      true,
      true,
      true,
    ])
    expect(['GET /auth', 'GET /elsewhere', 'GET /auth/confirmation/x'].map(handles)).toEqual([
      false,
      false,
      false,
    ])
  })
})

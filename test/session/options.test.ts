import { describe, expect, test } from 'vitest'
import { createSession, isTokenHandoffError, memoryStorage, type SessionOptions } from '../../src/index.ts'

const good: SessionOptions = { baseUrl: 'https://api.example.com', storage: memoryStorage() }

function failureOf(options: unknown) {
  try {
    createSession(options as SessionOptions).dispose()
  } catch (error) {
    if (isTokenHandoffError(error)) return error
    throw error
  }
  return null
}

describe('what is wrong with the options is said at once, with a code and the remedy', () => {
  const wrong: [string, unknown, string, string][] = [
    ['nothing at all', undefined, 'base-url-missing', 'baseUrl'],
    ['no options', {}, 'base-url-missing', 'baseUrl'],
    ['an empty baseUrl', { baseUrl: '' }, 'base-url-missing', 'baseUrl'],
    ['a baseUrl that is a path, where there is no page', { baseUrl: '/api' }, 'base-url-invalid', 'https://'],
    ['a baseUrl without a scheme', { baseUrl: 'api.example.com' }, 'base-url-invalid', 'https://'],
    ['a baseUrl of another scheme', { baseUrl: 'ftp://api.example.com' }, 'base-url-invalid', 'https://'],
    [
      'a baseUrl of a scheme that ends alike',
      { baseUrl: 'xhttps://a.example.com' },
      'base-url-invalid',
      'https://',
    ],
    ['a baseUrl that is no URL', { baseUrl: 'https://' }, 'base-url-invalid', 'https://'],
    ['an origin without a scheme', { origins: ['files.example.com'] }, 'origin-invalid', 'https://'],
    ['an origin with a path', { origins: ['https://files.example.com/a'] }, 'origin-invalid', 'https://'],
    ['an origin with a query', { origins: ['https://files.example.com?a'] }, 'origin-invalid', 'https://'],
    ['an origin with user info', { origins: ['https://a@files.example.com'] }, 'origin-invalid', 'https://'],
    ['an origin with a star', { origins: ['https://*.example.com/'] }, 'origin-invalid', 'https://'],
    ['an origin of another scheme', { origins: ['ws://files.example.com'] }, 'origin-invalid', 'https://'],
    ['an origin that is null', { origins: [null] }, 'origin-invalid', 'https://'],
    [
      'a second origin that is none',
      { origins: ['https://a.example.com', 'b'] },
      'origin-invalid',
      'https://',
    ],
    [
      'a storage without getItem',
      { storage: { setItem() {}, removeItem() {} } },
      'storage-invalid',
      'getItem',
    ],
    [
      'a storage without setItem',
      { storage: { getItem() {}, removeItem() {} } },
      'storage-invalid',
      'setItem',
    ],
    [
      'a storage without removeItem',
      { storage: { getItem() {}, setItem() {} } },
      'storage-invalid',
      'removeItem',
    ],
    ['a storage that is a name', { storage: 'localStorage' }, 'storage-invalid', 'localStorage'],
    ['a fetch that is none', { fetch: {} }, 'fetch-invalid', 'fetch'],
    ['a recovery that is no object', { recovery: false }, 'option-invalid', '{ path }'],
    ['a transport that there is not', { transport: 'cookies' }, 'option-invalid', 'transport'],
    ['a transport that is more than one', { transport: 'headers cookie' }, 'option-invalid', 'transport'],
    ['a time that is negative', { patience: -1 }, 'option-invalid', 'at least 0'],
    ['a time that is no number', { lingerAfterAbort: Number.NaN }, 'option-invalid', 'at least 0'],
    ['a time that is a word', { batchRequestBufferThrottle: 'five' }, 'option-invalid', 'at least 0'],
    ['a time that is text', { patience: '5000' }, 'option-invalid', 'patience'],
    ['a time that is null', { lingerAfterAbort: null }, 'option-invalid', 'lingerAfterAbort'],
    [
      'a header name that there is not',
      { headerNames: { token: 'x-token' } },
      'option-invalid',
      'access-token',
    ],
    ['an option that there is not', { headersNames: {} }, 'option-invalid', 'headersNames is no option'],
    ['a header name in capitals', { headerNames: { Uid: 'x-uid' } }, 'option-invalid', '"uid"'],
    ['a header name that is no text', { headerNames: { uid: 5 } }, 'option-invalid', 'uid'],
    ['a header name that is undefined', { headerNames: { client: undefined } }, 'option-invalid', 'client'],
    ['a header name that is empty', { headerNames: { uid: '' } }, 'option-invalid', 'uid'],
    ['a header name with a space', { headerNames: { uid: 'x uid' } }, 'option-invalid', 'uid'],
    ['a header name with a colon', { headerNames: { uid: 'x-uid:' } }, 'option-invalid', 'uid'],
    ['a header name beyond ASCII', { headerNames: { uid: 'ü' } }, 'option-invalid', 'uid'],
    ['header names that are one text', { headerNames: 'x-token' }, 'option-invalid', 'headerNames'],
    ['a path that there is not', { paths: { signUp: '/sign_up' } }, 'option-invalid', 'signIn'],
    ['a path that is no text', { paths: { signIn: 5 } }, 'option-invalid', 'signIn'],
    ['a path that is undefined', { paths: { signOut: undefined } }, 'option-invalid', 'signOut'],
    ['a path without its slash', { paths: { signIn: 'login' } }, 'option-invalid', '/sign_in'],
    ['a path that is empty', { paths: { validateToken: '' } }, 'option-invalid', 'validateToken'],
    ['an authPath that is no text', { authPath: 5 }, 'option-invalid', 'authPath'],
    ['an authPath that is null', { authPath: null }, 'option-invalid', 'authPath'],
    ['an authPath that is no URL', { authPath: 'https://[' }, 'option-invalid', 'authPath'],
    ['a recovery path that is no text', { recovery: { path: true } }, 'option-invalid', 'recovery.path'],
    ['a recovery path that is no URL', { recovery: { path: '//[' } }, 'option-invalid', 'recovery.path'],
    ['an authPath elsewhere', { authPath: 'https://evil.test/auth' }, 'option-invalid', 'authPath'],
    ['an authPath without a scheme', { authPath: '//evil.test/auth' }, 'option-invalid', 'authPath'],
    ['a recovery elsewhere', { recovery: { path: 'https://evil.test/' } }, 'option-invalid', 'recovery.path'],
  ]

  test.each(wrong)('%s', (_, options, code, remedy) => {
    const given = (options as SessionOptions)?.baseUrl === undefined && code !== 'base-url-missing'
    const error = failureOf(given ? { ...good, ...(options as object) } : options)
    expect(error).toMatchObject({ name: 'TokenHandoffError', code })
    expect(error!.message).toContain(remedy)
  })

  test('without what may be secret in a URL', () => {
    const secret = 's3cret'
    for (const options of [
      { baseUrl: `ftp://ada:${secret}@api.example.com/?key=${secret}` },
      { ...good, origins: [`https://ada:${secret}@files.example.com?key=${secret}`] },
      { ...good, authPath: `https://ada:${secret}@evil.test/?key=${secret}` },
    ]) {
      expect(failureOf(options)!.message).not.toContain(secret)
    }
  })
})

describe('what is right is taken', () => {
  const right: [string, Partial<SessionOptions>][] = [
    ['a baseUrl with a path', { baseUrl: 'https://api.example.com/v1/' }],
    ['a baseUrl over plain http', { baseUrl: 'http://localhost:3000' }],
    ['further origins', { origins: ['https://files.example.com', 'http://localhost:3000'] }],
    ['no further origins', { origins: [] }],
    ['an authPath with a slash at its end', { authPath: '/auth/' }],
    ['an authPath at a further origin', { authPath: 'https://a.test/auth', origins: ['https://a.test'] }],
    ['times of nought', { patience: 0, lingerAfterAbort: 0, batchRequestBufferThrottle: 0 }],
    ['times that are endless', { patience: Infinity }],
    ['each transport', { transport: 'bearer' }],
    ['header names of any kind', { headerNames: { uid: 'X_My.Uid~1', 'access-token': "!#$%&'*+-.^_`|~" } }],
    ['no header names', { headerNames: {} }],
    ['paths', { paths: { signIn: '/login', signOut: '/log/out.json', validateToken: '/me?v=1' } }],
    [
      'options that are undefined',
      { storage: undefined, recovery: undefined, patience: undefined, paths: undefined, origins: undefined },
    ],
    ['no recovery', { recovery: { path: false } }],
    ['a recovery without a path', { recovery: {} }],
  ]

  test.each(right)('%s', (_, options) => {
    expect(failureOf({ ...good, ...options })).toBeNull()
  })

  test('without a storage, in memory where there is no localStorage', () => {
    expect(failureOf({ baseUrl: good.baseUrl })).toBeNull()
  })
})

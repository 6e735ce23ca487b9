import { describe, expect, test } from 'vitest'
import {
  type Answer,
  defaultHeaderNames,
  isGatewayFailure,
  isRejected,
  readAnswer,
  stampedHeaders,
  type Wire,
} from '../../src/core/credentials.ts'
import { wire } from './given.ts'

const carried = { token: 'secret', client: 'c1', uid: 'u@example.com' }
const bearerWire: Wire = { ...wire, transport: 'bearer' }
const cookieWire: Wire = { ...wire, transport: 'cookie' }

describe('stamping', () => {
  test('sends one header for each of the three fields that the server needs', () => {
    expect(stampedHeaders(wire, carried)).toEqual({
      'access-token': 'secret',
      client: 'c1',
      uid: 'u@example.com',
    })
  })

  test('uses the names that are configured', () => {
    const names = { ...defaultHeaderNames, 'access-token': 'x-token', client: 'x-client', uid: 'x-uid' }
    expect(stampedHeaders({ ...wire, names }, carried)).toEqual({
      'x-token': 'secret',
      'x-client': 'c1',
      'x-uid': 'u@example.com',
    })
  })

  test('as a bearer it is the base64 JSON that the server reads', () => {
    const { authorization, ...others } = stampedHeaders(bearerWire, carried)
    expect(others).toEqual({})
    expect(authorization).toMatch(/^Bearer \S+$/)
    expect(JSON.parse(atob(authorization!.slice('Bearer '.length)))).toEqual({
      'access-token': 'secret',
      'token-type': 'Bearer',
      client: 'c1',
      uid: 'u@example.com',
    })
  })

  test('as a bearer the configured names are the keys of the JSON, too', () => {
    const names = {
      'access-token': 'a',
      'token-type': 'b',
      client: 'c',
      uid: 'd',
      expiry: 'e',
      authorization: 'x-authorization',
    }
    const headers = stampedHeaders({ names, transport: 'bearer' }, carried)
    expect(Object.keys(headers)).toEqual(['x-authorization'])
    expect(JSON.parse(atob(headers['x-authorization']!.slice('Bearer '.length)))).toEqual({
      a: 'secret',
      b: 'Bearer',
      c: 'c1',
      d: 'u@example.com',
    })
  })

  test('in cookie mode nothing is stamped: the browser sends the cookie', () => {
    expect(stampedHeaders(cookieWire, carried)).toEqual({})
  })
})

describe('reading an answer', () => {
  test('takes all that the headers say', () => {
    expect(read({ 'access-token': 'new', client: 'c1', uid: 'u', expiry: '1767225600' })).toEqual({
      status: 200,
      token: 'new',
      client: 'c1',
      uid: 'u',
      expiry: 1767225600,
      bearer: false,
      asked: false,
    })
  })

  test('an answer without any of the headers says nothing', () => {
    expect(read({})).toEqual({
      status: 200,
      token: null,
      client: null,
      uid: null,
      expiry: Number.NaN,
      bearer: false,
      asked: false,
    })
    expect(read({ 'access-token': undefined }).token).toBeNull()
  })

  test('a header that happens to be called client or uid says nothing without a token', () => {
    expect(read({ client: 'Firefox', uid: '7' })).toMatchObject({ client: null, uid: null })
  })

  test.each([
    ['max-age=0, private, must-revalidate', true],
    ['Max-Age=0, Private, Must-Revalidate', true],
    ['no-cache', true],
    ['private, no-store', true],
    ['private', false],
    ['private, max-age=60, must-revalidate', false],
    ['max-age=0, stale-while-revalidate=60', false],
    ['max-age=09, must-revalidate', false],
    ['no-transform', false],
  ])('with Cache-Control: %s the server was asked for it: %s', (value, asked) => {
    expect(read({ 'cache-control': value }).asked).toBe(asked)
  })

  test('reads the names that are configured, and no others', () => {
    const names = {
      'access-token': 'x-token',
      client: 'x-client',
      uid: 'x-uid',
      expiry: 'x-expiry',
      'token-type': 'x-type',
      authorization: 'x-authorization',
    }
    const answer = readAnswer(
      { ...wire, names },
      200,
      from({ 'x-token': 'a', 'x-client': 'b', 'x-uid': 'c', 'x-expiry': '9' }),
    )
    expect(answer).toMatchObject({ token: 'a', client: 'b', uid: 'c', expiry: 9 })
    expect(readAnswer({ ...wire, names }, 200, from({ 'access-token': 'a' })).token).toBeNull()
  })

  test.each(['', ' ', '  ', '\t'])('a blank token (%j) is none, but tells of client and uid', blank => {
    const answer = read({ 'access-token': blank, expiry: blank, client: 'c1', uid: 'u2' })
    expect(answer).toMatchObject({ token: '', client: 'c1', uid: 'u2', expiry: Number.NaN })
  })

  test('a blank is never filled from the Authorization header: that echoes the token that was sent', () => {
    const echo = bearer({ 'access-token': 'secret', client: 'c1', uid: 'u', expiry: '99' })
    expect(read({ 'access-token': ' ', authorization: echo })).toMatchObject({ token: '', bearer: false })
    expect(read({ 'access-token': ' ', authorization: echo }, bearerWire)).toMatchObject({ token: '' })
  })

  test('the Authorization header alone is not read where the headers are the transport', () => {
    expect(read({ authorization: bearer({ 'access-token': 'new' }) }).token).toBeNull()
  })

  test('with a token it notices that the server sends the bearer form, which newer gems do', () => {
    expect(read({ 'access-token': 'new', authorization: 'Bearer e30=' }).bearer).toBe(true)
    expect(read({ 'access-token': 'new', authorization: '' }).bearer).toBe(false)
  })

  test.each([
    ['1767225600', 1767225600],
    [' 12 ', 12],
    ['', Number.NaN],
    [' ', Number.NaN],
    ['soon', Number.NaN],
    ['2026-01-01', Number.NaN],
    ['1e999', Number.NaN],
    ['-Infinity', Number.NaN],
  ])('the expiry %j is read as %d', (expiry, seconds) => {
    expect(read({ 'access-token': 'new', expiry }).expiry).toBe(seconds)
  })

  test('a missing expiry is unreadable', () => {
    expect(read({ 'access-token': 'new' }).expiry).toBeNaN()
  })

  test('white space around the token does not belong to it', () => {
    expect(read({ 'access-token': ' new ' }).token).toBe('new')
  })
})

describe('reading a bearer', () => {
  const fields = { 'access-token': 'new', client: 'c1', uid: 'u', expiry: '77', 'token-type': 'Bearer' }

  test('takes all that its JSON says when the separate headers are hidden', () => {
    expect(read({ authorization: bearer(fields) }, bearerWire)).toEqual({
      status: 200,
      token: 'new',
      client: 'c1',
      uid: 'u',
      expiry: 77,
      bearer: true,
      asked: false,
    })
  })

  test('reads its numbers as well as its strings', () => {
    const answer = read({ authorization: bearer({ ...fields, expiry: 77, uid: 12 }) }, bearerWire)
    expect(answer).toMatchObject({ expiry: 77, uid: '12' })
  })

  test('white space around its token does not belong to it', () => {
    expect(read({ authorization: bearer({ 'access-token': ' new ' }) }, bearerWire).token).toBe('new')
    expect(read({ authorization: bearer({ 'access-token': ' ' }) }, bearerWire).token).toBe('')
  })

  test('the token that was sent is an echo: a blank', () => {
    const answer = readAnswer(bearerWire, 200, from({ authorization: bearer(fields) }), 'new')
    expect(answer).toMatchObject({ token: '', client: 'c1', uid: 'u' })
  })

  test('the separate headers count when they are there', () => {
    const answer = read(
      { 'access-token': 'separate', client: 'c2', authorization: bearer(fields) },
      bearerWire,
    )
    expect(answer).toMatchObject({ token: 'separate', client: 'c2', bearer: true })
  })

  test.each([
    ['no scheme', bearer(fields).slice('Bearer '.length)],
    ['several spaces', `Bearer    ${bearer(fields).slice('Bearer '.length)}  `],
  ])('is read with %s, as the server does', (_, authorization) => {
    expect(read({ authorization }, bearerWire).token).toBe('new')
  })

  test.each([
    ['nothing', ''],
    ['the scheme alone', 'Bearer'],
    ['no base64', 'Bearer ***'],
    ['no JSON', `Bearer ${btoa('token')}`],
    ['JSON null', `Bearer ${btoa('null')}`],
    ['a JSON string', `Bearer ${btoa('"token"')}`],
    ['a JSON number', `Bearer ${btoa('7')}`],
    ['a JSON array', `Bearer ${btoa('[1]')}`],
    ['an empty object', `Bearer ${btoa('{}')}`],
    ['a token that is an object', bearer({ 'access-token': {} })],
    ['a token that is true', bearer({ 'access-token': true })],
    ['a token that no header can carry: a line break', bearer({ 'access-token': 'a\r\nx-evil: 1' })],
    ['a token that no header can carry: beyond bytes', `Bearer ${btoa('{"access-token":"\\u4e00"}')}`],
  ])('with %s it brings no token', (_, authorization) => {
    expect(read({ authorization }, bearerWire).token).toBeNull()
  })

  test('a uid beyond ASCII travels as its UTF-8 bytes, here and back', () => {
    const uid = bytes('zoë@exämple.com')
    const [sent] = Object.values(stampedHeaders(bearerWire, { ...carried, uid }))
    const seen = JSON.parse(text(atob(sent!.slice('Bearer '.length))))
    expect(seen.uid).toBe('zoë@exämple.com')
    // The server answers with the same JSON in UTF-8.
    expect(read({ authorization: sent! }, bearerWire)).toMatchObject({ uid })
  })
})

describe('a uid beyond ASCII', () => {
  test('goes back as the bytes that came', () => {
    const headers = new Headers({ 'access-token': 'new', uid: bytes('zoë@exämple.com') })
    const { uid } = readAnswer(wire, 200, name => headers.get(name))
    const stamped = new Headers(stampedHeaders(wire, { ...carried, uid: uid! }))
    expect(text(stamped.get('uid')!)).toBe('zoë@exämple.com')
  })
})

describe('reading in cookie mode', () => {
  test('the token stays in the cookie: only which one it was is known', () => {
    const answer = read({ 'access-token': 'secret', client: 'c1', uid: 'u', expiry: '77' }, cookieWire)
    expect(answer).toMatchObject({ client: 'c1', uid: 'u', expiry: 77 })
    expect(JSON.stringify(answer)).not.toContain('secret')
    const later = read({ 'access-token': 'other', client: 'c1', uid: 'u', expiry: '78' }, cookieWire)
    expect(later.token).not.toBe(answer.token)
    expect(answer.token).toBeTruthy()
  })

  test('a blank is a blank', () => {
    expect(read({ 'access-token': ' ' }, cookieWire).token).toBe('')
    expect(read({}, cookieWire).token).toBeNull()
  })
})

describe('a refusal by authentication', () => {
  test('is a 401 without any of the auth headers', () => {
    expect(isRejected(read({}, wire, 401))).toBe(true)
    expect(isRejected(read({}, bearerWire, 401))).toBe(true)
  })

  test.each(['access-token', 'client', 'uid'])(
    'is not one with the header %s: the application’s own 401',
    name => {
      expect(isRejected(read({ [name]: 'x' }, wire, 401))).toBe(false)
    },
  )

  test('is not one with blank headers: the application’s own 401 in a batch', () => {
    expect(isRejected(read({ 'access-token': ' ', expiry: ' ' }, wire, 401))).toBe(false)
    expect(
      isRejected(read({ authorization: bearer({ 'access-token': 't', client: 'c' }) }, bearerWire, 401)),
    ).toBe(false)
  })

  test.each([200, 400, 402, 403, 404, 500])('is not a %d', status => {
    expect(isRejected(read({}, wire, status))).toBe(false)
  })
})

describe('a gateway’s error', () => {
  test.each([502, 503, 504])('may hide a rotation: %d', status => {
    expect(isGatewayFailure(read({}, wire, status))).toBe(true)
  })

  test('is not the server’s own exception, which never rotates', () => {
    expect(isGatewayFailure(read({}, wire, 500))).toBe(false)
  })

  test('is not one with auth headers: the server itself said so', () => {
    expect(isGatewayFailure(read({ 'access-token': ' ' }, wire, 503))).toBe(false)
    expect(isGatewayFailure(read({ 'access-token': 'new' }, wire, 503))).toBe(false)
  })
})

function read(headers: Record<string, string | undefined>, through: Wire = wire, status = 200): Answer {
  return readAnswer(through, status, from(headers))
}

function from(headers: Record<string, string | undefined>) {
  return (name: string) => headers[name]
}

function bearer(fields: Record<string, unknown>): string {
  return `Bearer ${btoa(JSON.stringify(fields))}`
}

/** A text as fetch shows it in a header: one character for each byte of its UTF-8. */
function bytes(value: string): string {
  return String.fromCharCode(...new TextEncoder().encode(value))
}

function text(value: string): string {
  return new TextDecoder().decode(Uint8Array.from(value, character => character.charCodeAt(0)))
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cookieLine, cookieName, cookieSize, cookieValues } from '../../src/storage/cookies.ts'

describe('a cookie’s line', () => {
  test('has safe attributes by default', () => {
    expect(cookieLine('a', 'b', {})).toBe('a=b; Path=/; Max-Age=1209600; Secure; SameSite=Lax')
  })

  test('takes others', () => {
    const attributes = {
      path: '/app',
      domain: 'example.com',
      maxAge: null,
      secure: false,
      sameSite: 'Strict',
      partitioned: true,
    } as const
    expect(cookieLine('a', 'b', attributes)).toBe(
      'a=b; Path=/app; Domain=example.com; SameSite=Strict; Partitioned',
    )
  })

  test.each([{ path: '/; Domain=evil.test' }, { domain: 'example.com; Path=/' }, { path: '/a\nb' }])(
    'takes nothing that would smuggle in an attribute: %j',
    attributes => {
      expect(() => cookieLine('a', 'b', attributes)).toThrow(
        expect.objectContaining({ code: 'option-invalid' }),
      )
    },
  )
})

test('a cookie of this host alone has the prefix that says so to browsers, one of several or of http has not', () => {
  expect(cookieName('a', {})).toBe('__Host-a')
  expect(cookieName('a', { path: '/', sameSite: 'Strict', maxAge: null })).toBe('__Host-a')
  expect(cookieName('a', { path: '/app' })).toBe('a')
  expect(cookieName('a', { domain: 'example.com' })).toBe('a')
  expect(cookieName('a', { secure: false })).toBe('a')
})

test('any name and value come back as they were, among other cookies', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(text, text, (name, value) => {
      const line = cookieLine(name, value, {}).split('; ')[0]!
      expect(line).toMatch(/^[!#-+\--:<-[\]-~]*$/)
      expect(line).toHaveLength(cookieSize(name, value))
      const header = `theme=dark; ${line}; x${name.length}=; lang`
      expect(cookieValues(header, name)).toContain(value)
    }),
  )
})

test('all cookies of one name are read, whatever they hold', () => {
  expect(cookieValues('a=1; b=2; a=%E0%A4%A; a; aa=3', 'a')).toEqual(['1', '%E0%A4%A', ''])
  expect(cookieValues('', 'a')).toEqual([])
})

test.each(['%5F%5FHost-a', '__%48ost-a', '\u00a0__Host-a', '__Host-a\u2003', '__host-a'])(
  'a neighbour’s cookie that only reads like this host’s own is another one: %j',
  planted => {
    expect(cookieValues(`${planted}=evil`, '__Host-a')).toEqual([])
    expect(cookieValues(`${planted}=evil; __Host-a=mine;\t__Host-a \t=too`, '__Host-a')).toEqual([
      'mine',
      'too',
    ])
  },
)

test('a value may hold an equals sign', () => {
  expect(cookieValues('a=b=c==', 'a')).toEqual(['b=c=='])
})

import { describe, expect, test } from 'vitest'
import { readAddress } from '../../src/account/address.ts'
import { defaultHeaderNames } from '../../src/core/credentials.ts'
import { redirectUrl } from '../../src/mock/url.ts'
import { api } from '../session/given.ts'

const read = (address: string, names = defaultHeaderNames) => readAddress(address, names)
const page = 'https://app.example.com/reset'
const mail = {
  'access-token': 'tok',
  client: 'cli',
  client_id: 'cli',
  config: 'default',
  expiry: 1_900_000_000,
  reset_password: true,
  token: 'tok',
  uid: 'a+b@example.com',
}
const oauth = { auth_token: 'tok', client_id: 'cli', uid: '17', expiry: 1, config: '', blank: true }

describe('what the server adds is read, and the rest left to the letter', () => {
  test.each([
    [page, page],
    [`${page}?tab=%7e1&x`, `${page}?tab=%7e1&x`],
    [`${page}#/new-password`, `${page}#/new-password`],
    [`${page}?a=1#/new?b=2`, `${page}?a=1#/new?b=2`],
    [`${page}?client=acme`, page],
    [`${page}?x=1&&y=2`, `${page}?x=1&&y=2`],
    [`${page}#/new?`, `${page}#/new?`],
    [`${page}#?tab=1`, `${page}#?tab=1`],
    [`${page}?q=1#/new??b=2`, `${page}?q=1#/new??b=2`],
    ['myapp://reset', 'myapp://reset'],
  ])('%s', (target, clean) => {
    const found = read(redirectUrl(target, mail))!
    expect(found.clean).toBe(clean)
    if (target.includes('client=')) return expect(found.parameters).toBeNull()
    expect(found.parameters!.get('access-token')).toBe('tok')
    expect(found.parameters!.get('uid')).toBe('a+b@example.com')
    expect(JSON.stringify(found.clean)).not.toContain('tok')
  })

  test.each([
    [`${page}?client=acme&token=mine`, `${page}?client=acme&token=mine`],
    [`${page}#/a/b`, `${page}#/a/b`],
  ])('of an OAuth return: %s', (target, clean) => {
    const found = read(redirectUrl(target, oauth))!
    expect(found.clean).toBe(clean)
    expect(found.parameters!.get('auth_token')).toBe('tok')
  })

  test('of a return that stands in the fragment alone', () => {
    expect(read(`${page}#access-token=tok&client=cli&uid=u&keep=1`)).toMatchObject({
      clean: `${page}#keep=1`,
    })
    expect(read(`${page}#/r?access-token=tok&keep=1`)).toMatchObject({ clean: `${page}#/r?keep=1` })
    expect(read(`${page}#/r?access-token=tok`)).toMatchObject({ clean: `${page}#/r` })
  })

  test('of headers that are named otherwise', () => {
    const names = { ...defaultHeaderNames, 'access-token': 'x-token', client: 'x-client' }
    const found = read(`${page}?x-token=tok&x-client=cli&client=acme`, names)!
    expect(found.clean).toBe(`${page}?client=acme`)
    expect(found.parameters!.get('x-token')).toBe('tok')
  })

  test('of a confirmation, that has no credentials', () => {
    const found = read(`${page}?account_confirmation_success=true&uid=mine&token=mine`)!
    expect(found.clean).toBe(`${page}?uid=mine&token=mine`)
  })
})

test.each([
  page,
  `${page}?client=acme&uid=7&token=x&expiry=never&config=dark&error=none`,
  `${page}#/a?client=acme`,
  `${page}?__proto__=x&constructor=y`,
  '',
  'about:blank',
])('is no return: %j', address => {
  expect(read(address)).toBeNull()
})

describe('says two things, so nothing is taken, and everything removed', () => {
  test.each([
    `${page}?access-token=one&client=c&uid=u#/r?access-token=two&client=c&uid=u`,
    `${page}?access-token=one&access-token=two&client=c&uid=u`,
    `${page}?access-token=one&client=c&uid=u#/r?uid=other`,
    `${page}?auth_token=one&client_id=c&uid=u&access-token=one`,
  ])('%s', address => {
    const found = read(address)!
    expect(found.parameters).toBeNull()
    expect(found.clean).not.toMatch(/token|uid|one|two/)
  })
})

test('a name such as __proto__ is a name like any other', () => {
  const found = read(`${page}?access-token=t&client=c&uid=u&__proto__=x&__proto__[token]=y`)!
  expect(found.clean).toBe(`${page}?__proto__=x&__proto__[token]=y`)
  expect([...found.parameters!.keys()]).toEqual(['access-token', 'client', 'uid'])
  expect(({} as Record<string, unknown>).token).toBeUndefined()
  void api
})

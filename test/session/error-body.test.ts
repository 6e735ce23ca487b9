import { describe, expect, test } from 'vitest'
import { readErrors } from '../../src/session/error-body.ts'

describe('what a failure’s body says', () => {
  test.each<[string, unknown, string[], Record<string, string[]>]>([
    ['a list', { errors: ['One.', 'Two.'] }, ['One.', 'Two.'], {}],
    ['one sentence', { errors: 'One.' }, ['One.'], {}],
    [
      'the error of Devise itself',
      { error: 'Invalid Email or password.' },
      ['Invalid Email or password.'],
      {},
    ],
    [
      'by field, with sentences',
      { errors: { email: ['is taken'], full_messages: ['Email is taken'] } },
      ['Email is taken'],
      { email: ['is taken'] },
    ],
    [
      'by field alone',
      { errors: { email: ['is taken', 'is short'], password_confirmation: 'differs' } },
      ['Email is taken', 'Email is short', 'Password confirmation differs'],
      { email: ['is taken', 'is short'], password_confirmation: ['differs'] },
    ],
    [
      'fields in fields',
      { errors: { address: { street: ['is missing'] } } },
      ['Address is missing'],
      { address: ['is missing'] },
    ],
    [
      'JSON:API',
      { errors: [{ title: 'Invalid', detail: 'Email is taken' }, { title: 'Too short' }] },
      ['Email is taken', 'Too short'],
      {},
    ],
    [
      'the same twice',
      { errors: { email: ['is taken', 'is taken'], full_messages: ['Email is taken', 'Email is taken'] } },
      ['Email is taken'],
      { email: ['is taken'] },
    ],
    ['errors before error', { errors: ['One.'], error: 'Another.' }, ['One.'], {}],
    ['numbers and nothing', { errors: [1, null, undefined, true, 'One.'] }, ['One.'], {}],
    ['a text', 'Not found', [], {}],
    ['nothing', undefined, [], {}],
    ['null', null, [], {}],
    ['no errors', { success: false }, [], {}],
    ['an empty list', { errors: [] }, [], {}],
  ])('%s', (_, body, errors, fieldErrors) => {
    expect(readErrors(body)).toEqual({ errors, fieldErrors })
  })

  test('of a field whose name every object has is that field’s', () => {
    const body = JSON.parse('{"errors":{"__proto__":["is odd"],"constructor":["is odder"]}}')
    const { errors, fieldErrors } = readErrors(body)
    expect(errors).toEqual(['  proto   is odd', 'Constructor is odder'])
    expect(Object.entries(fieldErrors)).toEqual([
      ['__proto__', ['is odd']],
      ['constructor', ['is odder']],
    ])
    expect(Object.getPrototypeOf(fieldErrors)).toBe(Object.prototype)
  })
})

import { describe, expect, test } from 'vitest'
import { isLarge, isReadOnce } from '../../src/session/body.ts'

const kilobytes = (count: number) => 'x'.repeat(count * 1_024)

describe('a body that can be read once only', () => {
  async function* generated() {
    yield 'part'
  }

  test.each<[string, unknown]>([
    ['a stream', new Blob(['stream']).stream()],
    ['a stream of a browser that cannot iterate it', { getReader() {} }],
    ['a stream of Node’s', { pipe() {} }],
    ['what a generator yields', generated()],
    ['any object that is iterated while it is sent', { [Symbol.asyncIterator]: generated }],
  ])('is %s', (_, body) => {
    expect(isReadOnce(body)).toBe(true)
  })

  test.each<[string, unknown]>([
    ['no body', undefined],
    ['null', null],
    ['text, whatever it says', 'getReader pipe'],
    ['bytes', new Uint8Array(3)],
    ['a file', new Blob(['file'])],
    ['a form', new FormData()],
    ['a query', new URLSearchParams('pipe=1')],
    ['a list, which is iterated at once', ['pipe']],
  ])('is not %s', (_, body) => {
    expect(isReadOnce(body)).toBe(false)
  })
})

describe('a body that is too large to be sent for its answer’s headers alone', () => {
  const kinds: [string, (text: string) => unknown][] = [
    ['text', text => text],
    ['bytes', text => new TextEncoder().encode(text)],
    ['a buffer', text => new TextEncoder().encode(text).buffer],
    ['a file', text => new Blob([text])],
  ]

  test.each(kinds)('is %s of more than 64 kB', (_, of) => {
    expect(isLarge(of(kilobytes(64)))).toBe(false)
    expect(isLarge(of(`${kilobytes(64)}x`))).toBe(true)
  })

  test('is any whose size nobody knows before it has been sent: a form, a stream', () => {
    expect(isLarge(new FormData())).toBe(true)
    expect(isLarge({ getReader() {} })).toBe(true)
  })

  test.each([undefined, null, '', new URLSearchParams('a=b')])('is not %j', body => {
    expect(isLarge(body)).toBe(false)
  })
})

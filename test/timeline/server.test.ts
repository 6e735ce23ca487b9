import { expect, test } from 'vitest'
import { defineTimeline } from '../../src/timeline/element.ts'

test('on a server, where there are no elements, defining one does nothing', () => {
  expect(globalThis.HTMLElement).toBeUndefined()
  expect(() => defineTimeline()).not.toThrow()
})

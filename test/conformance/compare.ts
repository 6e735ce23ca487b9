import { isObject } from './trace.ts'

export interface Difference {
  readonly path: string
  readonly expected: unknown
  readonly got: unknown
}

/** Every place where two JSON values differ. The order of an object's keys does not count. */
export function compare(expected: unknown, got: unknown, path = ''): Difference[] {
  if (isObject(expected) && isObject(got)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(got)])
    return [...keys].flatMap(key => compare(expected[key], got[key], path === '' ? key : `${path}.${key}`))
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    const length = Math.max(expected.length, got.length)
    return Array.from({ length }, (_, index) =>
      compare(expected[index], got[index], `${path}[${index}]`),
    ).flat()
  }
  return Object.is(expected, got) ? [] : [{ path, expected, got }]
}

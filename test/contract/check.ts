/** Assertions for a page in a browser, where the test runner is not. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const [is, was] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (is !== was) throw new Error(`${what}: expected ${was}, got ${is}`)
}

export function truth(value: unknown, what: string): asserts value {
  if (!value) throw new Error(`${what}: this does not hold`)
}

/** What is there now, or later. */
export type Eventually<Value> = Value | Promise<Value>

/** Goes on at once where the value is there at once. */
export function whenThere<Value, Result>(
  value: Eventually<Value>,
  next: (value: Value) => Eventually<Result>,
): Eventually<Result> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** All of them, at once where all are there at once. */
export function all<Value>(values: readonly Eventually<Value>[]): Eventually<Value[]> {
  return values.some(isPromise) ? Promise.all(values) : (values as Value[])
}

/** Something else where it fails, now or later. */
export function orElse<Value>(act: () => Eventually<Value>, otherwise: Value): Eventually<Value> {
  return whenThere(outcomeOf(act), ({ value, error }) => (error === undefined ? (value as Value) : otherwise))
}

interface Outcome<Value> {
  value?: Value
  error?: unknown
}

export function outcomeOf<Value>(act: () => Eventually<Value>): Eventually<Outcome<Value>> {
  const failed = (error: unknown) => ({ error: error ?? new Error('It failed.') })
  try {
    const value = act()
    return isPromise(value) ? value.then(value => ({ value }), failed) : { value }
  } catch (error) {
    return failed(error)
  }
}

function isPromise<Value>(value: Eventually<Value>): value is Promise<Value> {
  return typeof (value as Promise<Value> | null)?.then === 'function'
}

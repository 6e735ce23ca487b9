/** Headers by name, of any case. */
type Headers = Readonly<Record<string, unknown>>

export function headerOf(headers: Headers | undefined, name: string): string | undefined {
  // As it is spelled, as a rule. To look through all of them takes several times as long.
  if (headers && Object.hasOwn(headers, name)) return headers[name] as string
  for (const key in headers) {
    // Lengths tell most of them apart, for less.
    if (key.length === name.length && key.toLowerCase() === name.toLowerCase()) return headers[key] as string
  }
}

/** Writes a stamp into headers that are a copy already, and over none of them. */
export function stampOnto<Copy extends Headers>(copy: Copy, stamp: Record<string, string> | undefined): Copy {
  for (const name in stamp) {
    if (headerOf(copy, name) === undefined) (copy as Record<string, string>)[name] = stamp[name]!
  }
  return copy
}

/** Headers by name, of any case. */
type Headers = Readonly<Record<string, string>>

export function headerOf(headers: Headers | undefined, name: string): string | undefined {
  for (const key in headers) {
    // Lengths tell most of them apart, for less.
    if (key.length === name.length && key.toLowerCase() === name.toLowerCase()) return headers[key]
  }
}

/** The caller's own headers stay as they are: what is stamped is a copy of them. */
export function stampOnto<Copy extends Record<string, string>>(copy: Copy, stamp: Headers | undefined): Copy {
  for (const name in stamp)
    if (headerOf(copy, name) === undefined) copy[name as keyof Copy] = stamp[name] as never
  return copy
}

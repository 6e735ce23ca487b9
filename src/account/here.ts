/** The page's address; undefined where there is no page. */
export function here(): string | undefined {
  return globalThis.location?.href
}

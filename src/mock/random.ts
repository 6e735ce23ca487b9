import type { Mint } from './rules.ts'

/** 16 random bytes as 22 URL-safe characters, as SecureRandom.urlsafe_base64 writes them. */
export function randomSource(seed: string | number | undefined): Mint {
  const fill = seed === undefined ? cryptographic : seeded(String(seed))
  return () => urlSafe(fill(new Uint8Array(16)))
}

function cryptographic(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  return crypto.getRandomValues(bytes)
}

/** mulberry32 over a hash of the seed: the same tokens in the same order each time. For tests alone. */
function seeded(seed: string): (bytes: Uint8Array) => Uint8Array {
  let state = 0x811c9dc5
  for (const character of seed) state = Math.imul(state ^ character.codePointAt(0)!, 0x01000193)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 24
  }
  return bytes => bytes.map(next)
}

function urlSafe(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

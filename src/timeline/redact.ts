const mask = '…'

/** Remembers what nobody may read, and masks the parts of a path or query that hold it. */
export interface Redactor {
  hide(secret: string | null | undefined): void
  /** @param more secrets of the moment, which are not remembered */
  redact(text: string, more?: readonly string[]): string
}

/** Shorter ones would be found in every other word: they are masked where they stand alone. */
const shortest = 4
const mostSecrets = 100

export function createRedactor(): Redactor {
  const secrets = new Set<string>()
  return {
    hide(secret) {
      if (!secret) return
      secrets.add(plain(secret))
      if (secrets.size > mostSecrets) secrets.delete(secrets.values().next().value!)
    },
    redact(text, more = []) {
      const all = [...secrets, ...more.map(plain)].filter(secret => secret)
      const holds = (part: string) => {
        const read = plain(part)
        return all.some(secret => read === secret || (secret.length >= shortest && read.includes(secret)))
      }
      const masked = text.replace(/[^/?&=;]+/g, part => (holds(part) ? mask : part))
      // A secret may itself hold what parts are told by.
      return holds(masked) ? mask : masked
    },
  }
}

/** As it would be read: it may be encoded, also twice, in part, or wrongly. */
function plain(text: string): string {
  const read = text
    .replaceAll('+', ' ')
    .replace(/(?:%[\da-f]{2})+/gi, escapes =>
      new TextDecoder().decode(
        Uint8Array.from(escapes.slice(1).split('%'), byte => Number.parseInt(byte, 16)),
      ),
    )
    .toLowerCase()
  return read === text ? read : plain(read)
}

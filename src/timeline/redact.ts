const mask = '…'

/** Remembers what nobody may read, and masks the parts of a path or query that hold it. */
export interface Redactor {
  hide(secret: string): void
  redact(text: string): string
}

/** Shorter ones would be found in every other word: they are masked where they stand alone. */
const shortest = 4
const mostSecrets = 100

export function createRedactor(): Redactor {
  /** As they are, and as they would be read. */
  const secrets = new Map<string, string>()
  return {
    hide(secret) {
      if (!secret || secrets.has(secret)) return
      secrets.set(secret, plain(secret))
      if (secrets.size > mostSecrets) secrets.delete(secrets.keys().next().value!)
    },
    redact(text) {
      const holds = (part: string) => {
        const read = plain(part)
        return [...secrets.values()].some(
          secret => read === secret || (secret.length >= shortest && read.includes(secret)),
        )
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

/** Header values travel as bytes that are shown as Latin-1; the server writes and reads UTF-8 in them. */
export function toHeaderValue(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

/** The reverse of `toHeaderValue`. What is no UTF-8 is taken as it is. */
export function fromHeaderValue(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(fromBinary(value))
  } catch {
    return value
  }
}

export function encodeBase64(text: string): string {
  return btoa(toHeaderValue(text))
}

export function decodeBase64(encoded: string): string {
  return new TextDecoder().decode(fromBinary(atob(encoded)))
}

function fromBinary(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0))
}

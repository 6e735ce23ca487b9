/** Text as the byte string that fetch reads and sends in headers: its UTF-8, a character for each byte; '' for half a character. */
export function toBytes(text: string): string {
  try {
    return encodeURIComponent(text).replace(/%(..)/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  } catch {
    return ''
  }
}

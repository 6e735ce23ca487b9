/** Traces name tokens and clients by symbols (t0, c0, ...), numbered by first appearance in an answer. */
export interface Symbols {
  /** The symbol of a value that was seen in an answer. A new value gets the next number. */
  seen(value: string): string
  /** The symbol, or '?' for a value that no answer has shown. */
  known(value: string): string
  /** The value behind a symbol; anything else stands for itself. */
  value(symbol: string): string
}

export function createSymbols(prefix: string): Symbols {
  const symbols = new Map<string, string>()
  const values = new Map<string, string>()
  return {
    seen(value) {
      if (!symbols.has(value)) {
        const symbol = `${prefix}${symbols.size}`
        symbols.set(value, symbol)
        values.set(symbol, value)
      }
      return symbols.get(value)!
    },
    known: value => symbols.get(value) ?? '?',
    value: symbol => values.get(symbol) ?? symbol,
  }
}

/** u0 is u0@example.com; any other uid stands for itself. */
export function uidOf(symbol: string): string {
  return /^u\d+$/.test(symbol) ? `${symbol}@example.com` : symbol
}

export function uidSymbol(uid: string): string {
  return /^(u\d+)@example\.com$/.exec(uid)?.[1] ?? uid
}

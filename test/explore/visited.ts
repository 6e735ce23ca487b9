/**
 * A set of texts that keeps 64 bits of each. Of ten million texts two share their bits, and the later is
 * skipped, with a probability of about 0.000003.
 */
export interface Visited {
  readonly size: number
  /** Returns false when the text was there already. */
  add(text: string): boolean
}

export function createVisited(capacity = 2 ** 16): Visited {
  let slots = new Uint32Array(2 * capacity)
  let mask = capacity - 1
  let size = 0

  function insert(table: Uint32Array, high: number, low: number): boolean {
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const there = table[2 * slot]!
      if (there === 0) {
        table[2 * slot] = high
        table[2 * slot + 1] = low
        return true
      }
      if (there === high && table[2 * slot + 1] === low) return false
    }
  }

  function grow(): void {
    const old = slots
    slots = new Uint32Array(2 * old.length)
    mask = slots.length / 2 - 1
    for (let at = 0; at < old.length; at += 2) if (old[at] !== 0) insert(slots, old[at]!, old[at + 1]!)
  }

  return {
    get size() {
      return size
    },
    add(text) {
      const [high, low] = hash(text)
      if (!insert(slots, high || 1, low)) return false
      size++
      if (3 * size > 2 * (mask + 1)) grow()
      return true
    },
  }
}

/** cyrb64, by bryc: two 32-bit hashes that are mixed with each other. */
function hash(text: string): [number, number] {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return [b >>> 0, a >>> 0]
}

/** A seeded source of random numbers. */
export interface Random {
  /** From 0 up to 1. */
  next(): number
  chance(probability: number): boolean
  exponential(mean: number): number
}

/** sfc32: small, fast, and the same everywhere. */
export function createRandom(seed: number, stream: number): Random {
  let a = seed >>> 0
  let b = Math.floor(seed / 2 ** 32) >>> 0
  let c = stream >>> 0
  let counter = 1
  const next = () => {
    const t = (((a + b) | 0) + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 2 ** 32
  }
  for (let round = 0; round < 12; round++) next()
  return {
    next,
    chance: probability => next() < probability,
    exponential: mean => -mean * Math.log(1 - next()),
  }
}

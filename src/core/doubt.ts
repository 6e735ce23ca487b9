import type { Doubt, SessionRecord } from './record.ts'

/** How many rotations may have got lost so far: each takes the stored token one step further from the newest. */
export function depthOfDoubt({ doubt }: SessionRecord): number {
  return doubt.lost - doubt.settled
}

/**
 * @param since when the lost request was sent
 * @param another false when this request can only have rotated together with one that is lost already
 */
export function raiseDoubt({ doubt }: SessionRecord, since: number, another: boolean): Doubt {
  return {
    lost: doubt.lost + (another ? 1 : 0),
    settled: doubt.settled,
    since: Math.max(doubt.since, since),
  }
}

export function settleDoubt({ doubt }: SessionRecord): Doubt {
  return { ...doubt, settled: doubt.lost }
}

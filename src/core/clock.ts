/**
 * The sequence clock: a logical (Lamport) clock that numbers requests.
 *
 * Numbers go on from the greatest one seen, our own or another holder's, so a reload or a second tab
 * never starts again below the number of the request that brought the stored token.
 *
 * @param own the last number given here, 0 at first
 * @param seen the greatest number found in the shared record
 * @returns the next request's number
 */
export function tick(own: number, seen: number): number {
  return Math.max(own, seen) + 1
}

import type { Exchange, Flight, ResponseTraits } from './exchange.ts'

/** What is known of one client's answers. */
export interface Answers<Answer> {
  traitsOf(answer: Answer): ResponseTraits
  /** Lets go of a body that nobody will read, and of its connection. */
  discard(answer: Answer): void
}

/** Sends a request once, with the headers of its stamp, and the signal that cuts it on the wire. */
export type Send<Answer> = (signal?: AbortSignal | null, stamp?: Record<string, string>) => Promise<Answer>

/**
 * Sends a stamped request until its answer is to be delivered, replays included.
 *
 * @param caller what has ended the call for its caller, if it has: then nothing is replayed
 * @param wire what cuts it on the wire
 */
export async function transmit<Answer>(
  exchange: Exchange,
  flight: Flight,
  send: Send<Answer>,
  { traitsOf, discard }: Answers<Answer>,
  caller?: AbortSignal | null,
  wire?: AbortSignal | null,
): Promise<Answer> {
  for (;;) {
    let answer: Answer
    try {
      answer = await send(wire, flight.headers)
    } catch (error) {
      exchange.lose(flight)
      throw error
    }
    const next = exchange.settle(flight, traitsOf(answer))
    if ((typeof next === 'string' ? next : await next) === 'deliver' || caller?.aborted) return answer
    discard(answer)
    exchange.again(flight)
  }
}

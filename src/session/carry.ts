import { abortable, type Forgotten, reasonOf, unlessAborted } from './abort.ts'
import type { Exchange, RequestTraits } from './exchange.ts'
import { type Answers, type Send, transmit } from './transmit.ts'

/**
 * Carries a request through the exchange, from its stamp to the answer that is delivered.
 *
 * @param send sends it once, with the headers of its stamp if it has one, and the signal that cuts it on the wire
 * @param signal what ends the call for its caller
 * @param large whether it sends too much to stay on the wire after that for its answer's headers alone
 * @param forgotten where a delivered answer waits to be let go of, so that the signal can let go of it too
 */
export function carry<Answer extends object>(
  exchange: Exchange,
  traits: RequestTraits,
  answers: Answers<Answer>,
  send: Send<Answer>,
  signal: AbortSignal | null | undefined,
  large: boolean,
  forgotten: Forgotten | null = null,
): Promise<Answer> {
  if (signal?.aborted) throw reasonOf(signal)
  const loading = exchange.ready()
  if (loading !== null) {
    const loaded = unlessAborted(loading, signal)
    return loaded.then(() => carry(exchange, traits, answers, send, signal, large, forgotten))
  }
  const flight = exchange.begin(traits)
  if (!flight) return send(signal)
  const wire = signal && new AbortController()
  const sending = transmit(exchange, flight, send, answers, signal, wire?.signal)
  return wire
    ? abortable(sending, signal, wire, large ? 0 : exchange.linger, answers.discard, forgotten, () =>
        exchange.abort(flight),
      )
    : sending
}

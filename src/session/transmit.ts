import type { Exchange, Flight, ResponseTraits } from './exchange.ts'

/** Sends a stamped request until its response is to be delivered, replays included. */
export async function transmit(
  exchange: Exchange,
  flight: Flight,
  send: () => Promise<Response>,
  traitsOf = responseTraits,
  abandoned?: () => boolean,
): Promise<Response> {
  for (;;) {
    let response: Response
    try {
      response = await send()
    } catch (error) {
      exchange.lose(flight)
      throw error
    }
    const next = exchange.settle(flight, traitsOf(response))
    if ((typeof next === 'string' ? next : await next) === 'deliver' || abandoned?.()) return response
    discard(response)
    exchange.again(flight)
  }
}

export function responseTraits({ status, headers }: Response): ResponseTraits {
  return { status, header: name => headers.get(name) }
}

/** Lets go of a body that nobody will read, and of its connection. */
export function discard({ body }: Response): void {
  body?.cancel().catch(() => {})
}

/** The body's JSON; undefined when it is none. */
export function readJson(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined)
}

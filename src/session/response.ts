import type { ResponseTraits } from './exchange.ts'
import type { Answers } from './transmit.ts'

export const responses: Answers<Response> = { traitsOf: responseTraits, discard }

/** What a response is after a redirect to elsewhere: its headers are somebody else's. */
export const foreignTraits: ResponseTraits = { status: 200, header: () => null, redirected: true }

type Read = Pick<Response, 'status' | 'headers'> & Partial<Pick<Response, 'redirected'>>

export function responseTraits({ status, headers, redirected }: Read): ResponseTraits {
  return {
    status,
    header: name => headers.get(name),
    // Without a status it is a redirect that the caller did not want to be followed.
    redirected: redirected || !status,
  }
}

/** Lets go of a body that nobody will read, and of its connection. */
export function discard({ body }: Pick<Response, 'body'>): void {
  body?.cancel().catch(() => {})
}

/** The body's JSON; undefined when it is none. */
export function readJson(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined)
}

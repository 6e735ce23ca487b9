import type { Acceptance } from './rules.ts'

interface Common {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The request's number, from 1, in the order of arrival. */
  readonly request: number
  readonly method: string
  readonly path: string
}

/**
 * What happened to a request. Tokens and clients appear as numbers, in the order in which the server saw them first;
 * never as values.
 */
export type ServerEvent =
  /** It arrived. `token` and `client` are there when it carried any. */
  | (Common & { readonly type: 'begin'; readonly token: number | null; readonly client: number | null })
  /** Its token was accepted, as which of the three. */
  | (Common & { readonly type: 'accept'; readonly as: Acceptance; readonly token: number })
  /** It was refused with a 401 before the action ran. */
  | (Common & { readonly type: 'reject'; readonly token: number | null })
  /** The answer carries a new token. */
  | (Common & {
      readonly type: 'rotate'
      readonly token: number
      readonly client: number
      readonly expiry: number
    })
  /** The answer is a batch answer: it carries no token. */
  | (Common & { readonly type: 'blank'; readonly client: number; readonly expiry: number })
  /** The answer carries the token that was sent: changeHeadersOnEachRequest is false. */
  | (Common & {
      readonly type: 'keep'
      readonly token: number
      readonly client: number
      readonly expiry: number
    })
  /** The action threw: a 500, and nothing rotates. */
  | (Common & { readonly type: 'raise'; readonly error: unknown })
  /** The answer is ready. */
  | (Common & { readonly type: 'finish'; readonly status: number })
  /** The request, or its answer, is lost on the way. */
  | (Common & { readonly type: 'lost'; readonly what: 'request' | 'answer' })

/** An event before it is known whose it is. */
type EventBody<E extends ServerEvent = ServerEvent> = E extends ServerEvent ? Omit<E, keyof Common> : never

export type Emit = (event: EventBody) => void

/** Hears what the server does. */
export type ServerListener = (event: ServerEvent) => void

/** Gives each value a number, from 1, when it is seen first. */
export function createOrdinals(): (value: string) => number {
  const numbers = new Map<string, number>()
  return value => {
    const known = numbers.get(value)
    if (known !== undefined) return known
    numbers.set(value, numbers.size + 1)
    return numbers.size
  }
}

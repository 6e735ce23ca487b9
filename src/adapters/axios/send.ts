import axios, { type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import { abortable } from '../../session/abort.ts'
import { isLarge, isReadOnce } from '../../session/body.ts'
import type { Session } from '../../session/session.ts'
import { type Answers, foreign, responseTraits, transmit } from '../../session/transmit.ts'
import { endingOf } from './ending.ts'

/** Sends a request through the session's exchange, with whatever adapter. */
export async function send(
  { exchange, own }: Pick<Session, 'exchange' | 'own'>,
  adapter: AxiosAdapter,
  config: InternalAxiosRequestConfig,
): Promise<AxiosResponse> {
  await exchange.ready()
  const { wire, linger } = exchange
  const { headers, data, beforeRedirect } = config
  const sent = { ...config }
  const cut = new AbortController()
  const patience = isLarge(data) ? 0 : linger
  const ending = endingOf(config, sent, cut, adapter, patience)
  const { signal } = ending
  let response: AxiosResponse | undefined
  try {
    signal.throwIfAborted()
    if (wire.transport === 'cookie') sent.withCredentials ??= true
    const flight = exchange.begin({
      method: config.method?.toUpperCase(),
      replayable: !isReadOnce(data),
      callersToken: headers.get(wire.names['access-token']) as string,
    })
    // Node's adapter would carry the credentials on to wherever it is redirected.
    sent.beforeRedirect = (options, ...details) => {
      if (own(options.href) === null) for (const name in flight?.headers) delete options.headers[name]
      beforeRedirect?.(options, ...details)
    }

    let failure: unknown
    /** Whatever comes back shows the caller's own config: the one with the credentials is for the wire. */
    const attempt = () => {
      failure = null
      if (flight) sent.headers = new axios.AxiosHeaders(headers).set(flight.headers, false)
      return adapter(sent).then(
        response => Object.assign(response, { config }),
        error => {
          failure = error
          for (const shown of [error, error?.response]) if (shown?.config) shown.config = config
          if (!error?.response) throw error
          return error.response as AxiosResponse
        },
      )
    }
    const answers: Answers<AxiosResponse> = {
      traitsOf({ status, headers, request }) {
        const url = request?.responseURL ?? request?.res?.responseUrl
        if (url && own(url) === null) return foreign
        return responseTraits({ status, headers: axios.AxiosHeaders.from(headers as never) as never })
      },
      discard: ({ data }) => data?.destroy?.(),
    }
    const sending = flight ? transmit(exchange, flight, attempt, answers, () => signal.aborted) : attempt()
    response = await abortable(sending, signal, cut, flight ? patience : 0, answers.discard, null)
    if (failure) throw failure
    return response
  } finally {
    ending.release(response)
  }
}

import type { AxiosAdapter, AxiosError, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import { isLarge, isReadOnce } from '../../session/body.ts'
import { carry } from '../../session/carry.ts'
import { headerOf, stampOnto } from '../../session/headers.ts'
import { discard, foreignTraits } from '../../session/response.ts'
import type { Session } from '../../session/session.ts'
import type { Answers } from '../../session/transmit.ts'
import { endingOf } from './ending.ts'

/**
 * Sends a request through the session's exchange, with whatever adapter.
 *
 * @param href where axios sends it
 */
export async function send(
  { exchange, own }: Pick<Session, 'exchange' | 'own'>,
  adapter: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  href: () => string,
): Promise<AxiosResponse> {
  const { headers, data, beforeRedirect } = config
  // Of what axios makes, an object without a prototype, a spread would take several times as long.
  const sent = {} as InternalAxiosRequestConfig & Record<string, unknown>
  for (const name in config) sent[name] = config[name as keyof typeof config]
  const ending = endingOf(config, sent, adapter, exchange.linger)
  let response: AxiosResponse | undefined
  let failure: AxiosError | undefined
  /** Where a redirect has led it. */
  let moved: string | undefined
  const answers: Answers<AxiosResponse> = {
    traitsOf({ status, headers, request }) {
      if (ending) ending.begun = false
      const url = request?.responseURL
      if (url && url !== href()) moved = url
      if (moved && own(moved) === null) return foreignTraits
      // An adapter of the user's own may give numbers, too.
      const header = (name: string) => headerOf(headers, name)?.toString()
      return { status, header, redirected: !!moved }
    },
    discard: ({ data }) => (data?.getReader ? discard({ body: data }) : data?.destroy?.()),
  }
  const attempt = (signal?: AbortSignal | null, stamp?: Record<string, string>) => {
    moved = failure = undefined
    if (exchange.wire.transport === 'cookie') sent.withCredentials ??= true
    sent.signal = signal!
    sent.headers = stampOnto(Object.assign(Object.create(Object.getPrototypeOf(headers)), headers), stamp)
    sent.beforeRedirect = (options, ...details) => {
      moved = options.href as string
      // Node's adapter would carry them on.
      if (own(moved) === null) for (const name in stamp) delete options.headers[name]
      beforeRedirect?.(options, ...details)
    }
    return adapter(sent).then(null, error => {
      failure = error
      if (failure?.response) return failure.response
      throw error
    })
  }
  try {
    response = await carry(
      exchange,
      {
        method: config.method!.toUpperCase(),
        url: href,
        replayable: !isReadOnce(data),
        callersHeader: name => headerOf(headers, name),
      },
      answers,
      attempt,
      ending?.signal,
      isLarge(data),
    )
    if (failure) throw failure
    return response
  } catch (error) {
    throw ending?.reason ?? error
  } finally {
    // The caller sees its own config: the one with the credentials is for the wire.
    for (const shown of [response, failure]) {
      if (!shown?.config) continue
      shown.config = config
      // In Node it holds the credentials as they were sent, and an error that is logged would show them.
      if (failure) Object.defineProperty(shown, 'request', { enumerable: false })
    }
    ending?.release(response)
  }
}

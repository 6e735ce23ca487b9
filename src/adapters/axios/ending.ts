import axios, { type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import { longestTime } from '../../session/options.ts'

/** What ends a call before its time, for its caller. */
export interface Ending {
  /** axios's signal, its cancel token and its timeout in one. */
  readonly signal: AbortSignal
  /** axios's error, once it has ended. React Native's signals would forget it. */
  reason?: unknown
  /** Whether an answer is coming in, as Node's adapter tells. */
  begun?: boolean
  /** Stops listening; to what ends a stream, when that is closed. */
  release(response?: AxiosResponse): void
}

/**
 * Takes out of the config to send what ends a call, for on the wire it lasts until it is cut.
 *
 * @param linger milliseconds that the call may last longer there than its timeout says
 * @returns null when nothing can end it
 */
export function endingOf(
  config: InternalAxiosRequestConfig,
  sent: InternalAxiosRequestConfig,
  adapter: AxiosAdapter,
  linger: number,
): Ending | null {
  const { signal, cancelToken } = config as typeof config & { signal?: AbortSignal }
  const timeout = Number(config.timeout)
  const timed = timeout > 0 && timeout <= longestTime
  if (!signal && !cancelToken && !timed) return null

  const caller = new AbortController()
  let timer: ReturnType<typeof setTimeout>
  const release = () => {
    cancelToken?.unsubscribe(end)
    signal?.removeEventListener('abort', cancel)
  }
  const ending: Ending = {
    signal: caller.signal,
    release(response) {
      clearTimeout(timer)
      const body = response?.data
      if (body?.once) body.once('close', release)
      // A web stream does not tell when it is closed. axios itself listens for as long.
      else if (!body?.getReader) release()
    },
  }
  const end = (reason: unknown) => {
    ending.reason ??= reason
    caller.abort()
  }
  const cancel = () => end(new axios.CanceledError(undefined, config))
  delete sent.cancelToken
  cancelToken?.subscribe(end)
  signal?.addEventListener('abort', cancel)
  if (signal?.aborted) cancel()

  const start = () => {
    timer = setTimeout(() => {
      // In Node a timeout is over with the headers, but not for an answer that stalls.
      if (ending.begun) {
        ending.begun = false
        start()
      } else {
        const message = config.timeoutErrorMessage || `timeout of ${timeout}ms exceeded`
        const code = config.transitional?.clarifyTimeoutError ? 'ETIMEDOUT' : 'ECONNABORTED'
        end(new axios.AxiosError(message, code, config))
      }
    }, timeout)
  }
  if (timed) {
    start()
    sent.timeout = Math.min(timeout + linger, longestTime)
    if ((adapter as { adapterName?: string }).adapterName === 'http') {
      // It is compared with each part of the body that comes. To listen to the progress would cost as much as the call.
      sent.maxContentLength = {
        valueOf() {
          ending.begun = true
          return config.maxContentLength
        },
      } as never
    }
  }

  return ending
}

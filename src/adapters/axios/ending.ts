import axios, { type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'

/** What ends a call before its time, for its caller. */
export interface Ending {
  /** axios's signal, its cancel token and its timeout in one. */
  readonly signal: AbortSignal
  /** axios's error, once it has ended. React Native's signals would forget it. */
  reason?: unknown
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
  const { signal, cancelToken, timeoutErrorMessage, transitional, onDownloadProgress } = config
  const timeout = Number(config.timeout)
  // Longer than that no timer runs.
  const timed = timeout > 0 && timeout < 2 ** 31
  if (!signal && !cancelToken && !timed) return null

  const caller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const stopTimer = () => clearTimeout(timer)
  const release = () => {
    cancelToken?.unsubscribe(end)
    signal?.removeEventListener?.('abort', cancel)
  }
  const ending: Ending = {
    signal: caller.signal,
    release(response) {
      stopTimer()
      if (response?.data?.once) response.data.once('close', release)
      else release()
    },
  }
  const end = (reason: unknown) => {
    ending.reason ??= reason
    caller.abort()
  }
  const cancel = () => end(new axios.CanceledError(undefined, config))
  delete sent.cancelToken
  cancelToken?.subscribe(end)
  signal?.addEventListener?.('abort', cancel)
  if (signal?.aborted) cancel()

  if (timed) {
    timer = setTimeout(() => {
      const message = timeoutErrorMessage || `timeout of ${timeout}ms exceeded`
      const code = transitional?.clarifyTimeoutError ? 'ETIMEDOUT' : 'ECONNABORTED'
      end(new axios.AxiosError(message, code, config))
    }, timeout)
    sent.timeout = timeout + linger
    // In Node a timeout is over with the headers; the first of the body tells that they are there.
    if ((adapter as { adapterName?: string }).adapterName === 'http') {
      sent.onDownloadProgress = event => {
        stopTimer()
        onDownloadProgress?.(event)
      }
    }
  }

  return ending
}

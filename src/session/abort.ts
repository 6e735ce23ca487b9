/** Why a signal was aborted. React Native's know nothing of it. */
export function reasonOf({ reason }: AbortSignal): unknown {
  return reason === undefined ? Object.assign(new Error('Aborted'), { name: 'AbortError' }) : reason
}

/** Calls what belongs to a response that nobody holds any more. */
export type Forgotten = FinalizationRegistry<() => void>

/**
 * Ends a call for its caller at once when the signal is aborted. On the wire it lives on until its headers
 * are there, for they may hold the only copy of the next token; then its body is cancelled.
 *
 * @param linger milliseconds that the headers are waited for after the abort; 0: the wire is cut at once
 * @param discard lets go of an answer that nobody will read
 * @param forgotten where a delivered response waits to be let go of, so that the signal can let go of it too
 * @param aborted called when it happens
 */
export function abortable<Answer extends object>(
  sending: Promise<Answer>,
  signal: AbortSignal,
  wire: AbortController,
  linger: number,
  discard: (answer: Answer) => void,
  forgotten: Forgotten | null,
  aborted: () => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout>
    const cut = cutter(signal, wire)
    const abort = () => {
      reject(reasonOf(signal))
      aborted()
      if (linger > 0) timer = setTimeout(cut, linger)
      else cut()
    }
    const stop = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
    signal.addEventListener('abort', abort)
    sending.then(
      answer => {
        stop()
        if (signal.aborted) discard(answer)
        else {
          signal.addEventListener('abort', cut)
          forgotten?.register(answer, forgetter(signal, cut))
        }
        resolve(answer)
      },
      error => {
        stop()
        reject(error)
      },
    )
  })
}

// Made apart from the promise and its answer, which they would otherwise keep alive.

function forgetter(signal: AbortSignal, cut: () => void): () => void {
  return () => signal.removeEventListener('abort', cut)
}

function cutter(signal: AbortSignal, wire: AbortController): () => void {
  return () => wire.abort(signal.reason)
}

/** Why a signal was aborted. React Native's know nothing of it. */
export function reasonOf({ reason }: AbortSignal): unknown {
  return reason === undefined ? Object.assign(new Error('Aborted'), { name: 'AbortError' }) : reason
}

/** Waits, unless the signal ends that first. */
export function unlessAborted(waiting: Promise<void>, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cut = () => reject(reasonOf(signal!))
    signal?.addEventListener('abort', cut)
    void waiting.then(() => {
      signal?.removeEventListener('abort', cut)
      resolve()
    })
  })
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
    const stop = () => {
      clearTimeout(timer)
      cut.first = null
    }
    cut.first = () => {
      cut.first = null
      reject(reasonOf(signal))
      aborted()
      if (linger > 0) timer = setTimeout(cut, linger)
      else cut()
    }
    signal.addEventListener('abort', cut)
    sending.then(
      answer => {
        stop()
        if (signal.aborted) discard(answer)
        // Of an answer that is read the body alone may be held.
        else forgotten?.register((answer as { body?: object }).body ?? answer, forgetter(signal, cut))
        resolve(answer)
      },
      error => {
        stop()
        signal.removeEventListener('abort', cut)
        reject(error)
      },
    )
  })
}

/** Cuts the wire. What is to be done first changes, for less than one listener in the place of another would cost. */
interface Cut {
  (): void
  first?: (() => void) | null
}

// Made apart from the promise and its answer, which they would otherwise keep alive.

function cutter(signal: AbortSignal, wire: AbortController): Cut {
  const cut: Cut = () => (cut.first ? cut.first() : wire.abort(signal.reason))
  return cut
}

function forgetter(signal: AbortSignal, cut: Cut): () => void {
  return () => signal.removeEventListener('abort', cut)
}

import { type HttpEvent, type HttpHandlerFn, type HttpRequest, HttpResponseBase } from '@angular/common/http'
import { untracked } from '@angular/core'
import { defer, filter, from, merge, mergeMap, Observable, of, retry, Subject, share, tap, timer } from 'rxjs'
import { isLarge } from '../../session/body.ts'
import type { Exchange, Next } from '../../session/exchange.ts'
import { foreign, responseTraits } from '../../session/transmit.ts'

/** Sends a request through the exchange. Each subscription is a request of its own, stamped when it begins. */
export function exchanged(
  exchange: Exchange,
  request: HttpRequest<unknown>,
  next: HttpHandlerFn,
  isOwn: (url: string) => boolean,
): Observable<HttpEvent<unknown>> {
  const { linger, wire } = exchange
  const withCredentials = request.withCredentials || wire.transport === 'cookie'

  function begin(): Observable<HttpEvent<unknown>> {
    const flight = exchange.begin({
      method: request.method,
      cache: request.cache,
      callersToken: wire.transport === 'headers' ? request.headers.get(wire.names['access-token']) : null,
    })
    if (!flight) return next(request.clone({ withCredentials }))

    const headersCame = new Subject<void>()
    let open = true
    let settled: unknown
    let verdict: Next | Promise<Next>

    const send = () => {
      open = true
      verdict = 'deliver'
      let { headers } = request
      // The caller's own headers stay as they are.
      for (const name in flight.headers) {
        if (!headers.has(name)) headers = headers.set(name, flight.headers[name]!)
      }
      return next(request.clone({ headers, withCredentials }))
    }

    /** An answer's headers come once or twice: with progress reports they are there before the answer. */
    const settle = (answer: unknown) => {
      if (answer instanceof HttpResponseBase && answer.status > 0 && answer.headers !== settled) {
        open = false
        settled = answer.headers
        const mine = answer.url === null || isOwn(answer.url)
        verdict = exchange.settle(flight, mine ? responseTraits(answer as never) : foreign)
        headersCame.next()
      }
      return verdict
    }

    return defer(send).pipe(
      tap({
        next: event => void settle(event),
        finalize: () => open && exchange.lose(flight),
      }),
      // Of a refused answer that may be replayed nothing is shown.
      filter(() => verdict === 'deliver'),
      retry({
        delay(error) {
          const verdict = settle(error)
          if (verdict === 'deliver') throw error
          return from(verdict as Promise<Next>).pipe(
            tap(next => {
              if (next === 'deliver') throw error
              exchange.again(flight)
            }),
          )
        },
      }),
      share({
        // Nobody listens any more: the wire is kept for the sake of the headers.
        resetOnRefCountZero: () =>
          open && linger > 0 && !isLarge(request.serializeBody()) ? merge(headersCame, timer(linger)) : of(0),
      }),
    )
  }

  return new Observable(subscriber =>
    untracked(() => {
      const loading = exchange.ready()
      const sending = loading === null ? begin() : from(loading).pipe(mergeMap(begin))
      return sending.subscribe(subscriber)
    }),
  )
}

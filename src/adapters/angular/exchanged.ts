import { type HttpEvent, type HttpHandlerFn, type HttpRequest, HttpResponseBase } from '@angular/common/http'
import { type NgZone, untracked } from '@angular/core'
import { defer, filter, Observable, of, retry, share, tap, timer } from 'rxjs'
import { isLarge } from '../../session/body.ts'
import type { Exchange, Next } from '../../session/exchange.ts'
import { foreignTraits, responseTraits } from '../../session/response.ts'

/** Sends a request through the exchange. Each subscription is a request of its own, stamped when it begins. */
export function exchanged(
  exchange: Exchange,
  request: HttpRequest<unknown>,
  next: HttpHandlerFn,
  url: string,
  ownUrl: (url: string) => string | null,
  zone: NgZone,
): Observable<HttpEvent<unknown>> {
  const { linger, wire } = exchange
  const plain = wire.transport === 'cookie' ? request.clone({ withCredentials: true }) : request

  /** The session's timers must not keep the application from being stable. */
  const outside = <T>(source: Observable<T>) =>
    new Observable<T>(subscriber => zone.runOutsideAngular(() => source.subscribe(subscriber)))

  return new Observable(subscriber => {
    function begin(): Observable<HttpEvent<unknown>> {
      const flight = zone.runOutsideAngular(() =>
        exchange.begin({
          method: request.method,
          url,
          cache: request.cache,
          callersHeader: name => request.headers.get(name),
        }),
      )
      if (!flight) return next(plain)

      let open = true
      let settled: unknown
      let verdict: Next | Promise<Next>

      const send = () => {
        open = true
        verdict = 'deliver'
        let { headers } = plain
        // The caller's own headers stay as they are.
        for (const name in flight.headers) {
          if (!headers.has(name)) headers = headers.set(name, flight.headers[name]!)
        }
        return next(plain.clone({ headers }))
      }

      /** An answer's headers come once or twice: with progress reports they are there before the answer. */
      const settle = (answer: unknown) => {
        if (answer instanceof HttpResponseBase && answer.status && answer.headers !== settled) {
          open = false
          settled = answer.headers
          // Without a URL it comes from an interceptor, or from a test.
          const from = answer.url === null ? url : ownUrl(answer.url)
          // Not every backend tells of redirects, but where an answer comes from.
          const traits = { ...responseTraits(answer as never), redirected: from !== url }
          verdict = exchange.settle(flight, from === null ? foreignTraits : traits)
          // It was kept on the wire for its headers only: this cuts it.
          if (subscriber.closed) throw answer
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
            if (verdict === 'deliver' || subscriber.closed) throw error
            return defer(() => verdict as Promise<Next>).pipe(
              tap(next => {
                if (next === 'deliver') throw error
                exchange.again(flight)
              }),
            )
          },
        }),
        share({
          // Who unsubscribes leaves it on the wire, for the sake of its headers.
          resetOnRefCountZero() {
            if (!open) return of(0)
            exchange.abort(flight)
            return linger && !isLarge(request.serializeBody()) ? outside(timer(linger)) : of(0)
          },
        }),
      )
    }

    untracked(() => {
      const start = () => defer(begin).subscribe(subscriber)
      const loading = exchange.ready()
      if (loading === null) start()
      else void loading.then(() => subscriber.closed || start())
    })
  })
}

// First: Angular's own classes are compiled as they are loaded.
import '@angular/compiler'
import {
  HttpClient,
  HttpErrorResponse,
  type HttpFeature,
  type HttpFeatureKind,
  provideHttpClient,
  withFetch,
  withInterceptors,
} from '@angular/common/http'
import { createApplication } from '@angular/platform-browser'
import { EMPTY, firstValueFrom, fromEvent, takeUntil, timeout } from 'rxjs'
import { sessionInterceptor } from '../../../src/adapters/angular.ts'
import { provideZoneless, xhr } from '../../support/angular.ts'
import type { Adapter } from '../adapter.ts'

export const angularXhr = angularBy('xhr', xhr, ['jsdom', 'Chromium'])
export const angularFetch = angularBy('fetch', () => [withFetch()], ['Chromium'])

function angularBy(
  transport: string,
  backend: () => HttpFeature<HttpFeatureKind>[],
  environments: Adapter['environments'],
): Adapter {
  return {
    name: `Angular ${transport}`,
    environments,
    connect(session) {
      const application = createApplication({
        providers: [
          provideZoneless(),
          provideHttpClient(...backend(), withInterceptors([sessionInterceptor(session)])),
        ],
      })
      return async ({ method = 'GET', url, headers = {}, json, form, signal, timeout: first }) => {
        const http = (await application).injector.get(HttpClient)
        const body = json ?? form
        const answer = http
          .request(method, url, { headers, body, observe: 'response', responseType: 'text' })
          .pipe(takeUntil(signal ? fromEvent(signal, 'abort') : EMPTY), timeout({ first: first ?? 60_000 }))
        try {
          return await firstValueFrom(answer)
        } catch (error) {
          if (!(error instanceof HttpErrorResponse) || error.status === 0) throw error
          return { status: error.status, body: error.error }
        }
      }
    },
    reasonOf(error) {
      const { name } = error as Error
      if (name === 'EmptyError') return 'aborted'
      if (name === 'TimeoutError') return 'timed out'
      return error instanceof HttpErrorResponse && error.status === 0 ? 'lost' : undefined
    },
  }
}

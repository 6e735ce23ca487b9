import '@angular/compiler'
import {
  HttpClient,
  type HttpFeature,
  type HttpFeatureKind,
  type HttpInterceptorFn,
  provideHttpClient,
  withFetch,
  withInterceptors,
} from '@angular/common/http'
import type { Provider } from '@angular/core'
import { TestBed } from '@angular/core/testing'
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing'
import { vi } from 'vitest'
import { sessionInterceptor } from '../../src/adapters/angular.ts'
import type { Session } from '../../src/index.ts'
import { signedIn, type World, type WorldOptions } from '../session/given.ts'
import { provideZoneless } from '../support/angular.ts'

TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting())

/** A request as HttpClient's fetch backend sent it. */
export interface Wired {
  readonly method: string
  readonly url: string
  readonly token: string | null
  readonly headers: Headers
  readonly credentials: RequestCredentials
  /** Whether it was really aborted. */
  readonly cut: boolean
}

export interface Client {
  readonly http: HttpClient
  readonly wired: Wired[]
}

export interface ClientOptions {
  /** The interceptors that run before ours, and those after it. */
  before?: HttpInterceptorFn[]
  after?: HttpInterceptorFn[]
  features?: HttpFeature<HttpFeatureKind>[]
  providers?: Provider[]
}

type Network = (request: Request) => Promise<Response>

/** An HttpClient with the session in it. */
export function clientOf(
  session: Session | undefined,
  network: Network,
  { before = [], after = [], features = [withFetch()], providers = [] }: ClientOptions = {},
): Client {
  const wired: Wired[] = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    const { signal, ...rest } = init ?? {}
    const request = new Request(new URL(String(input), document.baseURI), rest)
    const { method, url, headers, credentials } = request
    wired.push({
      method,
      url,
      headers,
      credentials,
      token: headers.get('access-token'),
      get cut() {
        return signal?.aborted === true
      },
    })
    return abortable(network(request), signal)
  }
  vi.stubGlobal('fetch', fetch)
  const interceptors = [...before, sessionInterceptor(session), ...after]
  TestBed.configureTestingModule({
    providers: [
      provideZoneless(),
      provideHttpClient(withInterceptors(interceptors), ...features),
      ...providers,
    ],
  })
  return { http: TestBed.inject(HttpClient), wired }
}

/** A session signed in as ada, long enough ago that the next request rotates, and an HttpClient with it. */
export async function signedInClient({
  network,
  ...options
}: WorldOptions & ClientOptions & { network?: Network } = {}): Promise<World & Client> {
  const { before, after, features, providers, ...worldOptions } = options
  const made = await signedIn(worldOptions)
  const { fetch } = made.server
  return { ...made, ...clientOf(made.session, network ?? (request => fetch(request)), options) }
}

function abortable(response: Promise<Response>, signal: AbortSignal | null | undefined): Promise<Response> {
  if (!signal) return response
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
  return Promise.race([response, aborted])
}

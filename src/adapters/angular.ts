import type { HttpInterceptorFn } from '@angular/common/http'
import {
  computed,
  DestroyRef,
  type FactoryProvider,
  InjectionToken,
  inject,
  NgZone,
  type Signal,
  signal,
} from '@angular/core'
import type { Session, Snapshot } from '../session/session.ts'
import { exchanged } from './angular/exchanged.ts'

/** A session whose status and user are signals too. */
export type SessionService<User = unknown> = Session<User> & {
  readonly status: Signal<Snapshot['status']>
  readonly user: Signal<User | null>
}

// The name is part of what Angular says when nothing is provided: "No provider found for ...".
const SESSION = /* @__PURE__ */ new InjectionToken<SessionService>('provideSession()')

/**
 * Lets HttpClient send its requests with the session's credentials, whatever its backend. Requests to other
 * origins pass untouched. Make it the last interceptor: it has to see the URL that is sent, and what comes back.
 *
 * @param session @default the one that {@link provideSession} provides
 * @example provideHttpClient(withInterceptors([logging, sessionInterceptor(session)]))
 */
export function sessionInterceptor(session?: Pick<Session, 'exchange' | 'own'>): HttpInterceptorFn {
  return (request, next) => {
    const { exchange, own } = session ?? injectSession()
    // HttpClient resolves against the page, not against baseUrl.
    const page = globalThis.document?.baseURI
    const ownUrl = (url: string) => {
      try {
        return own(new URL(url, page).href)
      } catch {
        // What is wrong with it is the backend's to say.
        return null
      }
    }
    const url = ownUrl(request.urlWithParams)
    // JSONP is a script, which carries no headers.
    return request.method === 'JSONP' || url === null
      ? next(request)
      : exchanged(exchange, request, next, url, ownUrl, inject(NgZone))
  }
}

/**
 * Provides the session that {@link injectSession}, {@link sessionGuard} and {@link sessionInterceptor} use.
 *
 * @param session the session, or a function that makes it. One that is made here is disposed with the injector;
 *   with server rendering that keeps each request's session apart
 * @example bootstrapApplication(App, { providers: [provideSession(session)] })
 */
export function provideSession<User>(session: Session<User> | (() => Session<User>)): FactoryProvider {
  return {
    provide: SESSION,
    useFactory() {
      const made = typeof session === 'function' ? session() : session
      const snapshot = signal(made.getSnapshot())
      const stop = made.subscribe(() => snapshot.set(made.getSnapshot()))
      inject(DestroyRef).onDestroy(made === session ? stop : made.dispose)
      return { ...made, status: computed(() => snapshot().status), user: computed(() => snapshot().user) }
    },
  }
}

/**
 * The provided session, with its status and its user as signals. Like `inject` it needs an injection context.
 *
 * @example
 * class Greeting {
 *   session = injectSession<User>()
 *   name = computed(() => this.session.user()?.name ?? 'stranger')
 * }
 */
export function injectSession<User = Record<string, unknown>>(): SessionService<User> {
  return inject(SESSION) as SessionService<User>
}

/**
 * A guard for routes (canActivate, canActivateChild, canMatch) that lets in who is signed in. It waits for the
 * first answer, so that a reload does not show the sign-in page for a moment.
 *
 * @example
 * const routes: Routes = [{ path: 'items', component: Items, canActivate: [sessionGuard] }]
 * @example
 * const orSignIn: CanActivateFn = async () => {
 *   const router = inject(Router)
 *   return (await sessionGuard()) || router.parseUrl('/sign-in')
 * }
 */
export async function sessionGuard(): Promise<boolean> {
  return (await injectSession().ready()).status === 'signed-in'
}

// First: Angular's own classes are compiled as they are loaded.
import '@angular/compiler'
import type { HttpInterceptorFn } from '@angular/common/http'
import { Injector, runInInjectionContext } from '@angular/core'
import { createSession } from 'token-handoff'
import { injectSession, provideSession, sessionInterceptor } from 'token-handoff/angular'

export async function run(): Promise<void> {
  const session = createSession<{ email: string }>({ baseUrl: 'https://api.example.com' })
  const injector = Injector.create({ providers: [provideSession(session)] })
  const { status, user } = runInInjectionContext(injector, () => injectSession<{ email: string }>())
  const shown: string = user()?.email.toUpperCase() ?? status()
  const interceptor: HttpInterceptorFn = sessionInterceptor(session)
  if (shown !== 'signed-out' || typeof interceptor !== 'function') throw new Error(shown)
  session.dispose()
}

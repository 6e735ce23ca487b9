import { inject } from '@angular/core'
import { type CanActivateFn, Router } from '@angular/router'
import { sessionGuard } from 'token-handoff/angular'

/** For `canActivate`: lets signed-in users through; others are sent to sign in, and come back with `from`. */
export const requireUser: CanActivateFn = async (_route, { url }) => {
  const router = inject(Router)
  return (await sessionGuard()) || router.createUrlTree(['/sign-in'], { queryParams: { from: url } })
}

import type { Router } from 'vue-router'
import { session } from './session.ts'

/** Lets signed-in users alone through to routes with `meta: { requiresUser: true }`. */
export function guardRoutes(router: Router) {
  router.beforeEach(async ({ meta, fullPath }) => {
    if (!meta.requiresUser) return true
    const { status } = await session.ready()
    return status === 'signed-in' || { path: '/sign-in', query: { from: fullPath } }
  })
  // Also when the session ends in another tab, or at the server.
  session.on('signed-out', () => {
    const { meta, fullPath } = router.currentRoute.value
    if (meta.requiresUser) void router.replace({ path: '/sign-in', query: { from: fullPath } })
  })
}

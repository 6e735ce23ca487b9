import { type HttpHandler, HttpResponse, http } from 'msw'
import type { MockServer } from './server.ts'

export interface HandlersOptions {
  /**
   * Everything at and below this URL is the server's, unknown paths too (they are 404). Default: whatever origin,
   * but only the paths that the server has routes for; the rest is left to other handlers.
   */
  readonly baseUrl?: string | URL
}

/**
 * Makes msw handlers that answer from the mock server. For msw 3 (and 2).
 *
 * @example
 * const server = createMockServer({ users: [{ email: 'a@example.com' }] })
 * setupServer(...handlers(server, { baseUrl: 'https://api.example.com' })).listen()
 */
export function handlers(
  server: Pick<MockServer, 'fetch' | 'handles'>,
  { baseUrl }: HandlersOptions = {},
): HttpHandler[] {
  const isOurs = baseUrl === undefined ? server.handles : below(new URL(baseUrl))
  return [
    http.all(
      ({ request }) => isOurs(request),
      async ({ request }) => {
        try {
          return await server.fetch(request)
        } catch {
          // Lost or aborted: to the caller it is a network failure.
          return HttpResponse.error()
        }
      },
    ),
  ]
}

function below(base: URL): (request: Request) => boolean {
  const path = base.pathname.replace(/\/$/, '')
  return ({ url }) => {
    const { origin, pathname } = new URL(url)
    return origin === base.origin && (pathname === path || pathname.startsWith(`${path}/`))
  }
}

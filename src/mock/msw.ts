import { type HttpHandler, HttpResponse, http } from 'msw'
import { type CorsOptions, corsHeaders, isPreflight, preflightHeaders } from './cors.ts'
import type { MockServer } from './server.ts'

/** CORS counts where it is enforced on mocked answers too: XMLHttpRequest in jsdom. */
export interface HandlersOptions extends CorsOptions {
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
export function handlers(server: MockServer, options: HandlersOptions = {}): HttpHandler[] {
  const isOurs = options.baseUrl === undefined ? isRouted(server) : isBelow(new URL(options.baseUrl))
  return [
    http.all(
      ({ request }) => isOurs(request),
      async ({ request }) => {
        const cors = corsHeaders(server, request.headers.get('origin'), options)
        if (isPreflight(request.method, request.headers))
          return new HttpResponse(null, {
            status: 204,
            headers: { ...cors, ...preflightHeaders(request.headers) },
          })
        try {
          const response = await server.fetch(request)
          for (const [name, value] of Object.entries(cors)) response.headers.set(name, value)
          return response
        } catch {
          // Lost or aborted: to the caller it is a network failure.
          return HttpResponse.error()
        }
      },
    ),
  ]
}

function isRouted(server: MockServer): (request: Request) => boolean {
  return request =>
    isPreflight(request.method, request.headers)
      ? server.handles(
          new Request(request.url, { method: request.headers.get('access-control-request-method')! }),
        )
      : server.handles(request)
}

function isBelow(base: URL): (request: Request) => boolean {
  const path = base.pathname.replace(/\/$/, '')
  return ({ url }) => {
    const { origin, pathname } = new URL(url)
    return origin === base.origin && (pathname === path || pathname.startsWith(`${path}/`))
  }
}

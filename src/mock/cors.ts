import type { MockServer } from './server.ts'

/** What the server says to pages of other origins. */
export interface CorsOptions {
  /** The origins that may read the answers. Default: '*', every origin. */
  readonly origins?: '*' | readonly string[]
  /**
   * Names the credential headers in Access-Control-Expose-Headers. With `false` the server forgets it, which is the
   * commonest mistake: another origin's page then sees none of them. Default: true.
   */
  readonly exposeHeaders?: boolean
}

type Named = Pick<MockServer, 'headersNames' | 'cookieEnabled'>

/** What an answer says about who may read it. */
export function corsHeaders(
  server: Named,
  origin: string | null,
  { origins = '*', exposeHeaders = true }: CorsOptions,
): Record<string, string> {
  if (origin === null || (origins !== '*' && !origins.includes(origin))) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    ...(server.cookieEnabled ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(exposeHeaders
      ? { 'access-control-expose-headers': Object.values(server.headersNames).join(', ') }
      : {}),
  }
}

/** The browser's question before a request that is not simple. */
export function isPreflight(method: string, headers: Headers): boolean {
  return method === 'OPTIONS' && headers.has('access-control-request-method')
}

/** The answer to a preflight, besides `corsHeaders`: every method and every header. */
export function preflightHeaders(headers: Headers): Record<string, string> {
  return {
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    'access-control-allow-headers': headers.get('access-control-request-headers') ?? '',
    'access-control-max-age': '7200',
  }
}

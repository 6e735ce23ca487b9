/** An answer before the credentials are added. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: string | Uint8Array<ArrayBuffer> | null
}

export function json(status: number, body: unknown): Reply {
  return {
    status,
    headers: new Headers({ 'content-type': 'application/json; charset=utf-8' }),
    body: JSON.stringify(body),
  }
}

/** The gem's shape of an error. */
export function failure(status: number, message: string, more: object = {}): Reply {
  return json(status, { success: false, errors: [message], ...more })
}

/** The framework's shape: no route, a row that is gone, an exception, a body that cannot be read. */
export function frameworkError(status: 400 | 404 | 500): Reply {
  const error = { 400: 'Bad Request', 404: 'Not Found', 500: 'Internal Server Error' }[status]
  return json(status, { status, error })
}

/** What authenticate_user! renders. */
export function unauthenticated(): Reply {
  return json(401, { errors: ['You need to sign in or sign up before continuing.'] })
}

export function html(body: string): Reply {
  return { status: 200, headers: new Headers({ 'content-type': 'text/html; charset=utf-8' }), body }
}

export function redirect(location: string, status = 302): Reply {
  const link = location.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  return {
    status,
    headers: new Headers({ 'content-type': 'text/html; charset=utf-8', location }),
    body: `<html><body>You are being <a href="${link}">redirected</a>.</body></html>`,
  }
}

/** An answer that an application's handler made. */
export async function fromResponse(response: Response): Promise<Reply> {
  const body = response.body === null ? null : new Uint8Array(await response.arrayBuffer())
  return { status: response.status, headers: new Headers(response.headers), body }
}

const WITHOUT_BODY = new Set([204, 205, 304])

export function toResponse(reply: Reply, method: string): Response {
  const body = method === 'HEAD' || WITHOUT_BODY.has(reply.status) ? null : reply.body
  return new Response(body, { status: reply.status, headers: reply.headers })
}

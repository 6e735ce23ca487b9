import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MockServer } from './server.ts'

export interface ListenOptions {
  /** Default: 0, a free port. */
  readonly port?: number
  /** Default: '127.0.0.1'. */
  readonly host?: string
  /** The origins that may read the answers. Default: '*', every origin. */
  readonly origins?: '*' | readonly string[]
  /**
   * Names the credential headers in Access-Control-Expose-Headers. With `false` the server forgets it, which is the
   * commonest mistake: another origin's page then sees none of them. Default: true.
   */
  readonly exposeHeaders?: boolean
}

export interface Listening {
  /** Without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Stops listening and drops the connections that are open. */
  close(): Promise<void>
}

/**
 * Serves the mock server over HTTP, with CORS, so that a browser or another program can talk to it.
 *
 * A lost answer breaks the connection. A client that goes away does not stop the server.
 *
 * @throws what `listen` of node:http reports, a port in use (EADDRINUSE) for one.
 * @example
 * const { url, close } = await listen(createMockServer(), { origins: ['http://localhost:5173'] })
 */
export async function listen(
  server: MockServer,
  { port = 0, host = '127.0.0.1', origins = '*', exposeHeaders = true }: ListenOptions = {},
): Promise<Listening> {
  const front = createServer((incoming, outgoing) => {
    allowOrigin(incoming, outgoing, server, origins)
    if (isPreflight(incoming)) return answerPreflight(incoming, outgoing)
    if (exposeHeaders)
      outgoing.setHeader('access-control-expose-headers', Object.values(server.headersNames).join(', '))
    forward(server, incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    front.once('error', reject)
    front.listen(port, host, resolve)
  })
  const bound = (front.address() as AddressInfo).port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve, reject) => {
        front.close(error => (error === undefined ? resolve() : reject(error)))
        front.closeAllConnections()
      }),
  }
}

function allowOrigin(
  { headers: { origin } }: IncomingMessage,
  outgoing: ServerResponse,
  server: MockServer,
  origins: '*' | readonly string[],
): void {
  outgoing.setHeader('vary', 'Origin')
  if (origin === undefined || (origins !== '*' && !origins.includes(origin))) return
  outgoing.setHeader('access-control-allow-origin', origin)
  if (server.cookieEnabled) outgoing.setHeader('access-control-allow-credentials', 'true')
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}

function answerPreflight({ headers }: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.setHeader('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS')
  const wanted = headers['access-control-request-headers']
  if (wanted !== undefined) outgoing.setHeader('access-control-allow-headers', wanted)
  outgoing.setHeader('access-control-max-age', '7200')
  outgoing.writeHead(204).end()
}

async function forward(
  server: MockServer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const response = await server.fetch(await readRequest(incoming))
  const body = new Uint8Array(await response.arrayBuffer())
  // A Response trims the one space of a blank header; on the wire it is there.
  for (const [name, value] of response.headers)
    if (name !== 'set-cookie') outgoing.setHeader(name, value === '' ? ' ' : value)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies)
  outgoing.writeHead(response.status).end(body)
}

async function readRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const { method = 'GET', url = '/', headers, rawHeaders } = incoming
  const given = new Headers()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (!isOfTheConnection(name)) given.append(name, rawHeaders[index + 1]!)
  }
  const takesBody = method !== 'GET' && method !== 'HEAD' && chunks.length > 0
  return new Request(new URL(url, `http://${headers.host ?? 'localhost'}`), {
    method,
    headers: given,
    body: takesBody ? Buffer.concat(chunks) : null,
  })
}

function isOfTheConnection(name: string): boolean {
  return ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect', 'te'].includes(
    name.toLowerCase(),
  )
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CorsOptions, corsHeaders, isPreflight, preflightHeaders } from './cors.ts'
import type { MockServer } from './server.ts'

/** Where the server listens, and what its answers say to browsers. */
export interface ListenOptions extends CorsOptions {
  /** Default: 0, a free port. */
  readonly port?: number
  /** Default: '127.0.0.1'. */
  readonly host?: string
}

/** A server that listens. */
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
  { port = 0, host = '127.0.0.1', ...cors }: ListenOptions = {},
): Promise<Listening> {
  const front = createServer((incoming, outgoing) => {
    forward(server, cors, incoming, outgoing).catch(() => outgoing.destroy())
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

async function forward(
  server: MockServer,
  cors: CorsOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming)
  const allowed = corsHeaders(server, request.headers.get('origin'), cors)
  for (const [name, value] of Object.entries(allowed)) outgoing.setHeader(name, value)
  if (isPreflight(request.method, request.headers)) {
    outgoing.writeHead(204, preflightHeaders(request.headers)).end()
    return
  }
  const response = await server.fetch(request)
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
  const { method = 'GET', url = '/', headers: known, rawHeaders } = incoming
  const headers = new Headers()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (!isOfTheConnection(name)) headers.append(name, rawHeaders[index + 1]!)
  }
  const takesBody = method !== 'GET' && method !== 'HEAD' && chunks.length > 0
  return new Request(new URL(url, `http://${known.host ?? 'localhost'}`), {
    method,
    headers,
    body: takesBody ? Buffer.concat(chunks) : null,
  })
}

function isOfTheConnection(name: string): boolean {
  return ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect', 'te'].includes(
    name.toLowerCase(),
  )
}

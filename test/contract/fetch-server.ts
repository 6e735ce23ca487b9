import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface FetchServer {
  readonly url: string
  close(): Promise<void>
}

const credentials = { client: 'client', uid: 'ann@example.com', 'token-type': 'Bearer' }

/** What the cases of the platform's fetch are played with: it tells what it got, moves, breaks off, keeps waiting. */
export async function startFetchServer(): Promise<FetchServer> {
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method, headers } = incoming
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://server')
  const [, route, parameter] = pathname.split('/')
  for (const [name, value] of Object.entries(allowed(headers))) outgoing.setHeader(name, value)
  if (method === 'OPTIONS') return void outgoing.writeHead(204).end()

  const body = await text(incoming)
  // As in a batch: the session's credentials stay what they are.
  const token =
    pathname === '/auth/sign_in' ? { 'access-token': 'one', expiry: '1900000000' } : { 'access-token': ' ' }
  for (const [name, value] of Object.entries({ ...credentials, ...token })) outgoing.setHeader(name, value)
  const reply = (status: number, content: string | null, more: Record<string, string> = {}) =>
    outgoing.writeHead(status, more).end(content)

  if (route === 'status') return void reply(Number(parameter), null)
  if (route === 'moved')
    return void reply(Number(parameter), null, { location: searchParams.get('to') ?? '/echo' })
  if (route === 'loop') return void reply(302, null, { location: '/loop' })
  if (route === 'cookie') return void reply(204, null, { 'set-cookie': 'seen=yes; path=/' })
  if (route === 'broken') return void incoming.socket.destroy()
  if (route === 'slow') return
  if (route === 'endless') {
    outgoing.writeHead(200).write('first')
    return
  }
  const { 'content-type': type = null, 'x-own': own = null, cookie = null, accept = null } = headers
  reply(
    200,
    JSON.stringify({
      method,
      type: type?.replace(/boundary=.*/, 'boundary') ?? null,
      own,
      cookie,
      accept,
      body,
    }),
    {
      'content-type': 'application/json',
    },
  )
}

function allowed({ origin, ...headers }: IncomingMessage['headers']): Record<string, string> {
  if (origin === undefined) return {}
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, patch, DELETE',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
    'access-control-expose-headers': 'access-token, client, uid, expiry, location',
  }
}

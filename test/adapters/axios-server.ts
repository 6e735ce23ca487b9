import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import axios, { type AxiosError } from 'axios'
import { afterEach, expect } from 'vitest'
import { attachSession } from '../../src/adapters/axios.ts'
import { createSession, memoryStorage, type SessionOptions } from '../../src/index.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
})

export type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown

/** A server whose every byte is the test's, and what arrives at it. */
export async function serve(handler: Handler) {
  const arrived: IncomingMessage[] = []
  const server = createServer((incoming, outgoing) => {
    arrived.push(incoming)
    void handler(incoming, outgoing)
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, arrived }
}

export const credentials = (token: string) => ({
  'access-token': token,
  client: 'client',
  uid: 'ann@example.com',
  expiry: '1900000000',
  'token-type': 'Bearer',
})

/** A session that is signed in with token 'one' at such a server, and axios in Node. */
export async function signedIn(
  handler: Handler,
  adapter: 'http' | 'fetch' = 'http',
  options: Partial<SessionOptions> = {},
) {
  const { url, arrived } = await serve((incoming, outgoing) => {
    if (incoming.url !== '/auth/sign_in') return handler(incoming, outgoing)
    outgoing.writeHead(200, { ...credentials('one'), 'content-type': 'application/json' }).end('{"data":{}}')
  })
  const session = createSession({
    baseUrl: url,
    storage: memoryStorage(),
    recovery: { path: false },
    patience: 0,
    ...options,
  })
  await session.signIn({})
  arrived.length = 0
  const api = axios.create({ baseURL: url, adapter })
  attachSession(api, session)
  return { api, arrived, session, tokens: () => arrived.map(({ headers }) => headers['access-token']) }
}

export const errorOf = (call: Promise<unknown>): Promise<AxiosError> =>
  call.then(
    () => expect.fail('answered'),
    error => error,
  )

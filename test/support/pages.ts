import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { isScript, serveScript } from './library.ts'

/** Answers every method of a path; fetch-style, so that a mock server's `fetch` fits as it is. */
export type Handler = (request: Request) => Response | Promise<Response>

/** HTML or a handler for each exact path; `*` is for the paths that have none. */
export type Pages = Readonly<Record<string, string | Handler>>

export interface Site {
  /** `http://127.0.0.1:<port>`. Two sites are two origins, but share their cookies, which ignore the port. */
  readonly origin: string
  close(): Promise<void>
}

export const BLANK_PAGE = '<!doctype html><meta charset="utf-8"><title>blank</title>'

/**
 * Serves pages on a free port of 127.0.0.1, and the built library under `/dist/`.
 *
 * @param pages added to a blank page at `/`
 */
export async function servePages(pages: Pages = {}): Promise<Site> {
  const all: Pages = { '/': BLANK_PAGE, ...pages }
  const server = createServer((incoming, outgoing) => {
    answer(all, incoming, outgoing).catch(error => {
      if (!outgoing.headersSent) outgoing.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })
      outgoing.end(`The test's handler failed: ${error}`)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(pages: Pages, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const request = toRequest(incoming)
  const response = await respond(pages, request)
  outgoing.writeHead(response.status, [...response.headers].flat())
  outgoing.end(new Uint8Array(await response.arrayBuffer()))
}

async function respond(pages: Pages, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const page = pages[pathname] ?? (isScript(pathname) ? () => serveScript(pathname) : pages['*'])
  if (page === undefined) return new Response(`This site has no ${pathname}`, { status: 404 })
  if (typeof page === 'function') return page(request)
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

function toRequest(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', headers } = incoming
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(new URL(url, `http://${headers.host}`), {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' }),
  })
}

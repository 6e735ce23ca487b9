import type { Reply } from './reply.ts'

/** Conditional requests as Rack answers them: an ETag of the body on 200 and 201, and 304 where it is known. */
export function conditional(reply: Reply, method: string, ifNoneMatch: string | null): Reply {
  if ((reply.status !== 200 && reply.status !== 201) || reply.body === null) return reply
  const headers = new Headers(reply.headers)
  if (!headers.has('etag') && !headers.has('last-modified') && headers.get('cache-control') !== 'no-store')
    headers.set('etag', `W/"${digest(reply.body)}"`)
  if (!headers.has('cache-control')) headers.set('cache-control', 'max-age=0, private, must-revalidate')

  const isRead = method === 'GET' || method === 'HEAD'
  if (!isRead || reply.status !== 200 || ifNoneMatch === null || ifNoneMatch !== headers.get('etag'))
    return { ...reply, headers }
  headers.delete('content-type')
  headers.delete('content-length')
  return { status: 304, headers, body: null }
}

/** FNV-1a in two halves: told apart is all that bodies must be. */
function digest(body: string | Uint8Array): string {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  let low = 0x811c9dc5
  let high = 0x01234567
  for (const byte of bytes) {
    low = Math.imul(low ^ byte, 0x01000193)
    high = Math.imul(high ^ byte, 0x01000193) + 1
  }
  return [low, high].map(half => (half >>> 0).toString(16).padStart(8, '0')).join('')
}

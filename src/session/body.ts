/** Beyond this many bytes an upload is not kept on the wire after its caller has given it up. */
const largeBody = 65_536

/** A stream, or anything that is iterated while it is sent: the second sending would find it empty. */
export function isReadOnce(body: unknown): boolean {
  return body instanceof Object && ('getReader' in body || 'pipe' in body || Symbol.asyncIterator in body)
}

/** Whether a body is too large to be sent for its answer's headers alone; a form's size nobody knows. */
export function isLarge(body: unknown): boolean {
  const { size, byteLength, length = 0 } = (body ?? '') as Record<string, number>
  return body instanceof FormData || isReadOnce(body) || (size ?? byteLength ?? length) > largeBody
}

import ky, { isHTTPError, isTimeoutError, type Options } from 'ky'
import { withSession } from '../../../src/adapters/ky.ts'
import type { Adapter } from '../adapter.ts'

export const kyAdapter: Adapter = {
  name: 'ky',
  environments: ['Node', 'Chromium'],
  connect(session) {
    const client = ky.create({ retry: 0, ...withSession(session) })
    return async ({ url, form, stream, ...options }) => {
      const body = form ?? (stream as ReadableStream | undefined)
      try {
        const response = await client(url, { ...options, ...(body && { body }) } as Options)
        return { status: response.status, body: await response.text() }
      } catch (error) {
        if (!isHTTPError(error)) throw error
        return { status: error.response.status, body: error.data }
      }
    }
  },
  reasonOf(error) {
    const { name } = error as Error
    if (isTimeoutError(error)) return 'timed out'
    return name === 'AbortError' ? 'aborted' : name === 'NetworkError' ? 'lost' : undefined
  },
  stream: {
    environments: ['Node'],
    replayed: true,
    from: text => new Blob([text]).stream(),
  },
}

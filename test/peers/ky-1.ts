import ky, { HTTPError, type Options, TimeoutError } from 'ky'
import { withSession } from '../../src/adapters/ky.ts'
import type { Adapter } from '../contract/adapter.ts'

/** ky 1 reads no errors' bodies, and has no error of its own for a loss. */
export const ky1: Adapter = {
  name: 'ky 1',
  environments: ['Node'],
  connect(session) {
    const client = ky.create({ retry: 0, ...withSession(session) })
    return async ({ url, form, stream, ...options }) => {
      const body = form ?? (stream as ReadableStream | undefined)
      try {
        const response = await client(url, { ...options, ...(body && { body }) } as Options)
        return { status: response.status, body: await response.text() }
      } catch (error) {
        if (!(error instanceof HTTPError)) throw error
        return { status: error.response.status, body: await error.response.text() }
      }
    }
  },
  reasonOf(error) {
    const { name } = error as Error
    if (error instanceof TimeoutError) return 'timed out'
    return name === 'AbortError' ? 'aborted' : name === 'TypeError' ? 'lost' : undefined
  },
  stream: {
    environments: ['Node'],
    replayed: true,
    from: text => new Blob([text]).stream(),
  },
}

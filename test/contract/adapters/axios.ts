import axios, { type AxiosResponse } from 'axios'
import { attachSession } from '../../../src/adapters/axios.ts'
import type { Adapter } from '../adapter.ts'

export const axiosXhr: Adapter = axiosBy('xhr', ['jsdom', 'Chromium'])

export const axiosHttp: Adapter = {
  ...axiosBy('http', ['Node']),
  stream: {
    environments: ['Node'],
    replayed: false,
    from: text => process.getBuiltinModule('node:stream').Readable.from([text]),
  },
}

export const axiosFetch: Adapter = {
  ...axiosBy('fetch', ['Node', 'Chromium']),
  blindToRedirects: true,
  stream: {
    environments: ['Node'],
    replayed: false,
    from: text => new Blob([text]).stream(),
  },
}

function axiosBy(transport: 'xhr' | 'http' | 'fetch', environments: Adapter['environments']): Adapter {
  return {
    name: `axios ${transport}`,
    environments,
    connect(session) {
      const client = axios.create({ adapter: transport })
      attachSession(client, session)
      return async ({ json, form, stream, ...options }) => {
        // As postForm does.
        const headers = { ...options.headers, ...(form && { 'Content-Type': 'multipart/form-data' }) }
        try {
          return answerOf(await client.request({ ...options, headers, data: json ?? form ?? stream }))
        } catch (error) {
          if (!axios.isAxiosError(error) || !error.response) throw error
          return answerOf(error.response)
        }
      }
    },
    reasonOf(error) {
      if (axios.isCancel(error)) return 'aborted'
      const code = axios.isAxiosError(error) ? error.code : undefined
      if (code === 'ECONNABORTED') return 'timed out'
      return code === 'ERR_NETWORK' || code === 'ECONNRESET' ? 'lost' : undefined
    },
  }
}

function answerOf({ status, data }: AxiosResponse) {
  return { status, body: data }
}

import type { Adapter } from '../adapter.ts'

export const fetchAdapter: Adapter = {
  name: 'fetch',
  environments: ['Node', 'Chromium'],
  connect:
    session =>
    async ({ method = 'GET', url, headers = {}, json, form, stream, signal, timeout }) => {
      const signals = [signal, timeout && AbortSignal.timeout(timeout)].filter(given => !!given)
      const response = await session.fetch(url, {
        method,
        headers: json === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        body: form ?? (stream as ReadableStream) ?? (json === undefined ? null : JSON.stringify(json)),
        ...(stream !== undefined && { duplex: 'half' }),
        signal: signals.length > 0 ? AbortSignal.any(signals) : null,
      })
      return { status: response.status, body: await response.text() }
    },
  reasonOf(error) {
    const { name } = error as Error
    return name === 'AbortError'
      ? 'aborted'
      : name === 'TimeoutError'
        ? 'timed out'
        : name === 'TypeError'
          ? 'lost'
          : undefined
  },
  stream: {
    environments: ['Node'],
    replayed: false,
    from: text => new Blob([text]).stream(),
  },
}

import { createSession, memoryStorage } from '../../src/index.ts'
import type { FetchCase } from './fetch-cases.ts'

/** Plays a case with the platform's own fetch, of which it must be true, or with that of a session. */
export async function playFetchCase(
  run: FetchCase['run'],
  which: 'the platform' | 'the session',
  url: string,
): Promise<void> {
  const elsewhere = url.replace('127.0.0.1', 'localhost')
  if (which === 'the platform') return run({ fetch: (...call) => globalThis.fetch(...call), url, elsewhere })
  const session = createSession({ baseUrl: url, storage: memoryStorage(), recovery: { path: false } })
  await session.signIn({})
  try {
    await run({ fetch: session.fetch, url, elsewhere })
  } finally {
    session.dispose()
  }
}

import { parentPort } from 'node:worker_threads'
import type { Configuration } from './configuration.ts'
import { type Limits, search } from './search.ts'

/** One core's share of the work: a configuration in, its result out. */
parentPort?.on('message', ({ configuration, limits }: { configuration: Configuration; limits: Limits }) => {
  const { found, ...result } = search(configuration, limits)
  const plain = found.map(({ violation: { promise, message }, schedule }) => ({ promise, message, schedule }))
  parentPort?.postMessage({ ...result, found: plain })
})

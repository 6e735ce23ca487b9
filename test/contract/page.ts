import { adapters } from './adapters.ts'
import type { Api } from './api.ts'
import { cases } from './cases.ts'
import { play } from './scene.ts'

/** Which servers, of those that the test has started for its cases. */
export interface ApiReference {
  readonly number: number
  readonly url: string
  readonly elsewhere: string
}

declare global {
  interface Window {
    /** The test's: does something to the servers. */
    control(api: number, method: string, parameters: unknown[]): Promise<unknown>
    playCase(adapter: string, name: string, api: ApiReference): Promise<void>
  }
}

window.playCase = (adapterName, caseName, reference) => {
  const adapter = adapters.find(({ name }) => name === adapterName)!
  const { run } = cases.find(({ name }) => name === caseName)!
  return play(run, adapter, remote(reference))
}

function remote({ number, ...addresses }: ApiReference): Api {
  return new Proxy(addresses as Api, {
    get: (target, name: string) =>
      target[name as 'url'] ?? ((...parameters: unknown[]) => window.control(number, name, parameters)),
  })
}

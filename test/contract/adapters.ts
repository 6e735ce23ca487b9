import type { Adapter } from './adapter.ts'
import { angularFetch, angularXhr } from './adapters/angular.ts'
import { axiosFetch, axiosHttp, axiosXhr } from './adapters/axios.ts'
import { fetchAdapter } from './adapters/fetch.ts'
import { kyAdapter } from './adapters/ky.ts'

/** The rows of the contract: whoever adds an adapter adds it here. */
export const adapters: readonly Adapter[] = [
  fetchAdapter,
  axiosXhr,
  axiosHttp,
  axiosFetch,
  kyAdapter,
  angularXhr,
  angularFetch,
]

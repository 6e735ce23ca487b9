export {
  angularToken,
  jToker,
  ngTokenAuth,
  type OldClientOptions,
  reduxAuth,
  reduxTokenAuth,
  vanillaTokenAuth,
  vueAuth,
} from './old-clients.ts'
export type { OldClient, OldCredentials } from './old-credentials.ts'
export { type TakeOverOptions, takeOver } from './take-over.ts'

export type { Mail } from './call.ts'
export { type Clock, type ManualClock, manualClock } from './clock.ts'
export type { CorsOptions } from './cors.ts'
export type { ServerEvent, ServerListener } from './events.ts'
export type { FaultOptions, Hold, Match } from './faults.ts'
export type { InspectedUser, Inspection, PendingRequest } from './inspect.ts'
export type {
  CookieAttributes,
  HeadersNames,
  Latency,
  MockServerOptions,
  ModelOptions,
  OmniauthAnswer,
  SeedUser,
  ServerSettings,
} from './options.ts'
export type {
  ApplicationRoute,
  Handler,
  HandlerContext,
  RequestUser,
  Routes,
} from './routes/application.ts'
export { createMockServer, type MockServer } from './server.ts'

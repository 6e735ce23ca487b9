export {
  type IncomingRequest,
  type RequestSession,
  type RequestSessionOptions,
  requestSession,
} from './request-session.ts'

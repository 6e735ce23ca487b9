import { bare, type Call, type Outcome, userData } from '../call.ts'
import { failure, json } from '../reply.ts'

/** GET /validate_token. */
export function validateToken({ user, session }: Call): Outcome {
  if (user === null) return bare(failure(401, 'Invalid login credentials'))
  return { reply: json(200, { success: true, data: userData(user) }), session }
}

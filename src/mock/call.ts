import type { Settings } from './options.ts'
import type { Parameters } from './parameters.ts'
import type { Reply } from './reply.ts'
import type { Clients, Mint } from './rules.ts'
import type { Model, User } from './users.ts'

/** The sign-in that an answer's credentials belong to. */
export interface Session {
  readonly userId: number
  readonly client: string
  /** The token that was sent, or that was issued just now. */
  readonly token: string
}

/** A mail that the server sent. */
export interface Mail {
  readonly kind: 'reset_password' | 'confirmation'
  readonly to: string
  /** What the link carries as reset_password_token or confirmation_token. */
  readonly token: string
  /** The link's path with its query, to be fetched from the server. */
  readonly path: string
}

/** What a route's action works with. */
export interface Call {
  readonly settings: Settings
  readonly model: Model
  readonly parameters: Parameters
  readonly headers: Headers
  /** Milliseconds, as the action runs. */
  readonly now: number
  readonly mint: Mint
  readonly sendMail: (mail: Mail) => void
  /** Who signed in, if the route asks and the credentials are good. */
  readonly session: Session | null
  readonly user: User | null
}

/** What an action answers, and whose credentials the answer carries. Null: none at all. */
export interface Outcome {
  readonly reply: Reply
  readonly session: Session | null
}

export interface Route {
  readonly model: Model
  /** `protected` answers 401 by itself; `optional` leaves it to the action; `public` never asks. */
  readonly access: 'protected' | 'optional' | 'public'
  /** Named parts of the path. */
  readonly path: Readonly<Record<string, string>>
  readonly act: (call: Call, request: () => Request) => Outcome | Promise<Outcome>
}

/** The answer carries no credentials. */
export function bare(reply: Reply): Outcome {
  return { reply, session: null }
}

/** The user's row as JSON: what the server leaves out is secret. */
export function userData(user: User): Record<string, unknown> {
  const { id, provider, uid, email, name, nickname, image, allowPasswordChange } = user
  return {
    id,
    provider,
    uid,
    allow_password_change: allowPasswordChange,
    name,
    nickname,
    image,
    email,
  }
}

/** The same with the timestamps: sign-up and updates. */
export function userDataWithTimes(user: User): Record<string, unknown> {
  return {
    ...userData(user),
    created_at: new Date(user.createdAt).toISOString(),
    updated_at: new Date(user.updatedAt).toISOString(),
  }
}

/** Saves the user with these sign-ins. */
export function saveClients({ model, now }: Pick<Call, 'model' | 'now'>, user: User, clients: Clients): User {
  return model.users.save({ ...user, clients }, now)
}

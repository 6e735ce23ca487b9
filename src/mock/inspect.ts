import type { World } from './application-server.ts'
import type { Mail } from './call.ts'
import type { ClientEntry } from './rules.ts'
import type { Model } from './users.ts'

/** What the server keeps, for a test to look at. The tokens are real. */
export interface Inspection {
  /** Milliseconds since the epoch, by the server's clock. */
  readonly now: number
  readonly users: readonly InspectedUser[]
  /** Every mail so far, the latest last. */
  readonly mails: readonly Mail[]
  /** Requests that have arrived and are not answered yet. */
  readonly pending: readonly PendingRequest[]
}

/** A user as the server keeps it. */
export interface InspectedUser {
  readonly model: string
  readonly id: number
  readonly uid: string
  readonly email: string
  readonly confirmed: boolean
  /** By client id. */
  readonly clients: Readonly<Record<string, Omit<ClientEntry, 'client'>>>
}

/** A request that is not answered yet. */
export interface PendingRequest {
  readonly request: number
  readonly method: string
  readonly path: string
}

export function inspectWorld(world: World, pending: Iterable<PendingRequest>): Inspection {
  return {
    now: world.clock.now(),
    users: [...world.models.values()].flatMap(inspectModel),
    mails: [...world.mails],
    pending: [...pending],
  }
}

function inspectModel(model: Model): InspectedUser[] {
  return model.users.all().map(({ id, uid, email, confirmed, clients }) => ({
    model: model.name,
    id,
    uid,
    email,
    confirmed,
    clients: Object.fromEntries(clients.map(({ client, ...entry }) => [client, entry])),
  }))
}

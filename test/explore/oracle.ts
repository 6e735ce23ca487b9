import { accepts, bit, type Flight, type Seen, type Setting, unseen, type World } from './world.ts'

/**
 * What became of a session that no client could go on with.
 *
 * - `unavoidable`: the server's rules left no way out. A loss was heard of too late, or one followed another.
 * - `timing`: a client that asked for a recovery as soon as it heard of the loss would have kept it.
 * - `orphaned`: a request that had been given up went on in the server, and rotated after the client had made
 *   sure of its token. Only asking again and again would have helped.
 * - `hedging`: a client that sent a second request beside the silent one in time would have kept it, if
 *   that one had got through.
 * - `expired`: the session's own time was over.
 * - `revived`: all tokens had been refused, when a request that was lost long ago opened the buffer again for
 *   one of them. No client could know.
 * - `ended`: the user had signed out elsewhere. Nothing is lost.
 */
export type Loss = 'unavoidable' | 'orphaned' | 'timing' | 'hedging' | 'expired' | 'revived' | 'ended'

/** Whether the server would accept a token that this client has received. */
export function canBeSaved(world: World, setting: Setting, client: string): boolean {
  const entry = world.clients.find(entry => entry.client === client)
  if (!entry || !world.seen.uids.includes(world.uids[client]!)) return false
  return [entry.token, entry.previous, entry.last].some(
    token => token !== null && isReceived(world, token) && accepts(world, setting, client, token),
  )
}

/** The server has rotated beyond all that this client has received. */
export function isBehind(world: World, client: string): boolean {
  const entry = world.clients.find(entry => entry.client === client)
  return entry !== undefined && !isReceived(world, entry.token)
}

export function lossOf({ seen, clients, now }: World, client: string): Loss {
  const entry = clients.find(entry => entry.client === client)
  if (!entry) return 'ended'
  if (entry.expiry * 1000 <= now) return 'expired'
  if (seen.revived) return 'revived'
  if (seen.orphaned) return 'orphaned'
  return seen.waitedWarned ? 'timing' : seen.waitedSilent ? 'hedging' : 'unavoidable'
}

/** Remembers what a client could have known and done in the time that passes now. */
export function noteWait(world: World, setting: Setting): void {
  const client = clientOf(world)
  if (client === null || !isBehind(world, client) || !canBeSaved(world, setting, client)) return
  const own = world.flights.filter(({ ticket }) => ticket?.client === client)
  if (own.some(({ kind }) => kind === 'recovery')) return
  if (world.seen.warned) world.seen = { ...world.seen, waitedWarned: true }
  else if (own.length > 0) world.seen = { ...world.seen, waitedSilent: true }
}

function isClear({ warned, waitedWarned, waitedSilent, orphaned, reopened }: Seen): boolean {
  return !warned && !waitedWarned && !waitedSilent && !orphaned && !reopened
}

/** The client makes use of what time it has left. */
export function noteRecovery(world: World, setting: Setting): void {
  const client = clientOf(world)
  if (client === null || !canBeSaved(world, setting, client)) return
  world.seen = { ...world.seen, waitedWarned: false, waitedSilent: false, orphaned: false }
}

/** Once the client has the server's newest token, and nothing lost can rotate any more, all is forgiven. */
export function noteStep(world: World, setting: Setting): void {
  const { seen } = world
  if (isClear(seen)) return
  const client = clientOf(world)
  if (client === null || (!isBehind(world, client) && !world.flights.some(isOrphan))) {
    world.seen = { ...seen, ...unseen }
  } else if (seen.reopened && !canBeSaved(world, setting, client)) {
    world.seen = { ...seen, reopened: false, revived: false }
  }
}

/** What the answer of a request does to what the client has received. */
export function noteFinish(before: World, after: World, setting: Setting, { client, ticket }: Flight): void {
  const orphaned = ticket === null && after.minted > before.minted
  const reopened = !canBeSaved(before, setting, client) && canBeSaved(after, setting, client)
  if (!orphaned && !reopened) return
  const revived = reopened && ticket === null
  const { seen } = after
  after.seen = {
    ...seen,
    orphaned: seen.orphaned || orphaned,
    reopened: seen.reopened || reopened,
    revived: seen.revived || revived,
  }
}

/** The newest session that a tab holds. */
function clientOf({ tabs }: World): string | null {
  const [first, ...others] = tabs.map(({ handoff }) => handoff.record)
  return others.reduce((newest, record) => (record.epoch > newest.epoch ? record : newest), first!).client
}

function isOrphan({ ticket, kind }: Flight): boolean {
  return ticket === null && kind !== 'sign-in'
}

function isReceived({ seen }: World, token: string): boolean {
  return (seen.received & bit(token)) !== 0
}

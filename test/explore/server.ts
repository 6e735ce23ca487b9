import type { Answer } from '../../src/core/credentials.ts'
import { begin, finish, keepNewest, signOut } from '../../src/mock/rules.ts'
import { noteFinish } from './oracle.ts'
import { type Flight, fork, mint, rulesOf, type Setting, signInAtServer, type World } from './world.ts'

/** The server takes a request on. What it refuses is answered at once. */
export function beginAtServer(world: World, setting: Setting, flight: Flight): World {
  const next = fork(world)
  if (flight.kind === 'sign-in') {
    if (setting.configuration.sameUser && flight.uid !== world.uids.c1)
      return answered(next, flight, bare(401))
    next.uids = { ...next.uids, [flight.client]: flight.uid }
    return answered(next, flight, signInAtServer(next, setting, flight.client))
  }
  const accepted =
    flight.uid === world.uids[flight.client] &&
    begin(rulesOf(world, setting), world.clients, flight, world.now) !== null
  // A sign-out that is refused finds no user: that is a 404.
  if (!accepted) return answered(next, flight, bare(flight.kind === 'sign-out' ? 404 : 401))
  replace(next, flight, { ...flight, stage: 'begun', beganMs: world.now })
  return next
}

/** The server answers. */
export function finishAtServer(world: World, setting: Setting, flight: Flight): World {
  const next = fork(world)
  const { client } = flight
  const entry = world.clients.find(entry => entry.client === client)
  if (flight.kind === 'sign-out') {
    next.clients = signOut(world.clients, client, world.now)
    return answered(next, flight, bare(200))
  }
  if (flight.kind === 'email' && entry) rename(next, client, `${world.uids[client]}'`)
  if (flight.kind === 'update-account' && entry) rename(next, client, flight.email!)
  if (flight.kind === 'update-password' && setting.configuration.removesTokens) removeTokens(next, client)
  const { token, beganMs } = flight
  const begun = { client, token, beganMs, unbatch: flight.kind === 'recovery' }
  const result = finish(rulesOf(world, setting), next.clients, begun, world.now, () => mint(next, client))
  next.clients = result.clients
  noteFinish(world, next, setting, flight)
  if (result.kind === 'gone') return answered(next, flight, bare(200))
  const rotated = result.kind === 'rotated'
  return answered(next, flight, {
    status: 200,
    token: rotated ? result.token : '',
    client,
    uid: next.uids[client]!,
    expiry: rotated ? result.expiry : Number.NaN,
    bearer: rotated && setting.configuration.rules !== '1.2.0',
    asked: !setting.configuration.cached,
  })
}

/** The user's name changes for all of their devices. */
function rename(world: World, client: string, uid: string): void {
  const old = world.uids[client]
  const renamed = Object.entries(world.uids).map(([each, name]) => [each, name === old ? uid : name])
  world.uids = Object.fromEntries(renamed)
}

/** Of all devices of the user only one stays signed in. */
function removeTokens(world: World, client: string): void {
  const isUsers = (each: { client: string }) => world.uids[each.client] === world.uids[client]
  const kept = keepNewest(world.clients.filter(isUsers))
  world.clients = world.clients.filter(each => !isUsers(each) || kept.includes(each))
}

function answered(world: World, flight: Flight, answer: Answer): World {
  const awaited = flight.ticket !== null || (flight.kind === 'sign-in' && flight.sequence > 0)
  replace(world, flight, awaited ? { ...flight, stage: 'answered', answer } : null)
  return world
}

/** No auth headers. */
export function bare(status: number): Answer {
  return { status, token: null, client: null, uid: null, expiry: Number.NaN, bearer: false }
}

export function replace(world: World, old: Flight, flight: Flight | null): void {
  const index = world.flights.indexOf(old)
  world.flights.splice(index, 1, ...(flight ? [flight] : []))
}

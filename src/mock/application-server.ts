import { type Mail, type Outcome, type Route, type Session, saveClients } from './call.ts'
import { readCredentials } from './carriers.ts'
import type { Clock } from './clock.ts'
import { conditional } from './etag.ts'
import { createOrdinals, type Emit } from './events.ts'
import type { Gate } from './faults.ts'
import { writeCredentials } from './headers.ts'
import type { Settings } from './options.ts'
import { MalformedBody, type Parameters, readParameters, readQueryParameters } from './parameters.ts'
import { frameworkError, type Reply, unauthenticated } from './reply.ts'
import type { CompiledRoute } from './routes/application.ts'
import { findRoute } from './routes/router.ts'
import { begin, finish, type Mint } from './rules.ts'
import type { Model, User } from './users.ts'

/** What the server is made of. */
export interface World {
  readonly models: ReadonlyMap<string, Model>
  readonly application: readonly CompiledRoute[]
  readonly clock: Clock
  readonly mint: Mint
  readonly mails: Mail[]
  settings: Settings
}

/** A request that has arrived as a whole. */
export interface Arrival {
  readonly request: Request
  readonly url: URL
  readonly body: Uint8Array<ArrayBuffer> | null
  /** Called when the request is authenticated, before its action runs; the action waits for it. */
  readonly beforeAction: () => Promise<void> | undefined
  /** Keeps the request open. */
  readonly gate: Gate | undefined
  readonly emit: Emit
}

interface SignedIn {
  readonly user: User
  readonly session: Session
}

/** Makes the function that answers a request: route, authentication, action, credentials. */
export function createApplicationServer(world: World): (arrival: Arrival) => Promise<Reply> {
  const tokenNumber = createOrdinals()
  const clientNumber = createOrdinals()

  return async arrival => {
    try {
      return await answer(arrival)
    } catch (error) {
      if (error instanceof MalformedBody) return frameworkError(400)
      arrival.emit({ type: 'raise', error })
      return frameworkError(500)
    } finally {
      arrival.gate?.pass()
    }
  }

  async function answer({ request, url, body, beforeAction, gate, emit }: Arrival): Promise<Reply> {
    const beganMs = world.clock.now()
    const { method, headers } = request
    const route = findRoute(world, method, url)
    if (route === undefined) {
      emit({ type: 'begin', token: null, client: null })
      return frameworkError(404)
    }
    const parameters =
      body === null
        ? readQueryParameters(url, route.path)
        : await readParameters(url, headers.get('content-type'), body, route.path)
    const signedIn = authenticate(route, headers, parameters, beganMs, emit)
    if (route.access === 'protected' && signedIn === null) return unauthenticated()

    // Only what has to wait waits: nothing else may overtake a request that goes straight on.
    if (gate !== undefined) await gate.enter()
    const waiting = beforeAction()
    if (waiting !== undefined) await waiting

    const { model } = route
    const outcome = await route.act(
      {
        settings: world.settings,
        model,
        parameters,
        headers,
        now: world.clock.now(),
        mint: world.mint,
        sendMail: mail => world.mails.push(mail),
        session: signedIn?.session ?? null,
        // As the row is now: others may have changed it meanwhile.
        user: signedIn === null ? null : (model.users.find(signedIn.user.id) ?? signedIn.user),
      },
      () => new Request(request.url, { method, headers, body }),
    )
    const reply = addCredentials(model, outcome, beganMs, parameters.truthy('unbatch'), emit)
    return conditional(reply, method, headers.get('if-none-match'))
  }

  function authenticate(
    route: Route,
    headers: Headers,
    parameters: Parameters,
    nowMs: number,
    emit: Emit,
  ): SignedIn | null {
    if (route.access === 'public') {
      emit({ type: 'begin', token: null, client: null })
      return null
    }
    const { uid, token, client } = readCredentials(world.settings, headers, parameters)
    const number = token === undefined ? null : tokenNumber(token)
    emit({ type: 'begin', token: number, client: number === null ? null : clientNumber(client) })

    const user = uid === undefined ? undefined : route.model.users.findBy('uid', uid)
    if (user !== undefined && token !== undefined && number !== null) {
      const accepted = begin(world.settings.rules, user.clients, { client, token }, nowMs)
      if (accepted !== null) {
        emit({ type: 'accept', as: accepted, token: number })
        return { user, session: { userId: user.id, client, token } }
      }
    }
    if (route.access === 'protected' || number !== null) emit({ type: 'reject', token: number })
    return null
  }

  /** What the server does after the action, under the row's lock. */
  function addCredentials(
    model: Model,
    { reply, session }: Outcome,
    beganMs: number,
    unbatch: boolean,
    emit: Emit,
  ): Reply {
    if (session === null) return reply
    const user = model.users.find(session.userId)
    // The account is gone: reading the row again fails.
    if (user === undefined) return frameworkError(404)

    const now = world.clock.now()
    const { client, token: sent } = session
    const { rules } = world.settings
    const done = finish(rules, user.clients, { client, token: sent, beganMs, unbatch }, now, world.mint)
    if (done.kind === 'gone') return reply
    const { uid } = done.kind === 'kept' ? user : saveClients({ model, now }, user, done.clients)
    const { expiry } = done
    const number = clientNumber(client)
    if (done.kind === 'blank') emit({ type: 'blank', client: number, expiry })
    else {
      const type = done.kind === 'kept' ? 'keep' : 'rotate'
      emit({ type, token: tokenNumber(done.token), client: number, expiry })
    }
    const headers = new Headers(reply.headers)
    const token = done.kind === 'blank' ? null : done.token
    writeCredentials(headers, world.settings, { token, sent, client, expiry, uid })
    return { ...reply, headers }
  }
}

import { TokenHandoffError } from '../errors.ts'
import { createApplicationServer, type World } from './application-server.ts'
import { systemClock } from './clock.ts'
import type { Emit, ServerEvent, ServerListener } from './events.ts'
import { createFaults, type Faults } from './faults.ts'
import { type Inspection, inspectWorld, type PendingRequest } from './inspect.ts'
import {
  checkOptions,
  checkSettings,
  defined,
  type HeadersNames,
  type MockServerOptions,
  resolveSettings,
  type ServerSettings,
} from './options.ts'
import { randomSource } from './random.ts'
import { toResponse } from './reply.ts'
import { compileRoutes } from './routes/application.ts'
import { findRoute } from './routes/router.ts'
import { createModel, type Model } from './users.ts'

/** The server in memory. */
export interface MockServer extends Faults {
  /** fetch's own signature. It needs no `this`, so it can be handed to a client as its fetch. */
  fetch(input: Request | URL | string, init?: RequestInit): Promise<Response>
  /** Does the server have a route for it? */
  handles(request: Request): boolean
  /** What the server keeps now. */
  inspect(): Inspection
  /** Calls the listener with every event from now on; returns the function that stops it. What it throws is logged. */
  on(listener: ServerListener): () => void
  /** Changes settings while the server runs, as a deploy does. What is not named stays. */
  configure(settings: ServerSettings): void
  /** The names of the credential headers, as configured. */
  readonly headersNames: HeadersNames
  readonly cookieEnabled: boolean
}

/**
 * Makes a server in memory that follows the rules of devise_token_auth 1.3.0 or 1.2.0, as recorded from the gem.
 *
 * A request begins when all of it has arrived: without a body that is within the call of `fetch`.
 *
 * @throws TokenHandoffError (code 'option-invalid') when an option, a user or a route is wrong.
 * @example
 * const server = createMockServer({
 *   users: [{ email: 'a@example.com', password: 'password123' }],
 *   routes: { 'GET /items': ({ user }) => [{ id: 1, owner: user.email }] },
 * })
 * const session = createSession({ baseUrl: 'https://api.example.com', fetch: server.fetch })
 */
export function createMockServer(options: MockServerOptions = {}): MockServer {
  checkOptions(options)
  const { clock = systemClock } = options
  const sleep = (ms: number) => clock.sleep?.(ms) ?? systemClock.sleep(ms)
  const models = createModels(options, clock.now())
  const world: World = {
    models,
    application: compileRoutes(options.routes ?? {}, models),
    clock,
    mint: randomSource(options.seed),
    mails: [],
    settings: resolveSettings(options),
  }
  const answer = createApplicationServer(world)
  const { fateOf, ...faults } = createFaults()
  const listeners = new Set<ServerListener>()
  const pending = new Map<number, PendingRequest>()
  let given: ServerSettings = options
  let arrivals = 0

  async function serve(request: Request): Promise<Response> {
    const fate = fateOf(request)
    const latency = { ...world.settings.latency, ...defined(fate.latency ?? {}) }
    const url = new URL(request.url)
    arrivals += 1
    const about = { request: arrivals, method: request.method, path: url.pathname }
    const emit: Emit = event => {
      const whole = { at: clock.now(), ...about, ...event } as ServerEvent
      for (const listener of [...listeners]) tell(listener, whole)
    }

    if (latency.request > 0) await sleep(latency.request)
    if (fate.loseRequest) {
      emit({ type: 'lost', what: 'request' })
      throw networkFailure()
    }
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer())
    pending.set(about.request, about)
    const beforeAction = () => (latency.action > 0 ? sleep(latency.action) : undefined)
    const reply = await answer({ request, url, body, beforeAction, gate: fate.gate, emit })
    pending.delete(about.request)
    emit({ type: 'finish', status: reply.status })

    if (latency.response > 0) await sleep(latency.response)
    if (fate.loseAnswer || fate.gate?.loseAnswer) {
      emit({ type: 'lost', what: 'answer' })
      throw networkFailure()
    }
    return toResponse(reply, request.method)
  }

  return {
    ...faults,
    fetch(input, init) {
      const given = typeof input === 'string' || input instanceof URL || init !== undefined
      const request = given ? new Request(input, init) : input
      return untilAborted(request.signal, () => serve(request))
    },
    handles: ({ method, url }) => findRoute(world, method, new URL(url)) !== undefined,
    inspect: () => inspectWorld(world, pending.values()),
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    configure(settings) {
      checkSettings(settings)
      given = { ...given, ...settings }
      world.settings = resolveSettings(given)
    },
    get headersNames() {
      return world.settings.names
    },
    get cookieEnabled() {
      return world.settings.cookie !== null
    },
  }
}

function createModels(options: MockServerOptions, nowMs: number): ReadonlyMap<string, Model> {
  const { authPath = '/auth' } = options
  const models = new Map([['User', createModel('User', options, authPath, nowMs)]])
  for (const [name, model] of Object.entries(options.models ?? {})) {
    for (const other of models.values()) {
      if (name !== other.name && model.authPath !== other.authPath) continue
      throw new TokenHandoffError(
        'option-invalid',
        `models.${name} has the name or the authPath of another model: '${model.authPath}'. Give it its own.`,
      )
    }
    models.set(name, createModel(name, model, model.authPath, nowMs))
  }
  return models
}

/** A listener's error is its own: it is reported, and harms neither the answer nor the other listeners. */
function tell(listener: ServerListener, event: ServerEvent): void {
  try {
    listener(event)
  } catch (error) {
    console.error(error)
  }
}

/** What Node's fetch rejects with when there is no answer, in the very words by which clients know it. */
function networkFailure(): TypeError {
  return new TypeError('fetch failed', { cause: new Error('the connection was lost') })
}

/** As with a real network: an abort rejects the caller's promise at once, and the server goes on. */
function untilAborted(signal: AbortSignal, run: () => Promise<Response>): Promise<Response> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    run()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}

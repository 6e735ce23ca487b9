import { TokenHandoffError } from '../../errors.ts'
import type { Outcome, Route } from '../call.ts'
import { fromResponse, json } from '../reply.ts'
import type { Model } from '../users.ts'

/** The user that a handler sees. */
export interface RequestUser {
  readonly id: number
  readonly uid: string
  readonly email: string
  readonly name: string | null
  readonly nickname: string | null
  readonly image: string | null
}

/** What a route’s handler gets. */
export interface HandlerContext<U extends RequestUser | null = RequestUser | null> {
  readonly request: Request
  readonly url: URL
  /** The named parts of the path: '/items/:id' gives { id }. */
  readonly params: Readonly<Record<string, string>>
  /** Never null on a protected route, always null on a public one. */
  readonly user: U
}

/**
 * The action of a route. It returns a Response, or a value to be sent as JSON with status 200; undefined is 204.
 * When it throws the answer is a 500 without credentials, and nothing rotates.
 */
// biome-ignore lint/suspicious/noExplicitAny: the user's type depends on the route's access
export type Handler = (context: HandlerContext<any>) => unknown

/** A route of the application behind the server. */
export interface ApplicationRoute {
  /**
   * protected: 401 unless signed in. optional: rotates if signed in, and is served in any case. public: the user is
   * never asked for, so no credentials go out. Default: 'protected'.
   */
  readonly access?: 'protected' | 'optional' | 'public'
  /** Whose users. Default: 'User'. */
  readonly model?: string
  readonly handler: Handler
}

/** 'GET /items/:id', 'POST /items' or '* /items' (every method), each with its handler. */
export type Routes = Readonly<Record<string, Handler | ApplicationRoute>>

export interface CompiledRoute {
  match(method: string, path: string): Route | undefined
}

/** Throws a `TokenHandoffError` for a route that cannot be read. */
export function compileRoutes(routes: Routes, models: ReadonlyMap<string, Model>): CompiledRoute[] {
  return Object.entries(routes).map(([key, given]) => compile(key, given, models))
}

function compile(
  key: string,
  given: Handler | ApplicationRoute,
  models: ReadonlyMap<string, Model>,
): CompiledRoute {
  const parts = /^(\*|[A-Za-z]+) (\/\S*)$/.exec(key)
  if (parts === null)
    fail(`The route '${key}' cannot be read. Write 'GET /items/:id', or '* /items' for every method.`)
  const route: ApplicationRoute = typeof given === 'function' ? { handler: given } : given
  if (typeof route?.handler !== 'function')
    fail(`The route '${key}' needs a function, or { access, handler } with one.`)
  const { access = 'protected', model: modelName = 'User', handler } = route
  if (!['protected', 'optional', 'public'].includes(access))
    fail(`The access of the route '${key}' must be 'protected', 'optional' or 'public'.`)
  const model = models.get(modelName)
  if (model === undefined)
    fail(`The route '${key}' asks for the model '${modelName}'. There are: ${[...models.keys()].join(', ')}.`)

  const method = parts[1]!.toUpperCase()
  const pattern = new RegExp(
    `^${parts[2]!
      .replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
      .replace(/:([A-Za-z_]\w*)/g, '(?<$1>[^/]+)')
      .replace(/(?<=.)\/$/, '')}/?$`,
  )
  return {
    match(requestMethod, path) {
      const serves =
        method === '*' || method === requestMethod || (method === 'GET' && requestMethod === 'HEAD')
      const found = serves ? pattern.exec(path) : null
      if (found === null) return undefined
      const params = Object.fromEntries(
        Object.entries(found.groups ?? {}).map(([name, value]) => [name, decode(value)]),
      )
      return { model, access, path: params, act: action(handler, params) }
    },
  }
}

function action(handler: Handler, params: Readonly<Record<string, string>>): Route['act'] {
  return async ({ user, session }, makeRequest): Promise<Outcome> => {
    const request = makeRequest()
    const result = await handler({
      request,
      url: new URL(request.url),
      params,
      user: user === null ? null : visible(user),
    })
    return { reply: await toReply(result), session }
  }
}

function visible({ id, uid, email, name, nickname, image }: RequestUser): RequestUser {
  return { id, uid, email, name, nickname, image }
}

async function toReply(result: unknown) {
  if (result instanceof Response) return fromResponse(result)
  if (result === undefined) return { status: 204, headers: new Headers(), body: null }
  return json(200, result)
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function fail(message: string): never {
  throw new TokenHandoffError('option-invalid', message)
}

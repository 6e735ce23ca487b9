import type { HeadersNames } from '../../src/mock/index.ts'
import { type Symbols, uidOf } from './symbols.ts'
import type { Carrier, Step } from './trace.ts'
import { MEMBER_PATH } from './world.ts'

const ORIGIN = 'http://api.example.com'

/** The operations that stand for a route of the gem. */
const OPERATIONS: Readonly<Record<string, readonly [method: string, path: string]>> = {
  sign_in: ['POST', '/sign_in'],
  sign_out: ['DELETE', '/sign_out'],
  validate: ['GET', '/validate_token'],
  sign_up: ['POST', ''],
  account_update: ['PUT', ''],
  account_delete: ['DELETE', ''],
  password_request: ['POST', '/password'],
  password_edit: ['GET', '/password/edit'],
  password_update: ['PUT', '/password'],
  confirmation_request: ['POST', '/confirmation'],
  confirmation_show: ['GET', '/confirmation'],
}

export interface Sender {
  readonly names: HeadersNames
  readonly cookieName: string
  readonly tokens: Symbols
  readonly clients: Symbols
  /** The token of the latest mail. */
  readonly mail: string | undefined
  readonly lastETag: string | null
}

/** Makes the request of a step. Throws a plain sentence for what is not known. */
export function requestOf(step: Step, sender: Sender): Request {
  const [method, path] = target(step)
  const url = new URL(path, ORIGIN)
  const headers = new Headers(Object.entries(step.headers ?? {}).map(header => literalHeader(header, sender)))
  for (const [name, value] of Object.entries(step.query ?? {}))
    url.searchParams.append(name, value === 'mail' ? (sender.mail ?? value) : value)
  for (const carrier of [step.send ?? []].flat() as Carrier[]) carry(carrier, headers, url, sender)

  if (step.body === undefined) return new Request(url, { method, headers })
  headers.set('content-type', 'application/json')
  return new Request(url, { method, headers, body: JSON.stringify(withMail(step.body, sender)) })
}

function target({ op, method, path, model }: Step): readonly [string, string] {
  if (op === 'request' || op === 'begin') {
    if (method === undefined || path === undefined) throw new Error(`'${op}' needs a method and a path`)
    return [method, path]
  }
  const known = OPERATIONS[op]
  if (known === undefined) throw new Error(`the operation '${op}' is not known`)
  if (model !== undefined && model !== 'User' && model !== 'Member')
    throw new Error(`the model '${model}' is not known`)
  const mount = model === 'Member' ? MEMBER_PATH : '/auth'
  return [method ?? known[0], path ?? `${mount}${known[1]}`]
}

function literalHeader([name, value]: readonly [string, string], sender: Sender): [string, string] {
  if (value !== 'etag of the last response') return [name, value]
  if (sender.lastETag === null) throw new Error('no response so far had an ETag')
  return [name, sender.lastETag]
}

function withMail(body: unknown, { mail }: Sender): unknown {
  if (mail === undefined || typeof body !== 'object' || body === null) return body
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, value === 'mail' ? mail : value]),
  )
}

function carry(carrier: Carrier, headers: Headers, url: URL, sender: Sender): void {
  const { via = 'headers' } = carrier
  const { names } = sender
  const unknown = Object.keys(carrier).find(
    key => !['via', 'token', 'client', 'uid', 'headers'].includes(key),
  )
  if (unknown !== undefined) throw new Error(`the credential '${unknown}' is not known`)
  const fields: Record<string, string> = {}
  if (carrier.token !== undefined) fields[names['access-token']] = sender.tokens.value(carrier.token)
  if (carrier.client !== undefined) fields[names.client] = sender.clients.value(carrier.client)
  if (carrier.uid !== undefined) fields[names.uid] = uidOf(carrier.uid)

  if (via === 'headers') for (const [name, value] of Object.entries(fields)) headers.set(name, value)
  else if (via === 'params')
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value)
  else if (via === 'bearer') headers.set(names.authorization, `Bearer ${btoa(JSON.stringify(fields))}`)
  else if (via === 'cookie')
    headers.append('cookie', `${sender.cookieName}=${encodeURIComponent(JSON.stringify(fields))}`)
  else if (via === 'raw') for (const [name, value] of carrier.headers ?? []) headers.append(name, value)
  else throw new Error(`the carrier '${via}' is not known`)
}

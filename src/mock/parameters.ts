import { formDecode } from './url.ts'

/** The parameters of a request: path over query over body, as the server merges them. */
export interface Parameters {
  /** The value as a string. `undefined` when it is absent or null; an empty string is a value. */
  text(name: string): string | undefined
  has(name: string): boolean
  /** Present with any value but null and false: what counts as set in a condition. */
  truthy(name: string): boolean
}

/** The body is said to be JSON and is none: the server answers 400. */
export class MalformedBody extends Error {}

/** Reads the parameters from the query and from the body (JSON, form or multipart). */
export async function readParameters(
  url: URL,
  contentType: string | null,
  body: Uint8Array<ArrayBuffer> | null,
  path: Readonly<Record<string, string>>,
): Promise<Parameters> {
  return parameters({ ...(await readBody(contentType, body)), ...readQuery(url.search.slice(1)), ...path })
}

/** The same for a request without a body, so that it can be answered without waiting. */
export function readQueryParameters(url: URL, path: Readonly<Record<string, string>>): Parameters {
  return parameters({ ...readQuery(url.search.slice(1)), ...path })
}

function parameters(values: Readonly<Record<string, unknown>>): Parameters {
  const own = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined)
  return {
    text(name) {
      const value = own(name)
      return value === undefined || value === null ? undefined : asText(value)
    },
    has: name => Object.hasOwn(values, name),
    truthy(name) {
      const value = own(name)
      return value !== undefined && value !== null && value !== false
    },
  }
}

function asText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Other than URLSearchParams this tells `?name` (null) from `?name=` (empty). */
function readQuery(query: string): Record<string, string | null> {
  const values: Record<string, string | null> = {}
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    if (equals < 0) values[formDecode(pair)] = null
    else values[formDecode(pair.slice(0, equals))] = formDecode(pair.slice(equals + 1))
  }
  return values
}

async function readBody(
  contentType: string | null,
  body: Uint8Array<ArrayBuffer> | null,
): Promise<Record<string, unknown>> {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  if (body === null || body.length === 0 || contentType === null) return {}
  if (type === 'application/json' || type?.endsWith('+json')) return readJson(new TextDecoder().decode(body))
  if (type === 'application/x-www-form-urlencoded') return readQuery(new TextDecoder().decode(body))
  if (type === 'multipart/form-data') return readMultipart(contentType, body)
  return {}
}

function readJson(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new MalformedBody()
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

async function readMultipart(
  contentType: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<Record<string, unknown>> {
  try {
    const form = await new Response(body, { headers: { 'content-type': contentType } }).formData()
    return Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'))
  } catch {
    throw new MalformedBody()
  }
}

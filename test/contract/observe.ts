import type { MockServer } from '../../src/mock/index.ts'

/** A request as it arrived, refused ones too, and what became of it. */
export interface Seen {
  /** 'GET /items' */
  readonly route: string
  /** The token that it carried. */
  readonly token: string | null
  /** Text, or the fields of a form with the contents of its files. */
  readonly body: string
  readonly status: number
  /** The token that its answer brings: '' for a blank, null where there is none. */
  readonly issued: string | null
}

export interface Observed {
  readonly server: MockServer
  readonly seen: Seen[]
  /** Stops the next request of the route, or its answer, on its way. */
  stall(what: Way, route: string): void
  /** Resolves when it has been stopped. */
  stalled(what: Way, route: string): Promise<void>
  letGo(what: Way, route: string): void
  /** Nobody gets to read the next answer of the route. */
  loseAnswer(route: string): void
}

export type Way = 'request' | 'answer'

/**
 * Looks at the application's requests, those to /auth apart, before and after the server does.
 *
 * @param loss how an answer gets lost. `broken`: the connection breaks. `unreadable`: the page may not read it; a
 *   browser would send the request of a broken connection once more
 */
export function observe(server: MockServer, loss: 'broken' | 'unreadable' = 'broken'): Observed {
  const seen: Seen[] = []
  const gates = new Map<string, Gate>()
  const toLose = new Set<string>()

  async function fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    const route = `${request.method} ${pathname}`
    await gates.get(`request ${route}`)?.pass()
    const body = await bodyOf(request.clone())
    const response = await server.fetch(request)
    if (!pathname.startsWith('/auth')) {
      const token = request.headers.get('access-token')
      seen.push({ route, token, body, status: response.status, issued: response.headers.get('access-token') })
    }
    await gates.get(`answer ${route}`)?.pass()
    if (toLose.delete(route)) {
      if (loss === 'broken') throw new Error('The connection breaks.')
      response.headers.set('access-control-allow-origin', 'http://nobody.test')
    }
    return response
  }

  return {
    server: Object.assign(Object.create(server), { fetch }) as MockServer,
    seen,
    stall: (what, route) => void gates.set(`${what} ${route}`, createGate()),
    stalled: (what, route) => gates.get(`${what} ${route}`)!.there,
    letGo: (what, route) => gates.get(`${what} ${route}`)!.open(),
    loseAnswer: route => void toLose.add(route),
  }
}

interface Gate {
  pass(): Promise<void>
  readonly there: Promise<void>
  open(): void
}

/** Stops the first to come; those after it, its replay for one, go on. */
function createGate(): Gate {
  let arrive = () => {}
  let open = () => {}
  const there = new Promise<void>(resolve => {
    arrive = resolve
  })
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  let passed = false
  return {
    async pass() {
      if (passed) return
      passed = true
      arrive()
      await opened
    },
    there,
    open: () => open(),
  }
}

async function bodyOf(request: Request): Promise<string> {
  if (!/^multipart\/form-data/.test(request.headers.get('content-type') ?? '')) return request.text()
  const fields: Record<string, string> = {}
  for (const [name, value] of await request.formData())
    fields[name] = typeof value === 'string' ? value : await value.text()
  return JSON.stringify(fields)
}

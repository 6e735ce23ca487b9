/** Someone who visits the shop with a browser without scripts: keeps cookies, follows no redirects, fills in forms. */
export interface Visitor {
  /** By name, as they are sent. */
  readonly cookies: Map<string, string>
  /** The token in the session's cookie; undefined when nobody is signed in. */
  token(): string | undefined
  open(path: string): Promise<Answer>
  /** Sends the one form of that page. What it returns sends it, so that something can happen before. */
  fill(path: string, fields?: Record<string, string>): Promise<() => Promise<Answer>>
}

export interface Answer {
  status: number
  headers: Headers
  text: string
}

export const COOKIE = '__Host-session'

/** The token in the session's cookie. */
export function tokenOf(cookie: string | undefined): string | undefined {
  return cookie && JSON.parse(decodeURIComponent(cookie)).tokens[0]?.value
}

export function visitor(origin: string): Visitor {
  const cookies = new Map<string, string>()

  async function send(path: string, init: RequestInit = {}): Promise<Answer> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(origin + path, {
      ...init,
      headers: { ...(cookie && { cookie }), origin },
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^(.+?)=(.*?)(?:;|$)/.exec(line)!
      cookies.set(name!, value!)
    }
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  return {
    cookies,
    token: () => tokenOf(cookies.get(COOKIE)),
    open: path => send(path),
    async fill(path, fields = {}) {
      const { text } = await send(path)
      const body = new FormData()
      // What Next.js knows the Server Function by.
      const [, action] = /name="(\$ACTION_ID_\w+)"/.exec(text) ?? []
      if (!action) throw new Error(`${path} has no form:\n${text}`)
      body.set(action, '')
      for (const [name, value] of Object.entries(fields)) body.set(name, value)
      return () => send(path, { method: 'POST', body })
    },
  }
}

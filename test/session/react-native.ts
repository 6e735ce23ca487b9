/**
 * The platform of React Native 0.86 as far as a session meets it: what is missing there, and what is done otherwise
 * than the standards say.
 */

/** abort-controller 3, which React Native installs: its signals know no reason. */
class BareAbortController {
  readonly signal = new BareAbortSignal() as unknown as AbortSignal

  abort(): void {
    ;(this.signal as unknown as BareAbortSignal).end()
  }
}

class BareAbortSignal extends EventTarget {
  aborted = false

  end(): void {
    if (this.aborted) return
    this.aborted = true
    this.dispatchEvent(new Event('abort'))
  }
}

/** Libraries/Blob/URL.js: it takes for absolute what one expression knows, and sets all else below the base. */
class BareURL {
  readonly href: string

  constructor(url: string, base?: string | BareURL) {
    const absolute =
      /^(?:(?:(?:https?|ftp):)?\/\/)(?:(?:[a-z0-9_-]+\.)*[a-z]{2,}\.[a-z]{2,})(?::\d{2,5})?(?:[/?#]\S*)?$/
    if (!base || absolute.test(url)) {
      const hasPath = url.split('://')[1]?.includes('/') ?? true
      this.href = hasPath || /[?#]/.test(url) ? url : `${url}/`
    } else {
      const below = String(base).replace(/\/$/, '')
      const path = url.startsWith('/') ? url : `/${url}`
      this.href = below.endsWith(path) ? below : below + path
    }
  }

  get origin(): string {
    return /^(https?:\/\/[^/]+)/.exec(this.href)?.[1] ?? ''
  }

  get protocol(): string {
    return /^([a-z][a-z\d+\-.]*:)/i.exec(this.href)?.[1] ?? ''
  }

  toString(): string {
    return this.href
  }
}

/** whatwg-fetch 3: the URL of a request is the string that it was given. */
export class BareRequest {
  readonly method = 'GET'
  readonly headers = new Headers()
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  clone(): BareRequest {
    return new BareRequest(this.url)
  }
}

/** And its responses have neither `body` nor `redirected`. */
export function bareResponse(url: string, headers: Record<string, string>, data: unknown = {}): Response {
  const response = { ok: true, status: 200, url, headers: new Headers(headers), json: async () => data }
  return response as unknown as Response
}

/** The globals to replace; those that React Native does not have are undefined. */
export const bareGlobals = {
  AbortController: BareAbortController,
  URL: BareURL,
  BroadcastChannel: undefined,
  DOMException: undefined,
  FinalizationRegistry: undefined,
  addEventListener: undefined,
  navigator: { product: 'ReactNative' },
}

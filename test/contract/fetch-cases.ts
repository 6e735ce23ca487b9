import type { Environment } from './adapter.ts'
import { equal, truth } from './check.ts'

/** What a wrapper of the platform's fetch must not change; each is true of the platform's own. */
export interface FetchCase {
  readonly name: string
  /** Where the platform is as the case says. @default everywhere */
  readonly only?: Environment
  run(world: FetchWorld): Promise<void>
}

export interface FetchWorld {
  readonly fetch: typeof globalThis.fetch
  /** The server's. */
  readonly url: string
  /** The same server by another name: another origin. */
  readonly elsewhere: string
}

interface Echo {
  method: string
  type: string | null
  own: string | null
  cookie: string | null
  accept: string | null
  body: string
}

const echo = async (response: Response | Promise<Response>): Promise<Echo> => (await response).json()

/** What a promise rejects with, or 'nothing'. A function that throws instead of rejecting is not caught. */
const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing',
    error => error,
  )
const nameOf = async (promise: Promise<unknown>) => (await rejection(promise)).name

export const fetchCases: readonly FetchCase[] = [
  // The forms of the arguments.
  {
    name: 'a string, a URL, a Request, or anything that reads as a URL',
    async run({ fetch, url }) {
      const stringifier = { toString: () => `${url}/echo` }
      for (const input of [`${url}/echo`, new URL('/echo', url), new Request(`${url}/echo`), stringifier])
        equal((await echo(fetch(input as string))).method, 'GET', 'the method')
    },
  },
  {
    name: 'it needs no this',
    async run({ fetch, url }) {
      for (const self of [undefined, {}, globalThis])
        equal((await fetch.call(self as never, `${url}/echo`)).status, 200, 'the status')
    },
  },
  {
    name: 'init may be undefined, null or empty',
    async run({ fetch, url }) {
      for (const init of [undefined, null, {}])
        equal((await fetch(`${url}/echo`, init as undefined)).status, 200, 'the status')
    },
  },
  {
    name: 'headers as Headers, pairs, an iterable of pairs, or an object',
    async run({ fetch, url }) {
      const pairs: [string, string][] = [['X-Own', 'mine']]
      for (const headers of [new Headers(pairs), pairs, new Map(pairs) as never, Object.fromEntries(pairs)])
        equal((await echo(fetch(`${url}/echo`, { headers }))).own, 'mine', 'the header')
    },
  },
  {
    name: 'headers that are given twice are joined',
    async run({ fetch, url }) {
      const headers: [string, string][] = [
        ['x-own', 'a'],
        ['X-Own', 'b'],
      ]
      equal((await echo(fetch(`${url}/echo`, { headers }))).own, 'a, b', 'the header')
    },
  },
  {
    name: 'methods are put in upper case where the platform does it',
    async run({ fetch, url }) {
      for (const method of ['get', 'post', 'put', 'delete'])
        equal((await echo(fetch(`${url}/echo`, { method }))).method, method.toUpperCase(), 'the method')
      equal((await echo(fetch(`${url}/echo`, { method: 'PATCH' }))).method, 'PATCH', 'the method')
    },
  },
  {
    name: 'what is changed after the call changes nothing',
    async run({ fetch, url }) {
      const headers = new Headers({ 'x-own': 'before' })
      const init = { method: 'POST', headers, body: 'before' }
      const response = fetch(`${url}/echo`, init)
      headers.set('x-own', 'after')
      init.body = 'after'
      const { own, body } = await echo(response)
      equal([own, body], ['before', 'before'], 'what was sent')
    },
  },
  {
    name: 'the arguments stay as they are',
    async run({ fetch, url }) {
      const headers = { 'x-own': 'mine' }
      const init = Object.freeze({ method: 'POST', headers: Object.freeze(headers), body: 'text' })
      await fetch(`${url}/echo`, init)
      equal(init, { method: 'POST', headers: { 'x-own': 'mine' }, body: 'text' }, 'init')
      const request = new Request(`${url}/echo`, { headers: { 'x-own': 'mine' } })
      await fetch(request)
      equal([...request.headers], [['x-own', 'mine']], "the Request's headers")
    },
  },
  // Bodies.
  {
    name: 'a body of text, parameters, a form, bytes or a Blob has its own content type',
    async run({ fetch, url }) {
      const form = new FormData()
      form.append('name', 'Ann')
      const bodies: [BodyInit, string | null][] = [
        ['text', 'text/plain;charset=UTF-8'],
        [new URLSearchParams({ name: 'Ann' }), 'application/x-www-form-urlencoded;charset=UTF-8'],
        [form, 'multipart/form-data; boundary'],
        [new Blob(['{}'], { type: 'application/json' }), 'application/json'],
        [new TextEncoder().encode('text'), null],
      ]
      for (const [body, type] of bodies) {
        const sent = await echo(fetch(`${url}/echo`, { method: 'POST', body }))
        equal(sent.type, type, 'the content type')
        truth(sent.body.length > 0, 'the body arrives')
      }
    },
  },
  {
    name: 'a body that is streamed',
    only: 'Node',
    async run({ fetch, url }) {
      const body = new Blob(['streamed']).stream()
      const init = { method: 'POST', body, duplex: 'half' } as RequestInit
      equal((await echo(fetch(`${url}/echo`, init))).body, 'streamed', 'the body')
    },
  },
  {
    name: 'the content type that the caller gives',
    async run({ fetch, url }) {
      const headers = { 'Content-Type': 'application/vnd.api+json' }
      const { type } = await echo(fetch(`${url}/echo`, { method: 'POST', headers, body: '{}' }))
      equal(type, 'application/vnd.api+json', 'the content type')
    },
  },
  // Requests.
  {
    name: 'a Request with its method, headers and body',
    async run({ fetch, url }) {
      const request = new Request(`${url}/echo`, {
        method: 'PUT',
        headers: { 'x-own': 'mine' },
        body: 'text',
      })
      const { method, own, body, type } = await echo(fetch(request))
      equal([method, own, body, type], ['PUT', 'mine', 'text', 'text/plain;charset=UTF-8'], 'what was sent')
    },
  },
  {
    name: 'init comes before the Request',
    async run({ fetch, url }) {
      const request = new Request(`${url}/echo`, { method: 'PUT', headers: { 'x-own': 'one' }, body: 'one' })
      const init = { method: 'POST', headers: { 'x-own': 'two' }, body: 'two' }
      const { method, own, body } = await echo(fetch(request, init))
      equal([method, own, body], ['POST', 'two', 'two'], 'what was sent')
    },
  },
  {
    name: "init's headers take the place of all of the Request's",
    async run({ fetch, url }) {
      const request = new Request(`${url}/echo`, { headers: { 'x-own': 'one' } })
      const { own, accept } = await echo(fetch(request, { headers: { accept: 'text/plain' } }))
      equal([own, accept], [null, 'text/plain'], 'the headers')
    },
  },
  {
    name: 'a Request whose body was sent is used up',
    async run({ fetch, url }) {
      const request = new Request(`${url}/echo`, { method: 'POST', body: 'text' })
      equal(request.bodyUsed, false, 'bodyUsed before')
      await fetch(request)
      equal(request.bodyUsed, true, 'bodyUsed after')
      equal(await nameOf(fetch(request)), 'TypeError', 'the error')
    },
  },
  {
    name: 'a Request without a body can be sent again',
    async run({ fetch, url }) {
      const request = new Request(`${url}/echo`)
      for (let n = 0; n < 2; n++) equal((await fetch(request)).status, 200, 'the status')
    },
  },
  // Signals.
  {
    name: 'a signal that is aborted already: nothing is sent',
    async run({ fetch, url }) {
      for (const reason of [undefined, new Error('enough'), 'enough']) {
        const signal = AbortSignal.abort(reason)
        const error = await rejection(fetch(`${url}/slow`, { signal }))
        truth(error === signal.reason, "the error is the signal's reason")
      }
    },
  },
  {
    name: "an abort rejects with the signal's reason, a Request's too",
    async run({ fetch, url }) {
      for (const reason of [undefined, new Error('enough'), 0, null]) {
        for (const wrap of [false, true]) {
          const caller = new AbortController()
          const init = { signal: caller.signal }
          const call = rejection(wrap ? fetch(new Request(`${url}/slow`, init)) : fetch(`${url}/slow`, init))
          setTimeout(() => caller.abort(reason), 20)
          const error = await call
          truth(error === caller.signal.reason, "the error is the signal's reason")
        }
      }
    },
  },
  {
    name: 'a timeout rejects with a TimeoutError',
    async run({ fetch, url }) {
      equal(
        await nameOf(fetch(`${url}/slow`, { signal: AbortSignal.timeout(20) })),
        'TimeoutError',
        'the error',
      )
    },
  },
  {
    name: "init's signal takes the place of the Request's, null takes it away",
    async run({ fetch, url }) {
      const request = () => new Request(`${url}/echo`, { signal: AbortSignal.abort() })
      equal(await nameOf(fetch(request(), {})), 'AbortError', 'without')
      equal((await fetch(request(), { signal: new AbortController().signal })).status, 200, 'with another')
      equal((await fetch(request(), { signal: null })).status, 200, 'with none')
    },
  },
  {
    name: 'an abort ends a body that is being read',
    async run({ fetch, url }) {
      const caller = new AbortController()
      const response = await fetch(`${url}/endless`, { signal: caller.signal })
      equal(response.status, 200, 'the status')
      const body = nameOf(response.text())
      setTimeout(() => caller.abort(), 20)
      equal(await body, 'AbortError', 'the error')
    },
  },
  {
    name: 'an abort after the end changes nothing',
    async run({ fetch, url }) {
      const caller = new AbortController()
      const response = await fetch(`${url}/echo`, { signal: caller.signal })
      const { method } = await echo(response)
      caller.abort()
      equal([method, response.status], ['GET', 200], 'the answer')
    },
  },
  {
    name: 'one signal ends many calls',
    async run({ fetch, url }) {
      const caller = new AbortController()
      const calls = [1, 2, 3].map(n => nameOf(fetch(`${url}/slow?${n}`, { signal: caller.signal })))
      setTimeout(() => caller.abort(), 20)
      equal(await Promise.all(calls), ['AbortError', 'AbortError', 'AbortError'], 'the errors')
    },
  },
  // Redirects.
  {
    name: 'a redirect is followed, and the response says so',
    async run({ fetch, url }) {
      const response = await fetch(`${url}/moved/302`)
      equal([response.status, response.redirected, response.url], [200, true, `${url}/echo`], 'the response')
    },
  },
  {
    name: '302 makes a POST a GET, 307 keeps it with its body',
    async run({ fetch, url }) {
      for (const wrap of [false, true]) {
        for (const [status, method, body] of [
          [302, 'GET', ''],
          [307, 'POST', 'text'],
        ]) {
          const init = { method: 'POST', body: 'text' }
          const target = `${url}/moved/${status}`
          const sent = await echo(wrap ? fetch(new Request(target, init)) : fetch(target, init))
          equal([sent.method, sent.body], [method, body], `after ${status}`)
        }
      }
    },
  },
  {
    name: "redirect: 'error' rejects, 'manual' shows it",
    async run({ fetch, url }) {
      for (const wrap of [false, true]) {
        const call = (redirect: RequestRedirect) =>
          wrap
            ? fetch(new Request(`${url}/moved/302`, { redirect }))
            : fetch(`${url}/moved/302`, { redirect })
        equal(await nameOf(call('error')), 'TypeError', 'the error')
        const { type, status, redirected } = await call('manual')
        truth(type === 'opaqueredirect' ? status === 0 : status === 302, 'it is not followed')
        equal(redirected, false, 'redirected')
      }
    },
  },
  {
    name: 'a redirect without end rejects',
    async run({ fetch, url }) {
      equal(await nameOf(fetch(`${url}/loop`)), 'TypeError', 'the error')
    },
  },
  // Credentials, keepalive, and what else a request has.
  {
    name: 'cookies go along when asked for, not to another origin otherwise',
    only: 'Chromium',
    async run({ fetch, url }) {
      await fetch(`${url}/cookie`, { credentials: 'include' })
      const cookieOf = async (init: RequestInit) => (await echo(fetch(`${url}/echo`, init))).cookie
      equal(await cookieOf({ credentials: 'include' }), 'seen=yes', 'with include')
      equal(await cookieOf({ credentials: 'omit' }), null, 'with omit')
      equal(await cookieOf({}), null, 'without')
      const request = new Request(`${url}/echo`, { credentials: 'include' })
      equal((await echo(fetch(request))).cookie, 'seen=yes', "with the Request's")
    },
  },
  {
    name: 'keepalive, also with a body',
    async run({ fetch, url }) {
      const init = { keepalive: true, method: 'POST', body: 'bye' }
      equal((await echo(fetch(`${url}/echo`, init))).body, 'bye', 'the body')
      equal((await echo(fetch(new Request(`${url}/echo`, init)))).body, 'bye', "the Request's body")
    },
  },
  // Responses.
  {
    name: 'the response is the platform’s own',
    async run({ fetch, url }) {
      const response = await fetch(`${url}/echo`)
      truth(response instanceof Response && response.body instanceof ReadableStream, 'its class')
      equal([response.ok, response.status, response.statusText], [true, 200, 'OK'], 'its status')
      equal([response.url, response.redirected, response.bodyUsed], [`${url}/echo`, false, false], 'the rest')
      const copy = response.clone()
      equal(await copy.json(), await response.json(), 'its clone')
      equal(await nameOf(response.text()), 'TypeError', 'a second reading')
    },
  },
  {
    name: 'a status is no error',
    async run({ fetch, url }) {
      for (const status of [204, 400, 404, 422, 500, 503]) {
        const response = await fetch(`${url}/status/${status}`)
        equal(
          [response.status, response.ok, await response.text()],
          [status, status === 204, ''],
          'the response',
        )
      }
    },
  },
  {
    name: 'HEAD and 204 have no body',
    async run({ fetch, url }) {
      equal(await (await fetch(`${url}/echo`, { method: 'HEAD' })).text(), '', 'of HEAD')
      equal(await (await fetch(`${url}/status/204`)).text(), '', 'of 204')
    },
  },
  // Errors: always a rejected promise, never thrown.
  {
    name: 'a URL that is none, or has user info',
    async run({ fetch, url }) {
      for (const wrong of ['http://', 'https://:443', url.replace('//', '//ann:secret@')])
        equal(await nameOf(fetch(wrong)), 'TypeError', wrong)
    },
  },
  {
    name: 'what the platform refuses to send',
    async run({ fetch, url }) {
      const wrong: RequestInit[] = [
        { body: 'text' },
        { method: 'HEAD', body: 'text' },
        { method: 'TRACE' },
        { method: 'in valid' },
        { headers: { 'in valid': 'x' } },
        { headers: { 'x-own': 'ü€' } },
        { headers: [['x-own']] as never },
        { redirect: 'elsewhere' as never },
        { mode: 'navigate' },
        { signal: {} as never },
      ]
      for (const init of wrong)
        equal(await nameOf(fetch(`${url}/echo`, init)), 'TypeError', JSON.stringify(init))
    },
  },
  {
    name: 'a connection that breaks, or is refused',
    async run({ fetch, url }) {
      equal(await nameOf(fetch(`${url}/broken`)), 'TypeError', 'broken')
      equal(await nameOf(fetch('http://127.0.0.1:9/')), 'TypeError', 'refused')
    },
  },
  {
    name: 'other schemes and other origins are the platform’s affair',
    async run({ fetch, elsewhere }) {
      equal(await (await fetch('data:text/plain,hello')).text(), 'hello', 'data:')
      const blob = URL.createObjectURL(new Blob(['hello']))
      equal(await (await fetch(blob)).text(), 'hello', 'blob:')
      equal(await nameOf(fetch('about:nothing')), 'TypeError', 'about:')
      equal((await fetch(`${elsewhere}/echo`)).status, 200, 'another origin')
    },
  },
  {
    name: 'no-cors gives an opaque response',
    only: 'Chromium',
    async run({ fetch, url }) {
      for (const input of [`${url}/echo`, new Request(`${url}/echo`, { mode: 'no-cors' })]) {
        const { type, status } = await fetch(input, { mode: 'no-cors' })
        equal([type, status], ['opaque', 0], 'the response')
      }
    },
  },
]

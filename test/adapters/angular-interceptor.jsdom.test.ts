import '@angular/compiler'
import {
  type HttpErrorResponse,
  type HttpEvent,
  HttpEventType,
  type HttpInterceptorFn,
  HttpResponse,
} from '@angular/common/http'
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing'
import { computed, NgZone, signal } from '@angular/core'
import { TestBed } from '@angular/core/testing'
import {
  concat,
  EMPTY,
  firstValueFrom,
  lastValueFrom,
  of,
  retry,
  Subject,
  type Subscription,
  switchMap,
  tap,
  throwError,
  timeout,
} from 'rxjs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { injectSession, provideSession } from '../../src/adapters/angular.ts'
import { memoryStorage, type SessionOptions } from '../../src/index.ts'
import {
  ada,
  api,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  pause,
  settled,
  silence,
  stillSignedIn,
  world,
} from '../session/given.ts'
import { type Client, clientOf, signedInClient } from './angular.ts'

beforeEach(() => {
  holdTime()
  silence()
})
afterEach(() => {
  TestBed.resetTestingModule()
  document.head.innerHTML = ''
  vi.unstubAllGlobals()
  letTimeGo()
})

const items = `${api}/items`
const get = ({ http }: Client, url = items) => firstValueFrom(http.get(url))
const errorOf = (promise: Promise<unknown>) => failureOf(promise) as unknown as Promise<HttpErrorResponse>
const typesOf = ({ events }: { events: { type: string }[] }) => events.map(({ type }) => type)
const tokensOf = ({ wired }: Client) => wired.map(({ token }) => token)

describe('a request of HttpClient', () => {
  test('carries the stored credentials, and the token of its answer goes with the next one', async () => {
    const made = await signedInClient()
    for (let call = 0; call < 3; call++) {
      expect(await get(made)).toEqual({ owner: ada.email })
      await later(pause)
    }
    expect(new Set(tokensOf(made)).size).toBe(3)
    expect(tokensOf(made).every(Boolean)).toBe(true)
    expect(made.wired[0]!.headers.get('uid')).toBe(ada.email)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is sent as it is when nobody is signed in, and its 401 is an HttpErrorResponse', async () => {
    const made = world()
    const client = clientOf(made.session, made.server.fetch)
    expect(await errorOf(get(client))).toMatchObject({ name: 'HttpErrorResponse', status: 401 })
    expect(client.wired.map(({ token, headers }) => [token, headers.get('client')])).toEqual([[null, null]])
    expect(typesOf(made)).toEqual([])
  })

  test('keeps the headers that its caller set', async () => {
    const made = await signedInClient()
    const headers = { 'Access-Token': 'my own', Client: 'mine', 'x-other': 'other' }
    expect((await errorOf(firstValueFrom(made.http.get(items, { headers })))).status).toBe(401)
    expect(made.wired).toHaveLength(1)
    const sent = made.wired[0]!.headers
    const names = ['access-token', 'client', 'x-other', 'uid']
    expect(names.map(name => sent.get(name))).toEqual(['my own', 'mine', 'other', ada.email])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('carries a bearer where the session says so', async () => {
    const made = await signedInClient({ session: { transport: 'bearer' } })
    expect(await get(made)).toEqual({ owner: ada.email })
    expect(made.wired[0]!.headers.get('authorization')).toMatch(/^Bearer /)
    expect(made.wired[0]!.token).toBeNull()
  })

  test('lets cookies through where they carry the session', async () => {
    const made = world({ session: { transport: 'cookie' } })
    const client = clientOf(made.session, made.server.fetch)
    await errorOf(get(client))
    expect(client.wired[0]!.credentials).toBe('include')
  })

  test('waits for an asynchronous storage, and begins at once when it has been read', async () => {
    const storage = memoryStorage()
    const before = await signedInClient({ session: { storage } })
    TestBed.resetTestingModule()
    const slow = { ...storage, getItem: (key: string) => Promise.resolve(storage.getItem(key)) }
    const session = before.another({ storage: slow } as Partial<SessionOptions>)
    const made = clientOf(session, before.server.fetch)
    const answer = get(made)
    expect(made.wired).toHaveLength(0)
    expect(await answer).toEqual({ owner: ada.email })
    expect(tokensOf(made)[0]).toBeTruthy()
    const next = get(made)
    expect(made.wired).toHaveLength(2)
    await next
  })

  test('that is given up before the storage has been read is never sent', async () => {
    const storage = memoryStorage()
    const before = await signedInClient({ session: { storage } })
    TestBed.resetTestingModule()
    const slow = { ...storage, getItem: (key: string) => Promise.resolve(storage.getItem(key)) }
    const made = clientOf(before.another({ storage: slow } as Partial<SessionOptions>), before.server.fetch)
    made.http.get(items).subscribe().unsubscribe()
    await settled()
    expect(made.wired).toHaveLength(0)
  })

  test('of a disposed session fails, and says why', async () => {
    const made = await signedInClient()
    made.session.dispose()
    expect((await failureOf(get(made))).code).toBe('disposed')
    expect(made.wired).toHaveLength(0)
  })
})

describe('whose request it is', () => {
  const page = 'https://app.example.com'
  const sends = async (url: string, options: Partial<SessionOptions> = {}) => {
    const made = await signedInClient({ session: options, network: async () => Response.json({}) })
    await get(made, url).catch(() => {})
    return made
  }

  test('a relative URL is the page’s, as HttpClient resolves it, and not the API’s', async () => {
    const made = await sends('/items')
    expect(made.wired.map(({ url, token }) => [url, token])).toEqual([[`${page}/items`, null]])
    expect(typesOf(made)).toEqual([])
  })

  test.each(['/items', 'items', '?page=2', '//app.example.com/items'])(
    'where the page’s origin is the session’s, %s is its own',
    async url => {
      const made = await sends(url, { origins: [page] })
      expect(made.wired[0]!.url).toMatch(page)
      expect(tokensOf(made)[0]).toBeTruthy()
    },
  )

  test('a relative URL follows the base element to another origin', async () => {
    document.head.innerHTML = '<base href="https://cdn.example.net/app/">'
    const elsewhere = await sends('items', { origins: [page] })
    expect(elsewhere.wired.map(({ url, token }) => [url, token])).toEqual([
      ['https://cdn.example.net/app/items', null],
    ])
    TestBed.resetTestingModule()
    document.head.innerHTML = `<base href="${api}/v2/">`
    const own = await sends('items')
    expect([own.wired[0]!.url, !!own.wired[0]!.token]).toEqual([`${api}/v2/items`, true])
  })

  test.each([
    'https://api.example.com.evil.test/items',
    'https://api.example.com:8443/items',
    'http://api.example.com/items',
    'https://other.example.com/items?https://api.example.com/',
    '//other.example.com/items',
  ])('%s is another origin', async url => {
    expect(tokensOf(await sends(url))).toEqual([null])
  })

  test('a URL that cannot be read is HttpClient’s to complain about', async () => {
    const made = await signedInClient()
    expect(await failureOf(get(made, 'http://['))).toMatchObject({ name: 'HttpErrorResponse', status: 0 })
  })

  test('JSONP carries nothing', async () => {
    const made = await signedInClient({
      after: [({ headers, method }) => of(new HttpResponse({ body: [method, headers.keys()] }))],
    })
    expect(await firstValueFrom(made.http.jsonp(items, 'callback'))).toEqual(['JSONP', []])
    expect(typesOf(made)).toEqual([])
  })

  test('an answer that a redirect brought from elsewhere gives no token', async () => {
    const made = await signedInClient({
      async network({ headers }) {
        const taken = { client: headers.get('client')!, uid: ada.email, expiry: '9999999999' }
        const answer = Response.json({}, { headers: { 'access-token': 'foreign', ...taken } })
        return Object.defineProperties(answer, {
          url: { value: 'https://elsewhere.example.net/items' },
          redirected: { value: true },
        })
      },
    })
    expect(await get(made)).toEqual({})
    expect(typesOf(made)).not.toContain('rotated')
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('a refused request', () => {
  /** Lets the first request for the path arrive when its token is no longer accepted. */
  const overtaking = () => {
    let first = true
    const arrive = new Subject<void>()
    return {
      arrive: () => arrive.next(),
      network: (server: { fetch(request: Request): Promise<Response> }) => async (request: Request) => {
        if (first && request.url.includes('/echo')) {
          first = false
          await firstValueFrom(arrive)
        }
        return server.fetch(request)
      },
    }
  }

  async function refused(options: Parameters<typeof signedInClient>[0] = {}) {
    const { arrive, network } = overtaking()
    let server!: { fetch(request: Request): Promise<Response> }
    let lost = Infinity
    const made = await signedInClient({
      ...options,
      async network(request) {
        const answer = await network(server)(request)
        if (lost-- <= 0) throw new TypeError('the connection broke')
        return answer
      },
    })
    server = made.server
    const overtake = async ({ thenLose = false } = {}) => {
      for (let call = 0; call < 2; call++) {
        await get(made)
        await later(pause)
      }
      // The refusal is the first answer, the replay's the second.
      if (thenLose) lost = 1
      arrive()
    }
    return { made, overtake }
  }

  test.each(['GET', 'POST', 'PUT', 'DELETE'])('%s is sent again with the newer token', async method => {
    const { made, overtake } = await refused()
    const body = method === 'GET' ? undefined : { name: 'Änne', tags: ['a', 'b'] }
    const answer = firstValueFrom(made.http.request<{ body: string }>(method, `${api}/echo`, { body }))
    await settled()
    await overtake()
    expect((await answer).body).toBe(body ? JSON.stringify(body) : '')
    const echoes = made.wired.filter(({ url }) => url.endsWith('/echo'))
    expect(echoes.map(sent => sent.method)).toEqual([method, method])
    expect(new Set(echoes.map(({ token }) => token)).size).toBe(2)
    expect(made.ran).toMatchObject({ [`${method} /echo`]: 1 })
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('passes the interceptors before ours once, and those after it each time', async () => {
    const passed: string[] = []
    const counting =
      (name: string): HttpInterceptorFn =>
      (request, next) => {
        if (request.url.endsWith('/echo')) passed.push(name)
        return next(request)
      }
    const { made, overtake } = await refused({ before: [counting('before')], after: [counting('after')] })
    const answer = get(made, `${api}/echo`)
    await settled()
    await overtake()
    await answer
    expect(passed).toEqual(['before', 'after', 'after'])
  })

  test('shows its observers one answer, and of the refusal nothing', async () => {
    const { made, overtake } = await refused()
    const events: HttpEvent<unknown>[] = []
    const options = { observe: 'events', reportProgress: true } as const
    made.http.get(`${api}/echo`, options).subscribe(event => events.push(event))
    await settled()
    await overtake()
    await settled()
    expect(events.map(({ type }) => HttpEventType[type])).toEqual([
      'Sent',
      'Sent',
      'ResponseHeader',
      'DownloadProgress',
      'Response',
    ])
    expect(events[2]).toMatchObject({ status: 200 })
  })

  test('counts as lost when the answer to its replay is', async () => {
    const { made, overtake } = await refused()
    const answer = errorOf(get(made, `${api}/echo`))
    await settled()
    await overtake({ thenLose: true })
    expect((await answer).status).toBe(0)
    expect(typesOf(made)).toContain('lost')
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is delivered when the application itself refuses', async () => {
    const made = await signedInClient()
    const error = await errorOf(get(made, `${api}/forbidden`))
    expect([error.status, error.error]).toEqual([401, { error: 'not yours' }])
    expect(made.wired).toHaveLength(1)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is not sent again when its caller has given it up meanwhile', async () => {
    const { made, overtake } = await refused()
    const call = made.http.get(`${api}/echo`).subscribe()
    await settled()
    call.unsubscribe()
    await overtake()
    await settled()
    expect(made.wired.filter(({ url }) => url.endsWith('/echo'))).toHaveLength(1)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is not sent again when its caller gives it up while it waits', async () => {
    const made = await signedInClient({ session: { recovery: { path: false } }, rules: '1.2.0' })
    made.server.delay('GET /items', { response: 7_000 })
    const slow = get(made)
    await later(pause)
    const call = made.http.post(`${api}/echo`, 'text').subscribe()
    await settled()
    expect(typesOf(made).slice(-1)).toEqual(['rejected'])
    call.unsubscribe()
    await later(2_000)
    await slow
    await settled()
    expect(made.wired.map(({ method }) => method)).toEqual(['GET', 'POST'])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('that nothing can save signs out, and is delivered', async () => {
    const made = await signedInClient()
    const { uid, clients } = made.server.inspect().users[0]!
    const [client, { token }] = Object.entries(clients)[0]!
    const credentials = { 'access-token': token, client, uid }
    await made.server.fetch(`${api}/auth/sign_out`, { method: 'DELETE', headers: credentials })
    expect((await errorOf(get(made))).status).toBe(401)
    expect(made.wired).toHaveLength(1)
    expect(made.session.getSnapshot().status).toBe('signed-out')
  })
})

describe('a request that its caller gives up', () => {
  test('by switchMap stays on the wire, and its token goes with the next request', async () => {
    const made = await signedInClient()
    const held = made.server.hold('GET /items')
    const typed = new Subject<string>()
    const shown: unknown[] = []
    const ask = (query: string) => (query ? made.http.get(items, { params: { query } }) : of('nothing'))
    typed.pipe(switchMap(ask)).subscribe(item => shown.push(item))
    typed.next('a')
    await held.begun
    typed.next('')
    expect([shown, made.wired[0]!.cut]).toEqual([['nothing'], false])
    held.release()
    await settled()
    expect(typesOf(made)).toEqual(['sent', 'rotated'])
    const { token } = Object.values(made.server.inspect().users[0]!.clients)[0]!
    await later(pause)
    await get(made)
    expect(tokensOf(made)[1]).toBe(token)
    expect(shown).toEqual(['nothing'])
  })

  test('by an operator in time is not lost either', async () => {
    const made = await signedInClient()
    made.server.delay('GET /items', { response: 3_000 })
    const aborted = vi.fn()
    made.session.on('aborted', aborted)
    const call = failureOf(firstValueFrom(made.http.get(items).pipe(timeout(1_000))))
    await later(1_000)
    expect(await call).toMatchObject({ name: 'TimeoutError' })
    expect(aborted).toHaveBeenCalledOnce()
    expect(typesOf(made)).toEqual(['sent'])
    await later(2_000)
    expect(typesOf(made)).toEqual(['sent', 'rotated'])
  })

  test('is cut when its headers have not come in time, and counts as lost', async () => {
    const made = await signedInClient({ session: { lingerAfterAbort: 4_000 } })
    const held = made.server.hold('GET /items')
    const call = made.http.get(items).subscribe()
    await held.begun
    call.unsubscribe()
    await later(3_999)
    expect(made.wired[0]!.cut).toBe(false)
    await later(1)
    expect(made.wired[0]!.cut).toBe(true)
    expect(typesOf(made)).toContain('lost')
    held.release()
    expect(await stillSignedIn(made)).toBe(true)
  })

  test.each([
    ['a large upload', {}, 'x'.repeat(70_000)],
    ['a large upload of JSON', {}, { text: 'x'.repeat(70_000) }],
    ['a form, whose size nobody knows', {}, new FormData()],
    ['one that the session lets not linger', { lingerAfterAbort: 0 }, 'small'],
  ])('is cut at once: %s', async (_, session, body) => {
    const made = await signedInClient({ session })
    const held = made.server.hold('POST /echo')
    const call = made.http.post(`${api}/echo`, body).subscribe()
    await held.begun
    call.unsubscribe()
    expect(made.wired[0]!.cut).toBe(true)
    expect(typesOf(made).slice(0, 2)).toEqual(['sent', 'lost'])
    held.release()
    expect(await stillSignedIn(made)).toBe(true)
  })

  describe('whose headers come before its body', () => {
    const observed = { observe: 'events', reportProgress: true } as const
    async function slowBody() {
      let server!: { fetch(request: Request): Promise<Response> }
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      const made = await signedInClient({
        network: async request => new Response(readable, { headers: (await server.fetch(request)).headers }),
      })
      server = made.server
      return { made, body: writable.getWriter() }
    }

    test('is cut at once when its token is there already', async () => {
      const { made, body } = await slowBody()
      const events: number[] = []
      const call = made.http.get(items, observed).subscribe(({ type }) => events.push(type))
      await settled()
      void body.write(new TextEncoder().encode('the first half'))
      await settled()
      expect(events.map(type => HttpEventType[type])).toEqual(['Sent', 'ResponseHeader', 'DownloadProgress'])
      expect(typesOf(made)).toEqual(['sent', 'rotated'])
      call.unsubscribe()
      expect(made.wired[0]!.cut).toBe(true)
      await settled()
      expect(typesOf(made)).toEqual(['sent', 'rotated'])
    })

    test('is cut as soon as its token is there', async () => {
      const { made } = await slowBody()
      const held = made.server.hold('GET /items')
      const call = made.http.get(items, observed).subscribe()
      await held.begun
      call.unsubscribe()
      expect(made.wired[0]!.cut).toBe(false)
      held.release()
      await settled()
      expect([made.wired[0]!.cut, typesOf(made)]).toEqual([true, ['sent', 'rotated']])
      await later(20_000)
      expect(typesOf(made)).toEqual(['sent', 'rotated'])
    })

    test('is not sent again when they refuse it', async () => {
      const refusal = () => new Response('{}', { status: 401 })
      const held: (() => void)[] = []
      const made = await signedInClient({
        network: () => new Promise(resolve => held.push(() => resolve(refusal()))),
      })
      const call = made.http.get(items, observed).subscribe()
      call.unsubscribe()
      await made.session.fetch('/items')
      held[0]!()
      await settled()
      expect([made.wired.length, made.wired[0]!.cut]).toEqual([1, true])
      expect(await stillSignedIn(made)).toBe(true)
    })

    test('is settled once, when all of it comes in', async () => {
      const { made, body } = await slowBody()
      const answer = lastValueFrom(made.http.get(items, observed))
      await settled()
      void body.write(new TextEncoder().encode('"all of it"'))
      void body.close()
      expect(await answer).toMatchObject({ body: 'all of it' })
      expect(typesOf(made)).toEqual(['sent', 'rotated'])
    })
  })

  test('leaves nothing behind that others would wait for', async () => {
    const made = await signedInClient({ session: { lingerAfterAbort: 0, recovery: { path: false } } })
    const calls: Subscription[] = []
    for (let call = 0; call < 20; call++) calls.push(made.http.get(items).subscribe())
    for (const call of calls) call.unsubscribe()
    await settled()
    const count = (type: string) => typesOf(made).filter(other => other === type).length
    expect([count('sent'), count('lost')]).toEqual([20, 20])
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('a request without an answer', () => {
  test('is an HttpErrorResponse of status 0, and makes the session look after its token', async () => {
    const made = await signedInClient()
    made.server.loseAnswer('GET /items')
    expect(await errorOf(get(made))).toMatchObject({ name: 'HttpErrorResponse', status: 0 })
    await later(4_000)
    expect(typesOf(made)).toEqual(expect.arrayContaining(['lost', 'recovered']))
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('begins anew when an interceptor before ours retries, with the token of then', async () => {
    const made = await signedInClient({
      before: [(request, next) => next(request).pipe(retry({ count: 1, delay: 4_000 }))],
    })
    made.server.loseAnswer('GET /items')
    const answer = get(made)
    await settled()
    await later(4_000)
    expect(await answer).toEqual({ owner: ada.email })
    expect(new Set(tokensOf(made)).size).toBe(2)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test.each([
    ['that an interceptor after ours ends', () => EMPTY],
    ['that an interceptor after ours fails', () => throwError(() => new Error('my own'))],
    [
      'whose injector is gone',
      () => {
        throw new Error('NG0205')
      },
    ],
  ])('%s counts as lost', async (_, after) => {
    const made = await signedInClient({ after: [after] })
    await failureOf(get(made))
    expect(typesOf(made).slice(0, 2)).toEqual(['sent', 'lost'])
  })

  test('whose body breaks off fails, but its token is kept', async () => {
    let server!: { fetch(request: Request): Promise<Response> }
    const broken = () =>
      new ReadableStream({
        start(controller) {
          controller.error(new TypeError('the connection broke'))
        },
      })
    const made = await signedInClient({
      network: async request => new Response(broken(), { headers: (await server.fetch(request)).headers }),
    })
    server = made.server
    const events: number[] = []
    const call = made.http
      .get(items, { observe: 'events', reportProgress: true })
      .pipe(tap(({ type }) => events.push(type)))
    expect(await failureOf(lastValueFrom(call))).toMatchObject({ name: 'HttpErrorResponse', status: 0 })
    expect(events).toEqual([HttpEventType.Sent, HttpEventType.ResponseHeader])
    expect(typesOf(made)).toEqual(['sent', 'rotated'])
  })
})

test('of two answers, from a cache after ours and from the server, both are shown, and the token taken', async () => {
  const cached = new HttpResponse({ body: 'cached' })
  const made = await signedInClient({ after: [(request, next) => concat(of(cached), next(request))] })
  await made.session.fetch('/items')
  await later(pause)
  made.events.length = 0
  const bodies: unknown[] = []
  made.http.get(items).subscribe(body => bodies.push(body))
  await settled()
  expect(bodies).toEqual(['cached', { owner: ada.email }])
  expect(typesOf(made)).toEqual(['sent', 'kept', 'rotated'])
})

describe('the user’s own tests with HttpTestingController', () => {
  const testing = (options = {}) =>
    signedInClient({ ...options, providers: [provideHttpClientTesting()] }).then(made => ({
      ...made,
      controller: TestBed.inject(HttpTestingController),
    }))

  test('see the request as it was written, at once, and its answer at once', async () => {
    const { http, controller, events } = await testing()
    let shown: unknown
    http.post('https://api.example.com/items', { name: 'a' }).subscribe(body => {
      shown = body
    })
    const { request, flush } = withFlush(controller.expectOne(items))
    expect(request.body).toEqual({ name: 'a' })
    expect([request.reportProgress, request.withCredentials]).toEqual([false, false])
    expect(request.headers.get('uid')).toBe(ada.email)
    flush({ id: 1 }, { headers: rotation('next', 100) })
    expect(shown).toEqual({ id: 1 })
    expect(typesOf({ events })).toEqual(['sent', 'rotated'])
    controller.verify()
  })

  test('can refuse a request, and see it again after a turn', async () => {
    const { http, controller } = await testing()
    let shown: unknown
    http.get('/first').subscribe()
    http.get(`${api}/first`).subscribe()
    http.get(`${api}/second`).subscribe(body => {
      shown = body
    })
    controller.expectOne('/first').flush({})
    withFlush(controller.expectOne(`${api}/first`)).flush({}, { headers: rotation('next', 100) })
    const refused = controller.expectOne(`${api}/second`)
    refused.flush({}, { status: 401, statusText: 'Unauthorized' })
    await settled()
    const replay = controller.expectOne(`${api}/second`)
    expect(replay.request.headers.get('access-token')).toBe('next')
    replay.flush('done')
    expect(shown).toBe('done')
    controller.verify()
  })

  test('can report progress without headers', async () => {
    const { http, controller } = await testing()
    const loaded: number[] = []
    http.get(items, { observe: 'events', reportProgress: true }).subscribe(event => {
      if (event.type === HttpEventType.DownloadProgress) loaded.push(event.loaded)
    })
    const request = controller.expectOne(items)
    request.event({ type: HttpEventType.DownloadProgress, loaded: 7, total: 10 })
    request.event({ type: HttpEventType.DownloadProgress, loaded: 10, total: 10 })
    request.flush({})
    expect(loaded).toEqual([7, 10])
  })

  test('see errors and cancelled requests as ever, where nothing lingers', async () => {
    const { http, controller } = await testing({ session: { lingerAfterAbort: 0 } })
    let error: HttpErrorResponse | undefined
    http.get(items).subscribe({
      error: (failed: HttpErrorResponse) => {
        error = failed
      },
    })
    controller.expectOne(items).flush('no', { status: 422, statusText: 'Unprocessable' })
    expect([error?.status, error?.error]).toEqual([422, 'no'])
    const call = http.get(items).subscribe()
    const request = controller.expectOne(items)
    call.unsubscribe()
    expect(request.cancelled).toBe(true)
    controller.verify({ ignoreCancelled: true })
  })

  test('see a request that lingers end with its answer', async () => {
    const { http, controller, events } = await testing()
    const call = http.get(items).subscribe()
    const request = controller.expectOne(items)
    call.unsubscribe()
    expect(request.cancelled).toBe(false)
    withFlush(request).flush({}, { headers: rotation('next', 100) })
    expect(typesOf({ events })).toEqual(['sent', 'rotated'])
    controller.verify()
  })

  type TestRequest = ReturnType<HttpTestingController['expectOne']>
  const withFlush = (request: TestRequest) => ({
    request: request.request,
    flush: (body: object, options: { headers: Record<string, string> }) => request.flush(body, options),
  })
  /** The headers of an answer that rotates. */
  const rotation = (token: string, seconds: number) => ({
    'access-token': token,
    'token-type': 'Bearer',
    expiry: String(Math.floor(Date.now() / 1_000) + 14 * 86_400 + seconds),
    uid: ada.email,
  })
})

test('no timer of the session’s keeps an application with zone.js from being stable', async () => {
  const made = await signedInClient()
  const zone = TestBed.inject(NgZone)
  let outside = false
  vi.spyOn(zone, 'runOutsideAngular').mockImplementation(run => {
    outside = true
    try {
      return run()
    } finally {
      outside = false
    }
  })
  const { setTimeout } = globalThis
  const timers: boolean[] = []
  vi.stubGlobal('setTimeout', (...parameters: Parameters<typeof setTimeout>) => {
    timers.push(outside)
    return setTimeout(...parameters)
  })
  const answer = get(made)
  vi.stubGlobal('setTimeout', setTimeout)
  expect([timers.length > 0, timers.every(Boolean)]).toEqual([true, true])
  await answer
})

describe('in a reactive context', () => {
  async function inTab() {
    const storage = memoryStorage()
    const made = world({ session: { storage } })
    await made.session.signIn(ada)
    const other = made.another({ storage })
    const read = signal(0)
    const reading: HttpInterceptorFn = (request, next) => {
      read()
      return next(request)
    }
    const client = clientOf(undefined, made.server.fetch, {
      after: [reading],
      providers: [provideSession(made.session)],
    })
    return { other, read, client, session: TestBed.runInInjectionContext(() => injectSession()) }
  }

  test('a request may bring news of another tab, and the signals show them', async () => {
    const { other, client, session } = await inTab()
    await other.signOut()
    expect(session.status()).toBe('signed-in')
    const asking = computed(() => client.http.get(items).subscribe())
    asking()
    expect(session.status()).toBe('signed-out')
    await settled()
  })

  test('a request tracks no signal that others read on its way', async () => {
    const { read, client } = await inTab()
    let runs = 0
    const asking = computed(() => {
      client.http.get(items).subscribe()
      return ++runs
    })
    asking()
    read.set(1)
    expect(asking()).toBe(1)
    await settled()
  })
})

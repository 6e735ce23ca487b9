import { equal, truth } from './check.ts'
import type { Seen } from './observe.ts'
import type { Scene } from './scene.ts'

/** What every adapter promises, in the same words. */
export interface Case {
  readonly name: string
  /** Whether it sends a body that can be read once only. */
  readonly needsStream?: true
  /** Whether the client has to tell that it was redirected. */
  readonly needsRedirects?: true
  run(scene: Scene): Promise<void>
}

export const cases: readonly Case[] = [
  {
    name: 'stamp: a request carries the stored credentials, and never over a header of its caller',
    async run({ call, calm, seen, goesOnWith }) {
      await calm()
      await call('GET /items')
      const [first] = await seen('GET /items')
      truth(first?.token && first.status === 200, 'the server accepts the credentials')
      await call('GET /items', { headers: { 'Access-Token': 'my own' } })
      equal((await seen('GET /items')).at(-1)?.token, 'my own', "the caller's header")
      await goesOnWith(first.issued)
    },
  },
  {
    name: 'settle: the token of a response goes with the next request',
    async run({ call, calm, seen, goesOnWith }) {
      for (let n = 0; n < 3; n++) {
        await calm()
        equal((await call('GET /items')).status, 200, 'the answer')
      }
      const tokens = await seen('GET /items')
      equal(tokens.slice(1).map(sentToken), tokens.slice(0, 2).map(issuedToken), 'the tokens sent')
      await goesOnWith(tokens[2]!.issued)
    },
  },
  {
    name: 'batch: of requests together one brings the token, and all are delivered',
    async run({ api, call, calm, seen, goesOnWith }) {
      await calm()
      const holds = await Promise.all([1, 2, 3].map(() => api.hold('GET /slow')))
      // Chromium sends one of several equal GETs at a time: for a cache's sake the others wait for its answer.
      const answers = [1, 2, 3].map(n => call(`GET /slow?${n}`))
      for (const hold of holds) await api.held(hold)
      for (const hold of holds) await api.release(hold)
      equal(
        (await Promise.all(answers)).map(({ status }) => status),
        [200, 200, 200],
        'the answers',
      )
      const together = await seen('GET /slow')
      const issued = together.map(issuedToken).filter(token => token !== '')
      equal(new Set(together.map(sentToken)).size, 1, 'tokens sent')
      equal(issued.length, 1, 'tokens issued')
      await goesOnWith(issued[0]!)
    },
  },
  {
    name: 'blank: an answer without a token changes nothing',
    async run({ call, calm, seen, goesOnWith }) {
      await calm()
      await call('GET /items')
      await call('GET /items')
      const [rotated, blank] = await seen('GET /items')
      equal(blank?.issued, '', 'the second answer')
      await goesOnWith(rotated!.issued)
    },
  },
  {
    name: 'replay: a refused GET is sent again with the newer token',
    async run(scene) {
      await refuseAndReplay(scene, 'GET /slow')
    },
  },
  {
    name: 'replay: a refused POST with JSON',
    async run(scene) {
      const json = { name: 'Änne', tags: ['a', 'b'] }
      equal(await refuseAndReplay(scene, 'POST /items', { json }), JSON.stringify(json), 'the body')
    },
  },
  {
    name: 'replay: a refused POST with a form',
    async run(scene) {
      const form = new FormData()
      form.append('name', 'Änne')
      form.append('file', new Blob(['contents']), 'file.txt')
      const fields = JSON.stringify({ name: 'Änne', file: 'contents' })
      equal(await refuseAndReplay(scene, 'POST /items', { form }), fields, 'the form')
    },
  },
  {
    name: 'replay: a refused POST with a stream, else its 401 is delivered and the session stays',
    needsStream: true,
    async run(scene) {
      const { replayed, from } = scene.adapter.stream!
      if (replayed) {
        equal(
          await refuseAndReplay(scene, 'POST /items', { stream: from('streamed') }),
          'streamed',
          'the body',
        )
        return
      }
      const { status, token } = await refuse(scene, 'POST /items', { stream: from('streamed') })
      equal(status, 401, 'the answer')
      equal(
        (await scene.seen('POST /items')).map(({ body }) => body),
        ['streamed'],
        'the bodies',
      )
      await scene.goesOnWith(token)
    },
  },
  {
    name: 'wait: a refused request waits for one in flight that brings a newer token',
    async run({ api, call, calm, seen, goesOnWith }) {
      await calm()
      await api.stall('answer', 'GET /slow')
      const inFlight = call('GET /slow')
      await api.stalled('answer', 'GET /slow')
      await api.rotateElsewhere()
      await calm()
      const refused = call('POST /items', { json: {} })
      await untilSeen(seen, 'POST /items')
      await api.letGo('answer', 'GET /slow')
      equal(
        (await Promise.all([inFlight, refused])).map(({ status }) => status),
        [200, 200],
        'the answers',
      )
      const [slow] = await seen('GET /slow')
      const [first, replay, ...more] = await seen('POST /items')
      equal([first?.status, replay?.status, more.length], [401, 200, 0], 'what the server answered')
      equal([first?.token, replay?.token], [slow?.token, slow?.issued], 'the tokens sent')
      await goesOnWith(replay!.issued)
    },
  },
  {
    name: 'abort: the call ends at once, and the token of its answer arrives',
    async run(scene) {
      const caller = new AbortController()
      await endEarly(scene, 'aborted', { signal: caller.signal }, () => caller.abort())
    },
  },
  {
    name: 'timeout: the call ends in time, and the token of its answer arrives',
    async run(scene) {
      await endEarly(scene, 'timed out', { timeout: 300 })
    },
  },
  {
    name: 'loss: a lost answer is an error of the client, and the session lives',
    async run({ adapter, api, call, calm, next, seen, session }) {
      await calm()
      const lost = next('lost')
      const recovered = next('recovered')
      await api.loseAnswer('GET /slow')
      const error = await call('GET /slow').then(
        ({ status }) => new Error(`answered with ${status}`),
        error => error,
      )
      equal(adapter.reasonOf(error), 'lost', `the error (${error})`)
      await lost
      const [slow] = await seen('GET /slow')
      truth(slow?.issued, 'the lost answer had a token')
      equal((await call('GET /items')).status, 200, 'the next answer')
      await recovered
      await calm()
      equal((await call('GET /items')).status, 200, 'the answer after the recovery')
      equal(session.getSnapshot().status, 'signed-in', 'the session')
    },
  },
  {
    name: 'sign-out in flight: a late answer is delivered, and revives nothing',
    async run({ api, call, calm, seen, session }) {
      await calm()
      const holds = [await api.hold('GET /slow'), await api.hold('DELETE /auth/sign_out')]
      const late = call('GET /slow')
      await api.held(holds[0]!)
      const signedOut = session.signOut()
      await api.held(holds[1]!)
      await api.release(holds[0]!)
      equal((await late).status, 200, 'the late answer')
      truth((await seen('GET /slow'))[0]?.issued, 'the late answer had a token')
      await api.release(holds[1]!)
      await signedOut
      equal((await call('GET /items')).status, 401, 'the next answer')
      equal((await seen('GET /items')).map(sentToken), [null], 'the tokens sent')
      equal(session.getSnapshot(), { status: 'signed-out', user: null }, 'the session')
    },
  },
  {
    name: "401 of the application's own: delivered as it is, and its token is kept",
    async run({ call, calm, seen, goesOnWith }) {
      await calm()
      const { status, body } = await call('GET /forbidden')
      equal([status, text(body)], [401, '{"error":"not yours"}'], 'the answer')
      const requests = await seen('GET /forbidden')
      equal(requests.length, 1, 'requests sent')
      await goesOnWith(requests[0]!.issued)
    },
  },
  {
    name: 'another origin: it gets no token, and gives none',
    async run({ api, call, calm, seen, goesOnWith }) {
      await calm()
      await call('GET /items')
      const answer = await call(`GET ${api.elsewhere}/items`)
      equal([answer.status, text(answer.body)], [200, '{"did":"elsewhere"}'], 'the answer')
      equal((await api.seenElsewhere()).map(sentToken), [null], 'the tokens that it got')
      await goesOnWith((await seen('GET /items'))[0]!.issued)
    },
  },
  {
    name: 'redirect to another origin: it gives no token',
    async run({ api, call, calm, seen, goesOnWith }) {
      await calm()
      await call('GET /items')
      const answer = await call('GET /moved')
      equal([answer.status, text(answer.body)], [200, '{"did":"elsewhere"}'], 'the answer')
      equal((await api.seenElsewhere()).length, 1, 'requests that it got')
      await goesOnWith((await seen('GET /items'))[0]!.issued)
    },
  },
  {
    name: 'redirect within the origin: the token that it rotated unseen is asked for',
    needsRedirects: true,
    async run({ call, calm, next, seen, session }) {
      await calm()
      const lost = next('lost')
      const recovered = next('recovered')
      const answer = await call('GET /renamed')
      equal([answer.status, text(answer.body)], [200, '{"did":"GET"}'], 'the answer')
      const [redirect] = await seen('GET /renamed')
      const [led] = await seen('GET /items')
      truth(redirect?.issued, 'the redirect rotated')
      equal([led?.token, led?.issued], [redirect.token, ''], 'what it led to was of its batch')
      await lost
      await recovered
      for (let n = 0; n < 2; n++) {
        await calm()
        equal((await call('GET /items')).status, 200, 'the answers after the recovery')
      }
      equal(session.getSnapshot().status, 'signed-in', 'the session')
    },
  },
  {
    name: '204: its token is kept',
    async run(scene) {
      await answeredBy(scene, 'DELETE /items', 204, '')
    },
  },
  {
    name: '304: its token is kept',
    async run(scene) {
      await answeredBy(scene, 'GET /versioned', 304, '', { headers: { 'if-none-match': '"v1"' } })
    },
  },
  {
    name: 'HEAD: its token is kept',
    async run(scene) {
      await answeredBy(scene, 'HEAD /items', 200, '')
    },
  },
  {
    name: '422: its errors are delivered, and its token is kept',
    async run(scene) {
      await answeredBy(scene, 'POST /invalid', 422, '{"errors":{"name":["is missing"]}}', { json: {} })
    },
  },
  {
    name: 'concurrent calls: none waits for another, and each is done once',
    async run({ api, call, calm, seen, goesOnWith }) {
      await calm()
      const hold = await api.hold('GET /slow')
      const slow = call('GET /slow')
      await api.held(hold)
      const others = await Promise.all([1, 2, 3, 4].map(n => call('POST /items', { json: { n } })))
      equal(
        others.map(({ status }) => status),
        [200, 200, 200, 200],
        'the answers meanwhile',
      )
      await api.release(hold)
      equal((await slow).status, 200, 'the slow answer')
      const requests = await seen('POST /items')
      equal(
        requests.map(({ body }) => body).sort(),
        [1, 2, 3, 4].map(n => `{"n":${n}}`),
        'the requests done',
      )
      await goesOnWith(requests.map(issuedToken).find(token => token)!)
    },
  },
]

type Options = Parameters<Scene['call']>[1]

/** Lets a request arrive when its token is no longer accepted, and the session has a newer one. */
async function refuse({ api, call, calm, seen }: Scene, route: string, options?: Options) {
  await calm()
  await api.stall('request', route)
  const refused = call(route, options)
  await api.stalled('request', route)
  for (let n = 0; n < 2; n++) {
    await call('GET /items')
    await calm()
  }
  await api.letGo('request', route)
  const { status } = await refused
  return { status, token: (await seen('GET /items')).at(-1)!.issued }
}

/** @returns the body that was sent both times */
async function refuseAndReplay(scene: Scene, route: string, options?: Options): Promise<string> {
  const { status, token } = await refuse(scene, route, options)
  equal(status, 200, 'the answer')
  const [refused, replay, ...more] = await scene.seen(route)
  equal([refused?.status, replay?.status, more.length], [401, 200, 0], 'what the server answered')
  equal(replay?.token, token, 'the token of the replay')
  equal(replay?.body, refused?.body, 'the body of the replay')
  await scene.goesOnWith(replay!.issued)
  return replay!.body
}

/** Ends a call while its answer is still to come, and sees what becomes of the token. */
async function endEarly(
  { adapter, api, call, calm, next, seen, goesOnWith }: Scene,
  reason: string,
  options: Options,
  end = () => {},
): Promise<void> {
  await calm()
  const hold = await api.hold('GET /slow')
  const error = call('GET /slow', options).then(
    ({ status }) => new Error(`answered with ${status}`),
    error => error,
  )
  await api.held(hold)
  end()
  equal(adapter.reasonOf(await error), reason, `the error (${await error})`)
  const rotated = next('rotated')
  await api.release(hold)
  await rotated
  await goesOnWith((await seen('GET /slow'))[0]!.issued)
}

async function answeredBy(
  { call, calm, seen, goesOnWith }: Scene,
  route: string,
  status: number,
  body: string,
  options?: Options,
): Promise<void> {
  await calm()
  const answer = await call(route, options)
  equal([answer.status, text(answer.body)], [status, body], 'the answer')
  const [request] = await seen(route)
  truth(request?.issued, 'the answer had a token')
  await goesOnWith(request.issued)
}

async function untilSeen(seen: Scene['seen'], route: string): Promise<void> {
  while ((await seen(route)).length === 0) await new Promise(resolve => setTimeout(resolve, 5))
}

function text(body: unknown): string {
  return typeof body === 'string' ? body : body === undefined || body === null ? '' : JSON.stringify(body)
}

function sentToken({ token }: Seen): string | null {
  return token
}

function issuedToken({ issued }: Seen): string | null {
  return issued
}

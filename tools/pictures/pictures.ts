import type { MockServerOptions } from '../../src/mock/index.ts'
import type { Stage } from './stage.ts'

/** What is played, and drawn as docs/pictures/<name>.svg. */
export interface Picture {
  name: string
  title: string
  server?: MockServerOptions
  play(stage: Stage): Promise<void>
}

/** The pictures of devise_token_auth's own documents, from runs. */
const basics: Picture[] = [
  {
    name: 'one-at-a-time',
    title: 'One request at a time: each answer brings a new token, and the next request carries it',
    async play(stage) {
      const session = await signedIn(stage)
      await stage.call(session, '/items')
      await stage.bufferCloses()
      await stage.call(session, '/news')
      await stage.bufferCloses()
      await stage.call(session, '/profile')
    },
  },
  {
    name: 'batch',
    title: 'A batch: the request that is ready first brings the new token, the others are blank',
    async play(stage) {
      const session = await signedIn(stage)
      stage.server.delay('GET /items', { action: 150 })
      stage.server.delay('GET /profile', { action: 250 })
      for (const path of ['/items', '/news', '/profile']) stage.send(session, path)
      await stage.time.pass(600)
      await stage.bufferCloses()
      await stage.call(session, '/items')
    },
  },
  {
    name: 'batch-and-buffer',
    title: 'A batch and its buffer: who begins within it gets a blank, who begins after it rotates',
    async play(stage) {
      const session = await signedIn(stage)
      await stage.call(session, '/items')
      await stage.time.pass(1_200)
      await stage.call(session, '/news')
      await stage.time.pass(2_500)
      await stage.call(session, '/profile')
      await stage.bufferCloses()
      await stage.call(session, '/items')
      await stage.time.pass(700)
      await stage.call(session, '/news')
    },
  },
]

/** The schedules that sign users out elsewhere, and what the library does about them. */
const troubles: Picture[] = [
  {
    name: 'late-answer',
    title: 'A late answer brings an older token: it is told by its expiry, and left',
    async play(stage) {
      const session = await signedIn(stage)
      stage.server.delay('GET /items', { response: 6_500 })
      stage.send(session, '/items')
      await stage.time.pass(5_600)
      await stage.call(session, '/news')
      await stage.time.pass(1_500)
      await stage.bufferCloses()
      await stage.call(session, '/profile')
    },
  },
  {
    name: 'lost-answer',
    title: 'A lost answer under rules 1.2.0: a recovery inside the buffer brings a token that is good',
    server: { rules: '1.2.0' },
    async play(stage) {
      const session = await signedIn(stage)
      stage.server.loseAnswer('GET /items')
      await stage.call(session, '/items')
      await stage.time.pass(3_000)
      await stage.bufferCloses()
      await stage.call(session, '/news')
    },
  },
  {
    name: 'reload',
    title: 'A reload in the midst of a request: the next page recovers first of all',
    server: { rules: '1.2.0' },
    async play(stage) {
      const session = await signedIn(stage)
      stage.send(session, '/items')
      await stage.time.pass(80)
      stage.leave(session)
      await stage.time.pass(400)
      const reloaded = stage.open('tab 1')
      await stage.time.pass(3_000)
      await stage.bufferCloses()
      await stage.call(reloaded, '/news')
    },
  },
  {
    name: 'abort',
    title: 'An abort: the caller is free at once, the request stays on the wire for its token',
    async play(stage) {
      const session = await signedIn(stage)
      const abort = new AbortController()
      stage.server.delay('GET /items', { action: 200 })
      stage.send(session, '/items', { signal: abort.signal })
      await stage.time.pass(120)
      abort.abort()
      await stage.time.pass(600)
      await stage.bufferCloses()
      await stage.call(session, '/news')
    },
  },
  {
    name: 'overtaken-post',
    title: 'A POST that is overtaken: its token is refused, so it did not run, and is sent again',
    server: { rules: '1.2.0' },
    async play(stage) {
      const session = await signedIn(stage)
      stage.server.delay('POST /photos', { request: 12_000 })
      stage.send(session, '/photos', { method: 'POST', body: '{}' })
      await stage.time.pass(100)
      await stage.call(session, '/items')
      await stage.bufferCloses()
      await stage.call(session, '/news')
      await stage.time.pass(8_000)
    },
  },
  {
    name: 'two-tabs',
    title: 'Two tabs are one session: what one brings the other carries, and a sign-out is for both',
    async play(stage) {
      const first = await signedIn(stage)
      const second = stage.open('tab 2')
      stage.send(first, '/items')
      stage.send(second, '/news')
      await stage.time.pass(400)
      await stage.bufferCloses()
      await stage.call(second, '/profile')
      await stage.bufferCloses()
      stage.server.delay('GET /items', { action: 300 })
      stage.send(second, '/items')
      await stage.time.pass(100)
      const signedOut = first.signOut()
      await stage.time.pass(1_000)
      await signedOut
    },
  },
  {
    name: 'shorter-lifespan',
    title: 'A deploy lowers the lifespan: a smaller expiry is no older token, as a recovery finds out',
    async play(stage) {
      const session = await signedIn(stage)
      await stage.call(session, '/items')
      await stage.bufferCloses()
      stage.server.configure({ tokenLifespan: 7 * 24 * 3_600 })
      await stage.call(session, '/news')
      await stage.time.pass(1_500)
      await stage.bufferCloses()
      await stage.call(session, '/profile')
    },
  },
]

export const pictures: readonly Picture[] = [...basics, ...troubles]

async function signedIn(stage: Stage) {
  const session = stage.open('tab 1')
  await stage.signIn(session)
  await stage.bufferCloses()
  return session
}

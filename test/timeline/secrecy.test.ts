import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSession, memoryStorage } from '../../src/index.ts'
import type { ServerListener } from '../../src/mock/index.ts'
import { createLog, type Log, parseLog, timeline, toSvg } from '../../src/timeline/index.ts'

/** What goes into a header, and is none of the words that a log is made of. */
const visible = fc.string({
  unit: fc.constantFrom(...'abcXYZ019-._~+/=@%:;,&?#!$\'"()*<>[]{}|^`\\'.split('')),
  minLength: 3,
  maxLength: 40,
})
const secret = visible.map(text => `Zq${text}zQ`)
const email = fc.emailAddress().map(address => `zq${address}`)

/** As applications put it into a path: raw where that can be, or encoded, once or twice, in whatever case. */
const written = fc.constantFrom(
  (text: string) => text,
  encodeURIComponent,
  (text: string) => encodeURIComponent(encodeURIComponent(text)),
  (text: string) => encodeURIComponent(text).toLowerCase(),
  (text: string) => encodeURIComponent(text.toUpperCase()),
  (text: string) =>
    [...text].map(letter => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
)

interface Told {
  log: Log
  said: string[]
}

/** A session with these secrets calls what an application may call, and a log follows it and its server. */
async function toldOf(uid: string, tokens: string[], client: string, paths: string[]): Promise<Told> {
  let answers = 0
  const heard = new Set<ServerListener>()
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const token = tokens[Math.min(answers++, tokens.length - 1)]!
    const url = new URL(String(input))
    for (const listener of heard) {
      const about = { at: 0, request: answers, method: init?.method ?? 'GET', path: url.pathname }
      listener({ ...about, type: 'begin', token: answers, client: 1 })
      listener({ ...about, type: 'finish', status: 200 })
    }
    const headers = { 'access-token': token, client, uid, expiry: String(2_000_000_000 + answers) }
    return Response.json({ data: { uid } }, { headers })
  }
  const session = createSession({ baseUrl: 'https://api.example.com', fetch, storage: memoryStorage() })
  const log = createLog()
  log.followServer({
    on(listener) {
      heard.add(listener)
      return () => {}
    },
  })
  log.follow(session)
  // Before anybody is known, too.
  await session.fetch(paths[0]!)
  await session.signIn({ email: uid })
  for (const path of paths) await session.fetch(path)
  await session.signOut()
  session.dispose()
  const loaded = parseLog(JSON.stringify(log))
  const said = [
    JSON.stringify(log),
    JSON.stringify(log.toJSON({ include: ['query'] })),
    timeline(loaded),
    toSvg(loaded),
  ]
  return { log, said }
}

/** As plain as it gets. */
function plain(text: string): string {
  for (let read = text; ; ) {
    const next = read.replace(/(?:%[\da-f]{2})+/gi, escapes => {
      const bytes = Buffer.from(escapes.replaceAll('%', ''), 'hex')
      return bytes.toString('utf8')
    })
    if (next === read) return read.toLowerCase()
    read = next
  }
}

/** However the text that is searched writes it: JSON and XML write some letters otherwise. */
function spellings(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const xml = secret.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)
  return [secret, json, xml].map(plain)
}

test('no token, client or uid is in what a log says, wherever an application puts it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(secret, email),
      fc.array(secret, { minLength: 1, maxLength: 4 }),
      secret,
      fc.array(
        fc.tuple(fc.nat(5), written, fc.constantFrom('/users/', '/a/b-', '/?uid=', '/x?y=1&t=', '/')),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      async (uid, tokens, client, places) => {
        const secrets = [uid, ...tokens, client]
        // What an application puts into a path belongs to the session that is signed in: its uid above all.
        const paths = places.map(([, write, before]) => `${before}${write(uid)}`)
        const { said } = await toldOf(uid, tokens, client, paths)
        for (const text of said.map(plain)) {
          for (const one of secrets.flatMap(spellings)) expect(text).not.toContain(one)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('the stored token and the client are masked in paths, too', async () => {
  const { said } = await toldOf('zq@example.com', ['zq-token-1', 'zq-token-2'], 'zq-client', [
    '/revoke/zq-token-2',
    '/devices/zq-client?t=zq-token-2',
  ])
  for (const text of said) expect(text).not.toMatch(/zq/)
})

test('an id stays, also beside a uid of the same letters', async () => {
  const { log } = await toldOf('1', ['zq-token'], 'zq-client', ['/items/11', '/users/1', '/items/11?page=1'])
  const paths = log.toJSON().events.flatMap(event => (event.type === 'sent' ? [event.path] : []))
  expect(paths).toEqual(['/items/11', '/users/…', '/items/11', '/auth/sign_out'])
})

test('queries are there only when they are asked for, and without the uid', async () => {
  const { log } = await toldOf('ada@example.com', ['zq-token'], 'zq-client', [
    '/find?q=shoes&by=ada%40example.com',
  ])
  expect(JSON.stringify(log)).not.toMatch(/shoes/)
  const [sent] = log.toJSON({ include: ['query'] }).events.filter(event => event.type === 'sent')
  expect(sent).toMatchObject({ path: '/find', query: '?q=shoes&by=…' })
})

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import axios, { type AxiosInstance, type CreateAxiosDefaults } from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'
import ky from 'ky'
import { attachSession } from '../../src/adapters/axios.ts'
import { withSession } from '../../src/adapters/ky.ts'
import { createSession, memoryStorage } from '../../src/index.ts'
import { answerBody, answerHeaders } from './server.ts'

/**
 * `npm run bench:adapters`, also a part of `npm run bench`: what a session adds to axios's and ky's own cost per call, beside what
 * axios-auth-refresh adds. All send the same request: those without a session have its three headers fixed. The cost
 * is the processor's time in this process; the server is in another one. Rounds of all candidates alternate, so that
 * a slow moment of the machine meets each of them; the median of the rounds is printed.
 */
const credentials = { 'access-token': 'token', client: 'client', uid: 'uid' }
type Candidates = Record<string, () => Promise<unknown>>

/** Microseconds of processor time. */
async function perCall(calls: number, call: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage()
  for (let n = 0; n < calls; n++) await call()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / calls
}

async function compare(candidates: Candidates, rounds: number): Promise<Record<string, number>> {
  const calls = 300
  const entries = Object.entries(candidates)
  const times = new Map(entries.map(([name]) => [name, [] as number[]]))
  for (const [, call] of entries) await perCall(calls * 3, call)
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < entries.length; n++) {
      const [name, call] = entries[(round + n) % entries.length]!
      times.get(name)!.push(await perCall(calls, call))
    }
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[rounds >> 1]!
  return Object.fromEntries([...times].map(([name, list]) => [name, median(list)]))
}

const signed = (difference: number) => `${difference < 0 ? '' : '+'}${difference.toFixed(1)}`

async function print(title: string, candidates: Candidates, rounds = 41): Promise<void> {
  const { bare, ...others } = await compare(candidates, rounds)
  const figures = Object.entries(others).map(
    ([name, time]) =>
      `${name} ${time.toFixed(1)} us  ${signed(time - bare!)} us  x ${(time / bare!).toFixed(2)}`,
  )
  console.log([title.padEnd(36), `bare ${bare!.toFixed(1)} us`, ...figures].join('  '))
}

async function signedIn(baseUrl: string, fetch?: typeof globalThis.fetch) {
  let signingIn = true
  const session = createSession({
    baseUrl,
    storage: memoryStorage(),
    // Late, as by default.
    fetch: (input, init) =>
      signingIn
        ? Promise.resolve(
            new Response('{}', {
              headers: { ...answerHeaders, 'access-token': 'token', expiry: '1900000000' },
            }),
          )
        : (fetch ?? globalThis.fetch)(input, init),
  })
  await session.signIn({})
  signingIn = false
  return session
}

type SignedIn = Awaited<ReturnType<typeof signedIn>>

/** The same axios three times: bare, with the session, with axios-auth-refresh. */
function axiosThrice(
  session: SignedIn,
  options: CreateAxiosDefaults,
  call: (api: AxiosInstance) => Promise<unknown>,
) {
  const ours = axios.create(options)
  const [bare, refresh] = [1, 2].map(() => axios.create({ ...options, headers: credentials }))
  attachSession(ours, session)
  createAuthRefresh(refresh!, () => Promise.resolve())
  return { bare: () => call(bare!), ours: () => call(ours), 'axios-auth-refresh': () => call(refresh!) }
}

function kyTwice(session: SignedIn, prefix: string, fetch?: typeof globalThis.fetch) {
  const bare = ky.create({ prefix, headers: credentials, ...(fetch && { fetch }) })
  const ours = ky.create({ prefix, ...withSession(session) })
  return { bare: () => bare.get('items').json(), ours: () => ours.get('items').json() }
}

const server = fork(fileURLToPath(new URL('server.ts', import.meta.url)))
const [port] = await once(server, 'message')
const url = `http://127.0.0.1:${port}`
console.log('A call to a server on this machine')
{
  const session = await signedIn(url)
  const options = { baseURL: url, adapter: 'http' }
  await print(
    'axios, GET',
    axiosThrice(session, options, api => api.get('/items')),
  )
  await print(
    'axios, POST',
    axiosThrice(session, options, api => api.post('/items', { n: 1 })),
  )
  const timed = { ...options, timeout: 10_000 }
  await print(
    'axios, GET with a timeout',
    axiosThrice(session, timed, api => api.get('/items')),
  )
  await print('ky, GET', kyTwice(session, url))
  session.dispose()
}
server.disconnect()

console.log('A call to a stub that answers at once, in this process')
{
  const stub: typeof fetch = async () => new Response(answerBody, { headers: answerHeaders })
  const session = await signedIn('https://api.example.com', stub)
  const options = { baseURL: 'https://api.example.com', adapter: 'fetch', env: { fetch: stub } }
  await print(
    'axios, GET by a fetch stub',
    axiosThrice(session, options, api => api.get('/items')),
  )
  await print('ky, GET by a fetch stub', kyTwice(session, 'https://api.example.com', stub))
  session.dispose()
}

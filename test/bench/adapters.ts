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
 * a slow moment of the machine meets each of them; printed are the medians of the rounds, and of their ratios.
 * With a word, only those rows run whose title has it.
 */
const [only = ''] = process.argv.slice(2)
const credentials = { 'access-token': 'token', client: 'client', uid: 'uid' }
type Candidates = Record<string, () => Promise<unknown>>

/** Microseconds of processor time. */
async function perCall(calls: number, call: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage()
  for (let n = 0; n < calls; n++) await call()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / calls
}

interface Result {
  time: number
  ratio: number
}

async function compare(candidates: Candidates, rounds: number): Promise<Record<string, Result>> {
  const calls = 150
  const entries = Object.entries(candidates)
  const times = new Map(entries.map(([name]) => [name, [] as number[]]))
  for (const [, call] of entries) await perCall(calls * 3, call)
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < entries.length; n++) {
      const [name, call] = entries[(round + n) % entries.length]!
      times.get(name)!.push(await perCall(calls, call))
    }
  }
  const median = (list: number[]) => list.toSorted((a, b) => a - b)[rounds >> 1]!
  const bare = times.get('bare')!
  return Object.fromEntries(
    [...times].map(([name, list]) => [
      name,
      // A round's candidates run one after the other, on a machine that is as busy with each of them.
      { time: median(list), ratio: median(list.map((time, round) => time / bare[round]!)) },
    ]),
  )
}

const signed = (difference: number) => `${difference < 0 ? '' : '+'}${difference.toFixed(1)}`

async function print(title: string, candidates: Candidates, rounds = 101): Promise<void> {
  if (!title.includes(only)) return
  const { bare, ...others } = await compare(candidates, rounds)
  const figures = Object.entries(others).map(
    ([name, { time, ratio }]) =>
      `${name} ${time.toFixed(1)} us  ${signed(time - bare!.time)} us  x ${ratio.toFixed(2)}`,
  )
  console.log([title.padEnd(36), `bare ${bare!.time.toFixed(1)} us`, ...figures].join('  '))
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

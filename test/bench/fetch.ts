import { createSession, memoryStorage } from '../../src/index.ts'

/**
 * `npm run bench`: what session.fetch adds to a fetch that answers at once, measured side by side in one run.
 * Rounds of all candidates alternate, so that a slow moment of the machine meets each of them; printed are the
 * medians of the rounds, and of their ratios.
 */

const url = 'https://api.example.com/items'
const headers = { 'access-token': ' ', client: 'client', uid: 'uid', expiry: ' ', 'token-type': 'Bearer' }
const stub: typeof fetch = async () => new Response('{"items":[1,2,3]}', { headers })
const signInStub: typeof fetch = async () =>
  new Response('{"data":{}}', { headers: { ...headers, 'access-token': 'token', expiry: '1800000000' } })

async function signedInSession(answer: typeof fetch = stub) {
  let fetch = signInStub
  const session = createSession({
    baseUrl: 'https://api.example.com',
    storage: memoryStorage(),
    fetch: (input, init) => fetch(input, init),
  })
  await session.signIn({})
  fetch = answer
  return session
}

const json = async (response: Promise<Response>) => (await response).json()

/** Microseconds of processor time: others on the machine make no difference. */
async function perCall(calls: number, call: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage()
  for (let i = 0; i < calls; i++) await call()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / calls
}

interface Pair {
  bare: () => Promise<unknown>
  ours: () => Promise<unknown>
}

/** Median microseconds per call of both, and the median of their ratios, with alternating rounds. */
async function compare({ bare, ours }: Pair, rounds = 81, calls = 1_000) {
  const times: [bare: number, ours: number][] = []
  for (const call of [bare, ours]) await perCall(calls * 6, call)
  for (let round = 0; round < rounds; round++) {
    times.push([await perCall(calls, bare), await perCall(calls, ours)])
  }
  const median = (figureOf: (round: [number, number]) => number) =>
    times.map(figureOf).sort((a, b) => a - b)[rounds >> 1]!
  return {
    bare: median(([bare]) => bare),
    ours: median(([, ours]) => ours),
    ratio: median(([bare, ours]) => ours / bare),
  }
}

async function print(title: string, pair: Pair) {
  const { bare, ours, ratio } = await compare(pair)
  console.log(
    `${title.padEnd(44)} bare ${bare.toFixed(2)} us  ours ${ours.toFixed(2)} us  +${(ours - bare).toFixed(2)} us  x ${ratio.toFixed(2)}`,
  )
}

const session = await signedInSession()
await print('absolute URL', { bare: () => json(stub(url)), ours: () => json(session.fetch(url)) })
await print('path', {
  bare: () => json(stub(url)),
  ours: () => json(session.fetch('/items')),
})
{
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  await print('POST with headers', {
    bare: () => json(stub(url, init)),
    ours: () => json(session.fetch('/items', init)),
  })
}
{
  const pending: (() => void)[] = []
  let held = true
  const busy = await signedInSession((input, init) =>
    held
      ? new Promise(resolve => pending.push(() => resolve(stub(input, init) as never)))
      : stub(input, init),
  )
  const inFlight = Array.from({ length: 10_000 }, () => busy.fetch('/slow'))
  await new Promise(resolve => setTimeout(resolve))
  held = false
  await print('with 10,000 requests in flight', {
    bare: () => json(stub(url)),
    ours: () => json(busy.fetch('/items')),
  })
  for (const release of pending) release()
  await Promise.all(inFlight)
  busy.dispose()
}
{
  const heap = () => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed / 1e6
  }
  for (let i = 0; i < 100_000; i++) await session.fetch('/items')
  const before = heap()
  for (let i = 0; i < 1_000_000; i++) await session.fetch('/items')
  const after = heap()
  await print('after 1,000,000 settled requests', {
    bare: () => json(stub(url)),
    ours: () => json(session.fetch('/items')),
  })
  console.log(`heap before ${before.toFixed(1)} MB, after 1,000,000 calls ${after.toFixed(1)} MB`)
}
session.dispose()
{
  const wait = () => new Promise(resolve => setTimeout(resolve, 50))
  const slow: typeof fetch = async () => {
    await wait()
    return stub(url)
  }
  const slowSession = await signedInSession(slow)
  const batch = async (call: () => Promise<unknown>) => {
    const start = performance.now()
    await Promise.all(Array.from({ length: 200 }, call))
    return performance.now() - start
  }
  const times = { bare: [] as number[], ours: [] as number[] }
  for (let i = 0; i < 11; i++) {
    times.bare.push(await batch(() => json(slow(url))))
    times.ours.push(await batch(() => json(slowSession.fetch('/items'))))
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[5]!
  const [bare, ours] = [median(times.bare), median(times.ours)]
  console.log(
    `200 concurrent calls of 50 ms: bare ${bare.toFixed(1)} ms  ours ${ours.toFixed(1)} ms  x ${(ours / bare).toFixed(2)}`,
  )
  slowSession.dispose()
}

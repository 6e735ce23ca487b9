import { createSession, memoryStorage } from '../../src/index.ts'

/**
 * `npm run bench`: what session.fetch adds to a fetch that answers at once, measured side by side in one run.
 * Rounds of all candidates alternate, so that a slow moment of the machine meets each of them; the median of
 * the rounds is printed.
 */

const url = 'https://api.example.com/items'
const headers = { 'access-token': ' ', client: 'client', uid: 'uid', expiry: ' ', 'token-type': 'Bearer' }
const stub: typeof fetch = async () => new Response('{"items":[1,2,3]}', { headers })
const signInStub: typeof fetch = async () =>
  new Response('{"data":{}}', { headers: { ...headers, 'access-token': 'token', expiry: '1800000000' } })

async function signedInSession(answer: typeof fetch = stub) {
  const session = createSession({
    baseUrl: 'https://api.example.com',
    storage: memoryStorage(),
    fetch: (input, init) =>
      String(input).endsWith('/sign_in') ? signInStub(input, init) : answer(input, init),
  })
  await session.signIn({})
  return session
}

const json = async (response: Promise<Response>) => (await response).json()

async function perCall(calls: number, call: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint()
  for (let i = 0; i < calls; i++) await call()
  return Number(process.hrtime.bigint() - start) / calls / 1_000
}

/** Median microseconds per call of each candidate, with alternating rounds. */
async function compare(candidates: Record<string, () => Promise<unknown>>, rounds = 41, calls = 2_000) {
  const times: Record<string, number[]> = {}
  for (const [name, call] of Object.entries(candidates)) {
    times[name] = []
    await perCall(calls * 3, call)
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, call] of Object.entries(candidates)) times[name]!.push(await perCall(calls, call))
  }
  const medians: Record<string, number> = {}
  for (const [name, list] of Object.entries(times)) medians[name] = list.sort((a, b) => a - b)[rounds >> 1]!
  return medians
}

function print(title: string, bare: number, ours: number) {
  const ratio = (ours / bare).toFixed(2)
  console.log(
    `${title.padEnd(44)} bare ${bare.toFixed(2)} us  ours ${ours.toFixed(2)} us  +${(ours - bare).toFixed(2)} us  x ${ratio}`,
  )
}

const session = await signedInSession()
{
  const { bare, ours } = await compare({ bare: () => json(stub(url)), ours: () => json(session.fetch(url)) })
  print('absolute URL', bare!, ours!)
}
{
  const { bare, ours } = await compare({
    bare: () => json(stub(url)),
    ours: () => json(session.fetch('/items')),
  })
  print('path', bare!, ours!)
}
{
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  const { bare, ours } = await compare({
    bare: () => json(stub(url, init)),
    ours: () => json(session.fetch('/items', init)),
  })
  print('POST with headers', bare!, ours!)
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
  const { bare, ours } = await compare({
    bare: () => json(stub(url)),
    ours: () => json(busy.fetch('/items')),
  })
  print('with 10,000 requests in flight', bare!, ours!)
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
  const { bare, ours } = await compare({
    bare: () => json(stub(url)),
    ours: () => json(session.fetch('/items')),
  })
  print('after 1,000,000 settled requests', bare!, ours!)
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

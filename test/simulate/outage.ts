import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { memoryStorage } from '../../src/index.ts'
import type { Generation } from '../../src/mock/rules.ts'
import { createClock } from './clock.ts'
import { createLibraryClient } from './library.ts'
import { defaultReading, networks } from './model.ts'
import type { Outage } from './network.ts'
import { installPages } from './page.ts'
import { createRandom } from './random.ts'
import { createWorld } from './world.ts'

export interface OutageFigures {
  /** Requests in 10 s as it is usual, the last minute before the outage taken. */
  usual: number
  /** Requests in the 10 s after it, and the recoveries among them. */
  after: number
  recoveries: number
  /** Requests in each second from the beginning of the outage to 30 s after it. */
  perSecond: number[]
  /** Sessions lost until 60 s after it. */
  losses: number
}

/** The clients get this long to spread out, then come the usual minute and the outage. Milliseconds. */
const warmUp = 60_000
const before = 60_000
const away = 60_000
const afterwards = 60_000
const second = 1_000

/** Plays many clients, each on a page of its own, through a minute without a server. */
export async function playOutage(
  rules: Generation,
  kind: Outage,
  clients: number,
  seed: number,
): Promise<OutageFigures> {
  const start = Date.UTC(2026, 0, 1)
  const clock = createClock(start)
  const begins = start + warmUp + before
  const ends = begins + away
  const outage = () => (clock.now() >= begins && clock.now() < ends ? kind : null)
  const counted = new Map<number, number>()
  let recoveries = 0
  const count = (from: number, seconds: number) => {
    let sum = 0
    for (let index = 0; index < seconds; index++) sum += counted.get(from / second + index) ?? 0
    return sum
  }
  const pages = installPages(clock, createRandom(seed, 0))
  try {
    const worlds = Array.from({ length: clients }, (_, index) =>
      createWorld(
        {
          clock,
          rules,
          model: { ...networks.spa, reload: 0 },
          reading: defaultReading,
          seed: seed + index,
          calls: Infinity,
          trace: null,
          outage,
          sent(kind) {
            const sinceEnd = clock.now() - ends
            if (kind === 'recovery' && sinceEnd >= 0 && sinceEnd < 10 * second) recoveries++
            const slot = Math.floor((clock.now() - start) / second)
            counted.set(slot, (counted.get(slot) ?? 0) + 1)
          },
        },
        createLibraryClient(pages, { storage: memoryStorage() }),
      ),
    )
    await clock.run(() => clock.now() > ends + afterwards)
    return {
      usual: count(warmUp, before / second) / (before / second / 10),
      after: count(ends - start, 10),
      recoveries,
      perSecond: Array.from({ length: away / second + 30 }, (_, index) =>
        count(begins - start + index * second, 1),
      ),
      losses: worlds.reduce((sum, world) => sum + world.figures().losses, 0),
    }
  } finally {
    pages.restore()
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      rules: { type: 'string' },
    },
  })
  const clients = Number(values.clients)
  console.log(`${clients} clients, 60 s without a server, seed ${values.seed}`)
  console.log('rules  server away   usual 10 s  10 s after  recoveries  times  busiest second  signed out')
  let exceeded = false
  for (const rules of values.rules ? [values.rules as Generation] : (['1.3.0', '1.2.0'] as const)) {
    for (const kind of ['refused', 'silent', 'gateway'] as const) {
      const figures = await playOutage(rules, kind, clients, Number(values.seed))
      const times = figures.after / figures.usual
      exceeded ||= times > 1.5
      const busiest = Math.max(...figures.perSecond.slice(away / second)) / (figures.usual / 10)
      console.log(
        `${rules.padEnd(7)}${kind.padEnd(12)}${figures.usual.toFixed(0).padStart(12)}${String(figures.after).padStart(12)}${String(figures.recoveries).padStart(12)}` +
          `${times.toFixed(2).padStart(7)}${`${busiest.toFixed(2)} times`.padStart(16)}${String(figures.losses).padStart(12)}`,
      )
    }
  }
  if (exceeded) process.exitCode = 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()

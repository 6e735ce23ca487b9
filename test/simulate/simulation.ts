import type { Generation } from '../../src/mock/rules.ts'
import { createClock } from './clock.ts'
import { createLibraryClient } from './library.ts'
import { accountShare, defaultReading, type NetworkName, networks, type Reading } from './model.ts'
import { installPages } from './page.ts'
import { createRandom } from './random.ts'
import { createRival, rivalRules } from './rivals.ts'
import { createTrace } from './trace.ts'
import { createWorld, type Figures } from './world.ts'

export interface Cell {
  rules: Generation
  network: NetworkName
  calls: number
  seed: number
  reading?: Partial<Reading>
  /** False: the library plays without recovery. */
  recovery?: boolean
  /** The user also changes email and password, signs out and in again. @default false */
  account?: boolean
  trace?: { wanted: number; only: string | null; print(line: string): void } | null
}

/** 2026-01-01, and not at the beginning of a second. */
const start = Date.UTC(2026, 0, 1) + 137.5

export const libraryName = 'token-handoff'
export const clientNames = [libraryName, ...Object.keys(rivalRules)]

/** Plays one client through one cell of the table. The same cell gives the same figures. */
export async function simulate(cell: Cell, name: string): Promise<Figures> {
  const clock = createClock(start)
  const { calls, seed, rules } = cell
  const options = {
    clock,
    rules,
    model: networks[cell.network],
    reading: { ...defaultReading, ...cell.reading },
    seed,
    calls,
    trace: null,
    account: cell.account ? accountShare : 0,
  }
  const rule = rivalRules[name]
  if (rule) {
    if (cell.account) throw new Error(`"${name}" knows nothing of accounts.`)
    const world = createWorld(options, createRival(rule))
    clock.runSync(world.finished)
    return world.figures()
  }
  const trace = cell.trace ? createTrace(clock, cell.trace.print, cell.trace.wanted, cell.trace.only) : null
  const pages = installPages(clock, createRandom(seed, 3))
  const { warn } = console
  // That a sign-out was not confirmed is no news on a network like this one.
  if (cell.account) console.warn = () => {}
  try {
    const settings = cell.recovery === false ? { recovery: { path: false as const } } : {}
    const world = createWorld({ ...options, trace }, createLibraryClient(pages, settings))
    await clock.run(world.finished)
    return world.figures()
  } finally {
    pages.restore()
    console.warn = warn
  }
}

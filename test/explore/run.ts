import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Action } from './actions.ts'
import type { Configuration } from './configuration.ts'
import { configurations } from './configurations.ts'
import type { Loss } from './oracle.ts'
import { type Outcome, readSchedule, replay, type Schedule, shorten, writeSchedule } from './schedule.ts'
import type { Result } from './search.ts'
import { timeline } from './timeline.ts'

const usage = `npm run explore -- [options]
  --only TEXT       only the configurations whose name has this text in it
  --deep            those with millions of states, too
  --rules RULES     only those under these rules: 1.3.0 or 1.2.0
  --states N        at most so many states of each (the search is then not complete)
  --workers N       how many searches run beside each other (default: one for each core)
  --show LOSS       print a schedule for this kind of loss: unavoidable, orphaned, timing, hedging, revived
  --out FOLDER      where schedules that break a promise are written (default: .explore)
  --replay FILE     play a schedule that was written before, and print it`

const heading = `${'configuration'.padEnd(38)}${'rules'.padEnd(7)}${'states'.padStart(10)}${'steps'.padStart(11)}${'seconds'.padStart(9)}  losses without a broken promise`

/** A result as a worker hands it over. */
type Answer = Omit<Result, 'found'> & { found: { promise: string; message: string; schedule: Action[] }[] }

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    deep: { type: 'boolean', default: false },
    rules: { type: 'string', default: '' },
    states: { type: 'string', default: 'Infinity' },
    workers: { type: 'string', default: String(Math.min(availableParallelism(), 4)) },
    show: { type: 'string' },
    out: { type: 'string', default: '.explore' },
    replay: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (options.help) console.log(usage)
else if (options.replay) process.exitCode = show(readSchedule(readFileSync(options.replay, 'utf8'))) ? 1 : 0
else process.exitCode = (await explore()) ? 1 : 0

/** Returns how many promises were broken. */
async function explore(): Promise<number> {
  const began = performance.now()
  const chosen = configurations.filter(
    ({ name, rules, deep = false }) =>
      name.includes(options.only) && rules.startsWith(options.rules) && (options.deep || !deep),
  )
  console.log(heading)
  const totals = { states: 0, steps: 0, broken: 0, cut: 0, losses: {} as Result['losses'] }
  await inParallel(chosen, Number(options.workers), (configuration, answer) => {
    console.log(row(configuration, answer))
    totals.states += answer.states
    totals.steps += answer.steps
    totals.broken += answer.found.length
    totals.cut += answer.complete ? 0 : 1
    for (const [loss, count] of Object.entries(answer.losses)) {
      totals.losses[loss as Loss] = (totals.losses[loss as Loss] ?? 0) + count
    }
    report(configuration, answer)
  })
  const seconds = Math.round((performance.now() - began) / 1_000)
  const kinds = Object.entries(totals.losses).map(([loss, count]) => `${count} ${loss}`)
  console.log(`
${totals.states} states, ${totals.steps} steps, ${chosen.length} configurations, ${seconds} s.
Sessions that were lost without a broken promise, counted by the ends of schedules: ${kinds.join(', ') || 'none'}.
${totals.broken} promises broken.${totals.cut > 0 ? ` ${totals.cut} searches were cut off.` : ''}`)
  return totals.broken
}

function report(configuration: Configuration, { found, examples }: Answer): void {
  for (const { promise, schedule } of found) {
    const short = shorten(
      { configuration, steps: schedule },
      ({ violation }) => violation?.promise === promise,
    )
    mkdirSync(options.out, { recursive: true })
    const file = join(
      options.out,
      `${[configuration.name, configuration.rules, promise].join(' ').replaceAll(/[ ,]+/g, '-')}.jsonl`,
    )
    writeFileSync(file, writeSchedule(short))
    show(short)
    console.log(`Written to ${file}; npm run explore -- --replay ${file}`)
  }
  const loss = options.show as Loss | undefined
  const example = loss && examples[loss]
  if (example) show(shorten({ configuration, steps: example }, ({ losses }) => losses.includes(loss)))
}

function show(schedule: Schedule): Outcome['violation'] {
  const outcome = replay(schedule)
  console.log(`\n${timeline(schedule, outcome)}\n`)
  return outcome.violation
}

function row(
  { name, rules }: Configuration,
  { states, steps, milliseconds, losses, complete }: Answer,
): string {
  const lost = Object.entries(losses).map(([loss, count]) => `${count} ${loss}`)
  const seconds = (milliseconds / 1_000).toFixed(1)
  return `${name.padEnd(38)}${rules.padEnd(7)}${String(states).padStart(10)}${String(steps).padStart(11)}${seconds.padStart(9)}  ${lost.join(', ') || '-'}${complete ? '' : '  (cut off)'}`
}

async function inParallel(
  chosen: readonly Configuration[],
  count: number,
  done: (configuration: Configuration, answer: Answer) => void,
): Promise<void> {
  const queue = chosen.slice()
  const limits = { states: Number(options.states) }
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let current: Configuration | undefined
      const next = () => {
        current = queue.shift()
        if (current) worker.postMessage({ configuration: current, limits })
        else worker.terminate().then(() => resolve(), reject)
      }
      worker.on('error', reject)
      worker.on('message', (answer: Answer) => {
        done(current!, answer)
        next()
      })
      next()
    })
  const file = new URL('./worker.ts', import.meta.url)
  const workers = Array.from(
    { length: count },
    () =>
      new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: 128, maxOldGenerationSizeMb: 4_096 } }),
  )
  await Promise.all(workers.map(work))
}

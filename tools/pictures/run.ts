import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { toSvg } from '../../src/timeline/index.ts'
import { pictures } from './pictures.ts'
import { setStage } from './stage.ts'
import { holdTime } from './time.ts'

/**
 * `npm run pictures`: plays schedules against the mock server, in a time that is held, and draws them into
 * docs/pictures. `npm run pictures -- --check` says which of them are not up to date.
 */

const folder = new URL('../../docs/pictures/', import.meta.url)
const checks = process.argv.includes('--check')
const time = holdTime(Date.UTC(2026, 0, 1))
const stale: string[] = []

mkdirSync(folder, { recursive: true })
for (const { name, title, server, play } of pictures) {
  const stage = setStage(time, server)
  await play(stage)
  stage.close()
  // The next picture begins at a whole second, as this one did.
  await time.pass(60_000 - (Date.now() % 60_000))
  const drawn = toSvg(stage.log, { title, width: 780 })
  const file = new URL(`${name}.svg`, folder)
  if (!checks) writeFileSync(file, drawn)
  else if (drawn !== readOrNothing(file)) stale.push(name)
}
if (stale.length > 0) {
  console.error(`Not up to date: ${stale.join(', ')}. Run npm run pictures, and look at them.`)
  process.exitCode = 1
} else console.log(`${pictures.length} pictures ${checks ? 'are up to date' : 'drawn into docs/pictures'}.`)

function readOrNothing(file: URL): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

import { describe, test } from 'vitest'
import { adapters } from './adapters.ts'
import { startApi } from './api.ts'
import { cases } from './cases.ts'
import { isPlayed, play } from './scene.ts'

const playing = adapters.filter(({ environments }) => environments.includes('Node'))
describe.each(playing)('$name in Node', adapter => {
  const played = cases.filter(({ needsStream = false }) => isPlayed(needsStream, adapter, 'Node'))
  test.concurrent.each(played)('$name', async ({ run }) => play(run, adapter, await startApi('broken')))
})

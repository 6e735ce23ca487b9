import { describe, test } from 'vitest'
import { adapters } from './adapters.ts'
import { startApi } from './api.ts'
import { cases } from './cases.ts'
import { isPlayed, play } from './scene.ts'

const playing = adapters.filter(({ environments }) => environments.includes('jsdom'))
describe.each(playing)('$name in jsdom', adapter => {
  const played = cases.filter(({ needsStream = false }) => isPlayed(needsStream, adapter, 'jsdom'))
  test.concurrent.each(played)('$name', async ({ run }) => play(run, adapter, await startApi('unreadable')))
})

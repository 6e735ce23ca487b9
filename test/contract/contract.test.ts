import { describe, test } from 'vitest'
import { startApi } from './api.ts'
import { played } from './played.ts'
import { play } from './scene.ts'

for (const { adapter, cases } of played('Node')) {
  describe.concurrent(`${adapter.name} in Node`, () => {
    for (const { name, run } of cases)
      test.concurrent(name, async () => play(run, adapter, await startApi('broken')))
  })
}

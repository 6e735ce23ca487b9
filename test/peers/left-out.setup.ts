import { beforeEach } from 'vitest'
import { leftOut } from './left-out.ts'

beforeEach(({ task, skip }) => {
  const reason = leftOut[task.name]
  if (reason) skip(reason)
})

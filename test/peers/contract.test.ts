import axios from 'axios'
import { describe, expect, test } from 'vitest'
import { axiosFetch, axiosHttp } from '../contract/adapters/axios.ts'
import { startApi } from '../contract/api.ts'
import { cases } from '../contract/cases.ts'
import { isPlayed } from '../contract/played.ts'
import { play } from '../contract/scene.ts'
import { ky1 } from './ky-1.ts'

/** axios's fetch adapter sends forms without their boundary in Node, up to 1.13 at least. */
const brokenForm = 'replay: a refused POST with a form'

describe.concurrent.each([axiosHttp, axiosFetch, ky1])('the oldest $name in Node', adapter => {
  const played = cases.filter(
    one => isPlayed(one, adapter, 'Node') && (adapter !== axiosFetch || one.name !== brokenForm),
  )
  test.concurrent.each(played)('$name', async ({ run }) => play(run, adapter, await startApi('broken')))
})

test('the case that is left out is the peer’s own', async () => {
  const api = await startApi('broken')
  const form = new FormData()
  form.append('name', 'Ann')
  const post = axios.post(`${api.url}/items`, form, {
    adapter: 'fetch',
    headers: { 'Content-Type': 'multipart/form-data' },
  })
  await expect(post).rejects.toThrow('Network Error')
  await api.close()
})

import axios from 'axios'
import { setupServer } from 'msw/node'
import { afterEach, expect, test } from 'vitest'
import { handlers } from '../../src/mock/msw.ts'
import { EMAIL, ORIGIN, PASSWORD, setup } from './support.ts'

let interception: ReturnType<typeof setupServer> | undefined
afterEach(() => interception?.close())

test('axios reaches the mock server by XMLHttpRequest', async () => {
  const { server } = setup()
  interception = setupServer(...handlers(server, { baseUrl: ORIGIN }))
  interception.listen()
  const client = axios.create({ baseURL: ORIGIN, adapter: 'xhr' })
  const { headers } = await client.post('/auth/sign_in', { email: EMAIL, password: PASSWORD })
  const sent = { 'access-token': headers['access-token'], client: headers.client, uid: headers.uid }
  const batch = await client.get('/items', { headers: sent })
  expect([batch.status, batch.headers['access-token'], batch.data]).toEqual([200, '', { items: [] }])
})

import axios from 'axios'
import { setupServer } from 'msw/node'
import { afterEach, expect, test } from 'vitest'
import { type HandlersOptions, handlers } from '../../src/mock/msw.ts'
import { EMAIL, ORIGIN, PASSWORD, setup } from './support.ts'

let interception: ReturnType<typeof setupServer> | undefined
afterEach(() => interception?.close())

function intercept(options: HandlersOptions) {
  interception = setupServer(...handlers(setup().server, options))
  interception.listen()
  return axios.create({ baseURL: ORIGIN, adapter: 'xhr' })
}

test.each([{}, { baseUrl: ORIGIN }])('axios reaches the mock server by XMLHttpRequest, %j', async options => {
  const client = intercept(options)
  const { headers } = await client.post('/auth/sign_in', { email: EMAIL, password: PASSWORD })
  const sent = { 'access-token': headers['access-token'], client: headers.client, uid: headers.uid }
  const batch = await client.get('/items', { headers: sent })
  expect([batch.status, batch.headers['access-token'], batch.data]).toEqual([200, '', { items: [] }])
})

test('jsdom keeps the rules of CORS: other origins, and headers that are not exposed', async () => {
  const elsewhere = intercept({ baseUrl: ORIGIN, origins: ['https://elsewhere.example'] })
  const body = { email: EMAIL, password: PASSWORD }
  await expect(elsewhere.post('/auth/sign_in', body)).rejects.toMatchObject({ message: 'Network Error' })
  interception?.close()
  const forgetful = intercept({ baseUrl: ORIGIN, exposeHeaders: false })
  const { status, headers } = await forgetful.post('/auth/sign_in', body)
  expect([status, headers['access-token']]).toEqual([200, undefined])
})

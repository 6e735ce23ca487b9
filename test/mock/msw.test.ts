import axios, { AxiosHeaders } from 'axios'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterEach, describe, expect, test } from 'vitest'
import type { MockServerOptions } from '../../src/mock/index.ts'
import { handlers } from '../../src/mock/msw.ts'
import { credentialsOf, EMAIL, issued, ORIGIN, PASSWORD, setup } from './support.ts'

const BODY = { email: EMAIL, password: PASSWORD }
let interception: ReturnType<typeof setupServer> | undefined

function intercept(options: MockServerOptions = {}, baseUrl?: string) {
  const made = setup(options)
  interception = setupServer(
    ...handlers(made.server, baseUrl === undefined ? {} : { baseUrl }),
    http.all('*', () => HttpResponse.text('somebody else')),
  )
  interception.listen()
  return made
}

afterEach(() => interception?.close())

const post = (path: string, body: unknown) =>
  fetch(`${ORIGIN}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

describe('msw', () => {
  test('fetch reaches the mock server and gets its credentials', async () => {
    const { clock } = intercept()
    const first = credentialsOf(await post('/auth/sign_in', BODY))
    const batch = await fetch(`${ORIGIN}/items`, { headers: { ...first } })
    expect([batch.status, issued(batch), await batch.json()]).toEqual([200, 'blank', { items: [] }])
    await clock.advance(6000)
    const rotated = await fetch(`${ORIGIN}/items`, { headers: { ...first } })
    expect(credentialsOf(rotated)['access-token']).not.toBe(first['access-token'])
  })

  test.each(['http', 'fetch'] as const)('so does axios by its %s adapter', async adapter => {
    intercept()
    const client = axios.create({ baseURL: ORIGIN, adapter, validateStatus: null })
    const { headers } = await client.post('/auth/sign_in', BODY)
    const sent = { 'access-token': headers['access-token'], client: headers.client, uid: headers.uid }
    const batch = await client.get('/items', { headers: sent })
    expect([batch.status, batch.headers['access-token'].trim(), batch.data]).toEqual([200, '', { items: [] }])
    const refused = await client.get('/items', { headers: new AxiosHeaders({ ...sent, client: 'x' }) })
    expect([refused.status, refused.headers['access-token']]).toEqual([401, undefined])
  })

  test('without a base URL only the paths that it has routes for are the server’s, at any origin', async () => {
    intercept()
    expect((await fetch('https://elsewhere.example/auth/validate_token')).status).toBe(401)
    expect(await (await fetch(`${ORIGIN}/nowhere`)).text()).toBe('somebody else')
  })

  test('with a base URL all below it is the server’s, and nothing else', async () => {
    intercept({ authPath: '/api/auth' }, `${ORIGIN}/api`)
    const text = async (url: string) => (await fetch(url)).text()
    expect((await post('/api/auth/sign_in', BODY)).status).toBe(200)
    expect((await fetch(`${ORIGIN}/api/nowhere`)).status).toBe(404)
    expect((await fetch(`${ORIGIN}/api`)).status).toBe(404)
    expect(await text(`${ORIGIN}/apis`)).toBe('somebody else')
    expect(await text(`${ORIGIN}.evil.test/api/items`)).toBe('somebody else')
    expect(await text('http://api.example.com/api/items')).toBe('somebody else')
  })

  test('a lost answer is a network failure to the caller', async () => {
    const { server } = intercept()
    server.loseAnswer()
    await expect(fetch(`${ORIGIN}/items`)).rejects.toThrow(TypeError)
    server.loseRequest()
    const error: unknown = await axios.get(`${ORIGIN}/items`).catch(reason => reason)
    expect(axios.isAxiosError(error) && error.response).toBeUndefined()
  })

  test('an abort reaches the caller, and the server goes on', async () => {
    const { server, clock } = intercept()
    const headers = { ...credentialsOf(await post('/auth/sign_in', BODY)) }
    await clock.advance(6000)
    const hold = server.hold()
    const controller = new AbortController()
    const answer = fetch(`${ORIGIN}/items`, { headers, signal: controller.signal })
    await hold.begun
    controller.abort()
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' })
    hold.release()
    await expect.poll(() => server.inspect().pending).toEqual([])
    const [client] = Object.values(server.inspect().users[0]!.clients)
    expect(client?.previous).toBe(headers['access-token'])
  })
})

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage, type SessionOptions } from '../../src/index.ts'
import {
  ada,
  holdTime,
  later,
  letTimeGo,
  pause,
  settled,
  signedIn,
  stillSignedIn,
  type World,
} from './given.ts'

beforeEach(holdTime)
afterEach(letTimeGo)

const verdicts = ({ events }: World) =>
  events.filter(({ type }) => type === 'rejected').map(({ event }) => event.verdict)

/** The next token is under way for so long that the stored one is dead before it comes. */
function withTokenUnderWay(made: World, response = 8_000): Promise<Response> {
  made.server.delay('/others', { response })
  return made.session.fetch('/others')
}

const withoutRecovery = { recovery: { path: false as const } }

describe('a refused request, while another that may bring a newer token is in flight,', () => {
  test('waits for that one, and is sent again with its token', async () => {
    const made = await signedIn({ rules: '1.2.0', session: withoutRecovery })
    const others = withTokenUnderWay(made)
    await later(pause)
    const items = made.session.fetch('/items')
    await settled()
    expect(verdicts(made)).toEqual(['wait'])
    await later(3_000)
    expect((await items).status).toBe(200)
    expect((await others).status).toBe(200)
    expect(verdicts(made)).toEqual(['wait', 'replay'])
    expect(made.calls()).toEqual(['GET /others', 'GET /items', 'GET /items'])
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('waits for as long as it takes with patience: Infinity', async () => {
    const made = await signedIn({ rules: '1.2.0', session: { ...withoutRecovery, patience: Infinity } })
    void withTokenUnderWay(made, 50_000)
    await later(pause)
    const items = made.session.fetch('/items')
    await later(50_000)
    expect((await items).status).toBe(200)
  })

  test('waits with all others that were refused; each is sent again once', async () => {
    const made = await signedIn({ rules: '1.2.0', session: withoutRecovery })
    void withTokenUnderWay(made)
    await later(pause)
    const refused = [1, 2, 3, 4].map(() => made.session.fetch('/items'))
    await later(3_000)
    for (const response of await Promise.all(refused)) expect(response.status).toBe(200)
    expect(made.calls().filter(call => call === 'GET /items')).toHaveLength(8)
    expect(await stillSignedIn(made)).toBe(true)
  })

  test('is judged anew when that one is lost: nothing is left to wait for', async () => {
    const made = await signedIn({ rules: '1.2.0', session: withoutRecovery })
    const held = made.server.hold('/others')
    made.session.fetch('/others').catch(() => {})
    await settled()
    await made.session.fetch('/items')
    await later(pause)
    await made.session.fetch('/items')
    await later(pause)
    const client = Object.keys(made.server.inspect().users[0]!.clients)[0]!
    await signOutElsewhere(made, client)
    const items = made.session.fetch('/items')
    await settled()
    expect(verdicts(made)).toEqual(['wait'])
    held.releaseAndLoseAnswer()
    expect((await items).status).toBe(401)
    expect(verdicts(made).at(-1)).toBe('sign-out')
    expect(made.session.getSnapshot().status).toBe('signed-out')
  })

  test('waits no longer than patience says', async () => {
    const made = await signedIn({ rules: '1.2.0', session: { ...withoutRecovery, patience: 1_000 } })
    void withTokenUnderWay(made, 60_000)
    await later(pause)
    let status = 0
    void made.session.fetch('/items').then(response => {
      status = response.status
    })
    await later(999)
    expect(status).toBe(0)
    await later(10)
    expect(status).toBe(401)
  })

  test('that waited in vain ends the session as it is delivered, though the other is still in flight', async () => {
    const made = await signedIn({ session: { ...withoutRecovery, patience: 1_000 } })
    made.server.hold('/others')
    void made.session.fetch('/others')
    await settled()
    const client = Object.keys(made.server.inspect().users[0]!.clients)[0]!
    await signOutElsewhere(made, client)
    const items = made.session.fetch('/items')
    await later(1_010)
    expect((await items).status).toBe(401)
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    expect(made.events.filter(({ type }) => type === 'signed-out')).toEqual([
      { type: 'signed-out', event: { reason: 'rejected' } },
    ])
  })

  test('that waited in vain has the server asked at once whether the token is good', async () => {
    const made = await signedIn()
    const held = made.server.hold('/others')
    made.session.fetch('/others').catch(() => {})
    await settled()
    const client = Object.keys(made.server.inspect().users[0]!.clients)[0]!
    await signOutElsewhere(made, client)
    const items = made.session.fetch('/items')
    await settled()
    expect(made.calls()).toEqual(['GET /others', 'GET /items'])
    held.releaseAndLoseAnswer()
    await settled()
    expect(made.calls()).toContain('GET /auth/validate_token')
    expect((await items).status).toBe(401)
  })

  test('waits again when its replay is refused, as long as its patience lasts', async () => {
    const made = await signedIn()
    const { session, tokens } = await behindGateway(made, 2, withoutRecovery)
    const [others, echo] = [made.server.hold('/others'), made.server.hold('/echo')]
    void session.fetch('/others')
    void session.fetch('/echo')
    await settled()
    const items = session.fetch('/items')
    await later(1_000)
    expect(tokens).toHaveLength(1)
    others.release()
    await later(5_000)
    expect(tokens).toHaveLength(2)
    echo.release()
    expect((await items).status).toBe(200)
    expect(tokens).toHaveLength(3)
  })

  test('is sent again with what another tab has stored meanwhile, though nobody told', async () => {
    const made = await signedIn()
    const storage = memoryStorage()
    const options = { ...withoutRecovery, patience: 1_000, storage, storageKey: 'session' }
    const { session, tokens } = await behindGateway(made, 1, options)
    const held = made.server.hold('/others')
    void session.fetch('/others')
    await held.begun
    const items = session.fetch('/items')
    await settled()
    const newer = (await made.another(options).fetch('/echo')).headers.get('access-token')
    await later(1_000)
    expect((await items).status).toBe(200)
    expect(newer).toBeTruthy()
    expect(tokens.slice(1)).toEqual([newer])
  })

  test('that cannot be sent again does not wait', async () => {
    const made = await signedIn({ rules: '1.2.0', session: withoutRecovery })
    void withTokenUnderWay(made)
    await later(pause)
    const body = new Blob(['stream']).stream()
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect((await made.session.fetch('/echo', init)).status).toBe(401)
    expect(made.session.getSnapshot().status).toBe('signed-in')
    await later(3_000)
    expect(await stillSignedIn(made)).toBe(true)
  })
})

describe('a refused request, when nothing else is in flight,', () => {
  test('waits for a recovery, which alone can end the session', async () => {
    const made = await signedIn()
    const client = Object.keys(made.server.inspect().users[0]!.clients)[0]!
    await signOutElsewhere(made, client)
    const response = await made.session.fetch('/items')
    expect(response.status).toBe(401)
    expect(await response.json()).toHaveProperty('errors')
    expect(made.calls().filter(call => call === 'GET /items')).toHaveLength(1)
    expect(made.calls()).toContain('GET /auth/validate_token')
    expect(verdicts(made)).toContain('wait')
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
  })

  test('signs out once, however many were refused', async () => {
    const made = await signedIn()
    const client = Object.keys(made.server.inspect().users[0]!.clients)[0]!
    await signOutElsewhere(made, client)
    const responses = await Promise.all([1, 2, 3, 4, 5].map(() => made.session.fetch('/items')))
    expect(responses.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401])
    expect(made.events.filter(({ type }) => type === 'signed-out')).toEqual([
      { type: 'signed-out', event: { reason: 'rejected' } },
    ])
    // One question, and one more to be sure of the answer.
    expect(made.calls().filter(call => call === 'GET /auth/validate_token').length).toBeLessThanOrEqual(2)
  })

  test('waits no longer than patience says when the recovery gets no answer, and keeps the session', async () => {
    const made = await signedIn({ session: { patience: 2_000 } })
    const client = Object.keys(made.server.inspect().users[0]!.clients)[0]!
    await signOutElsewhere(made, client)
    made.server.loseRequest('/auth/validate_token', { times: 100 })
    const items = made.session.fetch('/items')
    await later(2_000)
    expect((await items).status).toBe(401)
    expect(made.session.getSnapshot().status).toBe('signed-in')
  })
})

/** A further session, whose first so many calls of /items a gateway refuses; the tokens of all of them. */
async function behindGateway(made: World, refusals: number, options: Partial<SessionOptions>) {
  const tokens: (string | null)[] = []
  const session = made.another({
    storage: memoryStorage(),
    fetch: async (input, init) => {
      if (!String(input).endsWith('/items')) return made.server.fetch(input, init)
      tokens.push(new Headers(init?.headers).get('access-token'))
      return tokens.length > refusals ? made.server.fetch(input, init) : new Response(null, { status: 401 })
    },
    ...options,
  })
  await session.signIn(ada)
  await later(pause)
  return { session, tokens }
}

/** An administrator signs this client out at the server. */
async function signOutElsewhere(made: World, client: string) {
  const { clients, uid } = made.server.inspect().users[0]!
  const { token } = clients[client]!
  await made.server.fetch('https://api.example.com/auth/sign_out', {
    method: 'DELETE',
    headers: { 'access-token': token, client, uid },
  })
}

describe('a local clock that is put back', () => {
  test('makes no request wait longer than its patience', async () => {
    const made = await signedIn({ rules: '1.2.0', session: { ...withoutRecovery, patience: 20_000 } })
    made.server.hold('/others')
    made.session.fetch('/others').catch(() => {})
    await later(pause)
    const client = Object.keys(made.server.inspect().users[0]!.clients)[0]!
    await signOutElsewhere(made, client)
    let status = 0
    void made.session.fetch('/items').then(response => {
      status = response.status
    })
    await settled()
    expect(verdicts(made)).toEqual(['wait'])
    vi.setSystemTime(Date.now() - 3_600_000)
    await later(19_000)
    expect(status).toBe(0)
    await later(1_100)
    expect(status).toBe(401)
  })
})

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deleteAccount, signUp, updateAccount, updatePassword } from '../../src/account/index.ts'
import { memoryStorage } from '../../src/index.ts'
import { ada, bob, failureOf, holdTime, later, letTimeGo, pause, settled, silence } from '../session/given.ts'
import { cyd } from './given.ts'
import { type Watched, watched } from './promises.ts'

/** Account calls while other requests are in flight. Each schedule is watched for what a session promises. */

beforeEach(holdTime)
afterEach(letTimeGo)

const newEmail = 'ada@new.example'

describe.each(['1.3.0', '1.2.0'] as const)('under rules %s', rules => {
  async function signedIn(options?: Parameters<typeof watched>[1]): Promise<Watched> {
    const made = watched(rules, options)
    await made.session.signIn(ada)
    await later(pause)
    return made
  }

  /** The session is good, and was all the time. */
  async function allIsWell(made: Watched, owner: string) {
    for (let turn = 0; turn < 2; turn++) {
      await later(pause)
      expect(await (await made.session.fetch('/items')).json()).toEqual({ owner })
    }
    expect(made.signedOut).toEqual([])
    expect(made.broken).toEqual([])
  }

  test.each([
    ['before', 'after'],
    ['after', 'before'],
  ])('an email change, its answer %s those of the calls in flight', async order => {
    const made = await signedIn()
    const held = ['/items', '/others', '/echo'].map(path => made.server.hold(`GET ${path}`))
    const calls = ['/items', '/others', '/echo'].map(path => made.call(path))
    for (const { begun } of held) expect(await begun).toBe(true)
    const changing = made.server.hold('PUT /auth')
    const update = updateAccount(made.session, { email: newEmail })
    await changing.begun
    const release = () => {
      for (const hold of held) hold.release()
    }
    if (order === 'before') changing.release()
    else release()
    await settled()
    release()
    changing.release()
    expect(await Promise.all(calls)).toEqual([200, 200, 200])
    expect(await update).toMatchObject({ uid: newEmail })
    await allIsWell(made, newEmail)
  })

  test('a quick call after a slow email change is refused for the old uid, and sent again', async () => {
    const made = await signedIn()
    made.server.delay('PUT /auth', { response: 3_000 })
    const update = updateAccount(made.session, { email: newEmail })
    await settled()
    const call = made.call('/items')
    await later(1_000)
    expect(made.session.getSnapshot().status).toBe('signed-in')
    await later(3_000)
    expect(await call).toBe(200)
    await update
    await allIsWell(made, newEmail)
  })

  test('an email change whose answer is lost', async () => {
    const made = await signedIn()
    made.server.loseAnswer('PUT /auth')
    expect(await failureOf(updateAccount(made.session, { email: 'Ada@New.example ' }))).toMatchObject({
      code: 'network',
    })
    await later(10_000)
    await allIsWell(made, newEmail)
  })

  test('an email change during which the page went away', async () => {
    const storage = memoryStorage()
    const made = await signedIn({ session: { storage } })
    const held = made.server.hold('PUT /auth')
    void updateAccount(made.session, { email: newEmail }).catch(() => {})
    await held.begun
    made.session.dispose()
    held.releaseAndLoseAnswer()
    await settled()
    const next = made.another({ storage })
    const call = next.fetch('/items')
    await later(5_000)
    expect(await (await call).json()).toEqual({ owner: newEmail })
    expect(next.getSnapshot().status).toBe('signed-in')
    next.dispose()
  })

  test('two email changes in a row whose answers are both lost', async () => {
    const made = await signedIn()
    for (const email of ['z@example.com', newEmail]) {
      made.server.loseAnswer('PUT /auth')
      await failureOf(updateAccount(made.session, { email }))
      await later(10_000)
    }
    await allIsWell(made, newEmail)
  })

  test('an email change after one whose answer was lost says so without a network, and can be asked for again', async () => {
    const made = await signedIn()
    made.server.loseAnswer(undefined, { times: 3 })
    await failureOf(updateAccount(made.session, { email: 'z@example.com' }))
    expect(await failureOf(updateAccount(made.session, { email: newEmail }))).toMatchObject({
      code: 'network',
    })
    await later(60_000)
    await allIsWell(made, 'z@example.com')
    await updateAccount(made.session, { email: newEmail })
    await allIsWell(made, newEmail)
  })

  test('two email changes at the same time, whichever the server does last', async () => {
    const made = await signedIn()
    made.server.delay('PUT /auth', { request: 2_000 })
    const updates = ['z@example.com', newEmail].map(email => updateAccount(made.session, { email }))
    await later(10_000)
    await Promise.all(updates)
    await allIsWell(made, made.server.inspect().users[0]!.email)
  })

  test('an email change that is refused, and one whose answer is lost', async () => {
    const made = await signedIn()
    await failureOf(updateAccount(made.session, { email: 'no email' }))
    made.server.loseAnswer('PUT /auth')
    await failureOf(updateAccount(made.session, { email: newEmail }))
    await later(10_000)
    await allIsWell(made, newEmail)
  })

  test('an email change that the server refuses, and one whose request is lost', async () => {
    const made = await signedIn()
    expect(await failureOf(updateAccount(made.session, { email: 'no email' }))).toMatchObject({ status: 422 })
    made.server.loseRequest('PUT /auth')
    await failureOf(updateAccount(made.session, { email: newEmail }))
    await later(10_000)
    await allIsWell(made, ada.email)
  })

  test('a password change with calls before, beside and after it', async () => {
    const made = await signedIn()
    made.server.delay('GET /items', { response: 3_000 })
    const calls = [made.call('/items'), made.call('/others')]
    const update = updatePassword(made.session, { password: 'a-new-one' })
    calls.push(made.call('/echo'))
    await later(4_000)
    expect(await Promise.all(calls)).toEqual([200, 200, 200])
    await update
    await allIsWell(made, ada.email)
  })

  test('a password change whose answer is lost', async () => {
    const made = await signedIn()
    made.server.loseAnswer('PUT /auth/password')
    await failureOf(updatePassword(made.session, { password: 'a-new-one' }))
    await later(10_000)
    await allIsWell(made, ada.email)
  })

  test('a sign-out while an account call is in flight: its late token revives nothing', async () => {
    silence()
    const made = await signedIn()
    const held = made.server.hold('PUT /auth')
    const update = updateAccount(made.session, { nickname: 'late' })
    await held.begun
    made.server.loseRequest('DELETE /auth/sign_out')
    await made.session.signOut()
    held.release()
    expect(await update).toMatchObject({ nickname: 'late' })
    await settled()
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    expect([made.signedOut, made.broken]).toEqual([['asked'], []])
  })

  test('a sign-up while the calls of who was signed in are in flight', async () => {
    const made = await signedIn()
    const held = made.server.hold('GET /items')
    const call = made.call('/items')
    await held.begun
    await signUp(made.session, cyd)
    held.release()
    expect(await call).toBe(200)
    expect(made.session.getSnapshot().user).toMatchObject({ email: cyd.email })
    await allIsWell(made, cyd.email)
  })

  test('a deletion with calls in flight signs out once, and no late token revives it', async () => {
    const made = await signedIn()
    made.server.delay('GET /items', { response: 3_000 })
    const early = made.call('/items')
    await settled()
    made.server.delay('DELETE /auth', { response: 2_000 })
    const deleting = deleteAccount(made.session)
    await settled()
    const late = made.call('/others')
    await later(10_000)
    await deleting
    expect([await early, await late]).toEqual([200, 401])
    expect(made.session.getSnapshot()).toEqual({ status: 'signed-out', user: null })
    expect([made.signedOut, made.broken]).toEqual([['deleted'], []])
  })

  test('nothing queues behind a slow account call', async () => {
    const made = await signedIn()
    made.server.delay('PUT /auth', 20_000)
    const update = updateAccount(made.session, { nickname: 'slow' })
    await settled()
    let answered = 0
    const calls = [made.call('/items'), made.call('/others')].map(call => call.then(() => answered++))
    await settled()
    expect(answered).toBe(2)
    await later(20_000)
    await Promise.all([...calls, update])
    await allIsWell(made, ada.email)
  })

  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('call', 'post') }),
    fc.record({ do: fc.constantFrom('nickname', 'email', 'password', 'refused', 'validate') }),
    fc.record({ do: fc.constant('wait'), for: fc.integer({ min: 1, max: 9_000 }) }),
    fc.record({ do: fc.constant('delay'), for: fc.integer({ min: 1, max: 9_000 }), back: fc.boolean() }),
    fc.record({ do: fc.constantFrom('lose-answer', 'lose-request') }),
    fc.record({ do: fc.constantFrom('sign-out', 'sign-in', 'delete') }),
  )

  test('at random: nobody is signed out while the server would take what came here', async () => {
    const counted = { schedules: 0, calls: 0, lost: 0, signedOut: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async steps => {
        holdTime()
        silence()
        const made = await signedIn()
        await run(made, steps)
        counted.schedules++
        counted.calls += made.sent.length
        counted.lost += steps.filter(step => step.do.startsWith('lose')).length
        counted.signedOut += made.signedOut.length
        const { broken } = made
        made.session.dispose()
        letTimeGo()
        expect(broken).toEqual([])
      }),
      { seed: Number(process.env.FC_SEED ?? 5), numRuns: 150 * Number(process.env.FC_RUNS ?? 1) },
    )
    // So that no change of the schedules empties them unseen.
    expect(counted.schedules).toBeGreaterThan(100)
    expect(counted.calls).toBeGreaterThan(500)
    expect(counted.lost).toBeGreaterThan(100)
  }, 60_000)
})

type Step = { do: string; for?: number; back?: boolean }

async function run(made: Watched, steps: readonly Step[]): Promise<void> {
  const { session, server } = made
  let email = ada.email
  let password = ada.password
  let changes = 0
  let emails = 0
  const going: Promise<unknown>[] = []
  const go = (call: Promise<unknown>) => going.push(call.catch(() => {}))
  for (const step of steps) {
    changes++
    const does: Record<string, () => unknown> = {
      call: () => go(made.call('/items')),
      post: () => go(made.call('/echo', { method: 'POST', body: 'x' })),
      nickname: () => go(updateAccount(session, { nickname: `n${changes}` })),
      email: () => {
        email = `ada${changes}@example.com`
        // Of two at a time whose answers are lost, nobody here can know which came last.
        if (emails++ > 0) made.chosen.clear()
        else made.chosen.add(email)
        go(updateAccount(session, { email }).finally(() => emails--))
      },
      password: () => {
        password = `password-${changes}`
        go(updatePassword(session, { password }))
      },
      refused: () => go(updatePassword(session, { password: 'x' })),
      validate: () => go(session.validateToken()),
      wait: () => later(step.for!),
      delay: () => server.delay(undefined, step.back ? { response: step.for! } : { request: step.for! }),
      'lose-answer': () => server.loseAnswer(),
      'lose-request': () => server.loseRequest(),
      'sign-out': () => go(session.signOut()),
      'sign-in': () => go(session.signIn(changes % 2 ? { email, password } : bob)),
      delete: () => go(deleteAccount(session)),
    }
    await does[step.do]!()
    await settled()
  }
  await later(60_000)
  await later(60_000)
  await Promise.all(going)
}

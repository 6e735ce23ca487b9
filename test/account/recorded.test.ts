/**
 * The account's functions against the answers that were recorded from the running gem. That the mock server gives
 * these answers, their bodies too, is what test/mock/traces.test.ts holds.
 */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  deleteAccount,
  requestPasswordReset,
  signUp,
  takeReturn,
  updateAccount,
  updatePassword,
} from '../../src/account/index.ts'
import { createSession, memoryStorage, type Session } from '../../src/index.ts'
import { readScenarios } from '../conformance/run.ts'
import type { Step } from '../conformance/trace.ts'
import { api } from '../session/given.ts'

const folder = new URL('../traces/', import.meta.url)

interface Recorded {
  status: number
  token: string
  client: string
  uid: string
  expiry: number | string
  body?: Record<string, unknown>
  location?: { url: string; params: Record<string, string> }
}

/** By operation, each recorded step once. */
const recorded = new Map<string, Map<string, Step>>()
for (const name of readdirSync(folder).filter(name => name.endsWith('.jsonl.gz'))) {
  for (const { config, steps } of readScenarios(new URL(name, folder).pathname)) {
    // In cookie mode, and with other header names, the answers are read by other rules.
    if (config.cookie_enabled || config.headers_names) continue
    for (const step of steps) {
      if (['request', 'begin', 'finish'].includes(step.op) || step.expect === 'pending') continue
      const { status, body, location, token } = step.expect as unknown as Recorded
      const shape = JSON.stringify([step.body, status, body, location, token === 'absent']).replace(
        /T00:00:\d\d\.\d+Z/g,
        '',
      )
      const steps = recorded.get(step.op) ?? new Map<string, Step>()
      recorded.set(step.op, steps.set(shape, step))
    }
  }
}

type Parameters = { email?: string; password: string; [name: string]: unknown }

/** How each operation is called; those that stand here are all that were recorded. */
const calls: Record<string, { route: string; call(session: Session, body: Parameters): Promise<unknown> }> = {
  sign_in: { route: 'POST /auth/sign_in', call: (session, body) => session.signIn(body) },
  sign_out: { route: 'DELETE /auth/sign_out', call: session => session.signOut() },
  validate: { route: 'GET /auth/validate_token', call: session => session.validateToken() },
  sign_up: { route: 'POST /auth', call: (session, body) => signUp(session, body) },
  account_update: { route: 'PUT /auth', call: (session, body) => updateAccount(session, body) },
  account_delete: { route: 'DELETE /auth', call: session => deleteAccount(session) },
  password_update: { route: 'PUT /auth/password', call: (session, body) => updatePassword(session, body) },
  password_request: {
    route: 'POST /auth/password',
    call: (session, body) => requestPasswordReset(session, body),
  },
}

const user = { id: 1, email: 'u0@example.com', uid: 'u0@example.com' }
const open = {
  'access-token': 't-first',
  client: 'c-first',
  uid: user.uid,
  expiry: '1767225600',
  'token-type': 'Bearer',
}

function answerOf({ expect }: Step): Response {
  const { status, body, token, client, uid, expiry } = expect as unknown as Recorded
  const headers = new Headers({ 'content-type': 'application/json' })
  const fields = { 'access-token': token, client: 'c-first', uid, expiry: `${expiry}` }
  if (client !== 'absent') {
    for (const [name, value] of Object.entries(fields)) headers.set(name, value === 'blank' ? ' ' : value)
    headers.set('uid', /^u\d+$/.test(uid) ? `${uid}@example.com` : uid)
  }
  return new Response(body && JSON.stringify(body), { status, headers })
}

/** A session whose server gives the recorded answer once asked for it, and notes what it was asked. */
async function playing(step: Step, signedIn: boolean) {
  const asked: { route: string; body: unknown }[] = []
  let recording = false
  const session = createSession({
    baseUrl: api,
    storage: memoryStorage(),
    recovery: { path: false },
    fetch: async (input, init) => {
      const body = init?.body === undefined || init.body === null ? undefined : JSON.parse(String(init.body))
      if (!recording) return Response.json({ data: user }, { headers: open })
      asked.push({ route: `${init?.method ?? 'GET'} ${new URL(String(input)).pathname}`, body })
      return answerOf(step)
    },
  })
  if (signedIn) await session.signIn({})
  recording = true
  return { session, asked }
}

test('every recorded operation is called here', () => {
  expect([...recorded.keys()].sort()).toEqual([...Object.keys(calls), 'password_edit'].sort())
})

describe.each(Object.entries(calls))('%s', (op, { route, call }) => {
  const steps = [...recorded.get(op)!.values()]
  const anonymous = ['sign_in', 'sign_up', 'password_request'].includes(op)

  test.each(
    steps.map(step => [JSON.stringify([step.body, (step.expect as { status: number }).status]), step]),
  )('%s', async (_, step) => {
    const { status, body, token } = (step as Step).expect as unknown as Recorded
    const parameters = ((step as Step).body ?? {}) as Parameters
    const { session, asked } = await playing(step as Step, !anonymous)
    const [outcome] = await Promise.allSettled([call(session, parameters)])
    expect(asked[0]!.route).toBe(route)
    if (asked[0]!.body !== undefined) expect(asked[0]!.body).toMatchObject(parameters)

    if (op === 'sign_out') return expect(session.getSnapshot().status).toBe('signed-out')
    if (op === 'validate' && status === 401) return expect(outcome).toMatchObject({ value: null })
    if (status >= 400) {
      const errors = body!.errors as string[] | Record<string, string[]>
      const { full_messages, ...fields } = Array.isArray(errors) ? { full_messages: errors } : errors
      return expect(outcome).toMatchObject({
        status: 'rejected',
        reason: {
          name: 'TokenHandoffError',
          status,
          errors: once(full_messages),
          fieldErrors: Object.fromEntries(
            Object.entries(fields).map(([field, found]) => [field, once(found)]),
          ),
        },
      })
    }
    const said = {
      sign_up: { user: body!.data, signedIn: token !== 'absent' },
      account_delete: body!.message,
      password_request: body!.message,
    }
    expect(outcome).toEqual({ status: 'fulfilled', value: said[op as keyof typeof said] ?? body!.data })
    if (op === 'account_delete') expect(session.getSnapshot().status).toBe('signed-out')
  })
})

describe('password_edit', () => {
  const steps = [...recorded.get('password_edit')!.values()]

  test.each(
    steps.map(step => [JSON.stringify((step.expect as unknown as Recorded).location), step] as const),
  )('%s', async (_, step) => {
    const { url, params } = (step.expect as unknown as Recorded).location!
    const asked: Headers[] = []
    const session = createSession({
      baseUrl: api,
      storage: memoryStorage(),
      fetch: async (_, init) => {
        asked.push(new Headers(init?.headers))
        return Response.json({ success: true, data: user })
      },
    })
    const address = `${url}?${new URLSearchParams(params)}#/route?${new URLSearchParams(params)}`
    const returned = await takeReturn(session, { url: address })
    expect(returned).toEqual({ kind: 'password-reset', user, resetPasswordToken: null })
    expect(
      asked.map(headers => [headers.get('access-token'), headers.get('client'), headers.get('uid')]),
    ).toEqual([[params['access-token'], params.client, params.uid]])
  })
})

/** A form shows each sentence once, though the server says some twice. */
function once(sentences: string[] | undefined): string[] | undefined {
  return sentences && [...new Set(sentences)]
}

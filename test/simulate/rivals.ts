import type { Client, ClientHost, Done } from './client.ts'
import type { ServerAnswer } from './server.ts'

interface Stored {
  client: string
  token: string
  expiry: number
  /** The number of the request whose answer brought the token. */
  sequence: number
}

/** Whether an answer's token replaces the stored one. */
export type Rule = (stored: Stored, incoming: Stored) => boolean

/** What other clients do, each by its one rule alone. */
export const rivalRules: Record<string, Rule> = {
  'overwrite always': () => true,
  'expiry not older': (stored, incoming) => incoming.expiry >= stored.expiry,
  'request later': (stored, incoming) => incoming.sequence > stored.sequence,
}

/**
 * A client that only decides which token to keep: no replay, no recovery, aborts close the connection, and
 * the first 401 ends the session. In its favour: what it stores survives a reload, its sequence too, and
 * answers of an earlier sign-in are left alone.
 */
export function createRival(takes: Rule): (host: ClientHost) => Client {
  return host => {
    let stored: Stored | null = null
    let sequence = 0

    function learn(sent: number, { token, client, expiry }: ServerAnswer) {
      if (!token || !stored || client !== stored.client) return
      const incoming = { client, token, expiry: expiry!, sequence: sent }
      if (takes(stored, incoming)) stored = incoming
    }

    function ask(kind: 'call' | 'validation', fate: Parameters<Client['call']>[0] | undefined, done: Done) {
      const sent = ++sequence
      const { client = null, token = '' } = stored ?? {}
      return host.send({
        kind,
        fate,
        client,
        token,
        unbatch: false,
        failed: () => done(null),
        answered(answer) {
          if (answer.status === 401) {
            if (stored?.client === client) {
              stored = null
              host.signedOut()
            }
          } else learn(sent, answer)
          done(answer.status)
        },
      })
    }

    return {
      load() {},
      leave() {},
      signIn(done) {
        const sent = ++sequence
        host.send({
          kind: 'sign-in',
          client: null,
          token: '',
          unbatch: false,
          failed: () => done(null),
          answered({ client, token, expiry }) {
            stored = { client: client!, token: token!, expiry: expiry!, sequence: sent }
            done(stored)
          },
        })
      },
      validate: done => void ask('validation', undefined, done),
      call(fate, _abortable, done) {
        const request = ask('call', fate, done)
        return () => {
          if (request.over) return
          host.abort(request)
          done(null)
        }
      },
    }
  }
}

import type { Session, SessionEvents } from 'token-handoff'
import { createLog } from 'token-handoff/timeline'
import type { StoryClock } from './clock.ts'

export interface Figures {
  requests: number
  rotations: number
  blanks: number
  accidentalSignOuts: number
}

type Token = Session['exchange']['record']['tokens'][number]

/** How long a server may take before it counts as silent, in milliseconds. */
const answerTime = 15_000

/** Sends what the stories send, and writes it down. */
export function createRecorder(clock: StoryClock) {
  const log = createLog({ now: clock.now })
  /** In the order in which they came, which is the log's. */
  const tokens: Token[] = []
  let session: Session
  let requests = 0

  async function send(request: Request): Promise<Response> {
    requests++
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(answerTime)])
    return clock.watch(fetch(request, { signal }))
  }

  const count = (holds: (event: (typeof log.events)[number]) => boolean) => log.events.filter(holds).length

  return {
    log,

    /** The fetch that a session is given. */
    fetch: ((input, init) => send(new Request(input, init))) as typeof fetch,

    follow(followed: Session): void {
      session = followed
      const note = () => {
        const [stored] = session.exchange.record.tokens
        if (stored && !tokens.some(({ value }) => value === stored.value)) tokens.push(stored)
      }
      session.on('signed-in', note)
      session.on('rotated', note)
      log.follow(session, 'client')
    },

    /**
     * Sends a request past the session, with a token that it received once.
     *
     * @param token its number
     */
    async sendByHand(url: string, token: number): Promise<void> {
      const { client, uid } = session.exchange.record
      const carried = tokens[token - 1]!
      const listeners = new Map<string, (event: never) => void>()
      const tell = <Type extends keyof SessionEvents>(type: Type, event: SessionEvents[Type]) =>
        listeners.get(type)?.(event as never)
      const stop = log.follow(
        {
          exchange: { ...session.exchange, record: { ...session.exchange.record, tokens: [carried] } },
          on(type, listener) {
            listeners.set(type, listener as never)
            return () => {}
          },
        },
        'client',
      )
      const headers = { 'access-token': carried.value, client: client!, uid: uid.value }
      const request = new Request(url, { headers })
      const about = { sequence: 1, purpose: 'call', method: 'GET', former: undefined, stamped: true } as const
      tell('sent', { ...about, url })
      const { status, body } = await send(request)
      tell('kept', { sequence: 1, reason: 'blank', status })
      stop()
      await body?.cancel()
    },

    /** The number of the token that the session holds; null when it is signed out. */
    held: () => (session.getSnapshot().status === 'signed-in' ? tokens.length : null),

    /** The number of a token's value, if it ever came. */
    known: (token: string | null) => tokens.findIndex(({ value }) => value === token) + 1 || null,

    figures: (): Figures => ({
      requests,
      rotations: count(({ type }) => type === 'rotated'),
      blanks: count(event => event.type === 'kept' && event.reason === 'blank' && event.status < 400),
      accidentalSignOuts: count(event => event.type === 'signed-out' && event.reason !== 'asked'),
    }),
  }
}

export type Recorder = ReturnType<typeof createRecorder>

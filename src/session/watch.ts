import type { HeaderNames } from '../core/credentials.ts'
import type { Emitter, SessionEvents } from './events.ts'
import type { ExchangeWatch } from './exchange.ts'

/** Announces every step of the exchange, and notices when the server hides its headers. */
export function createWatch<User>(
  emitter: Emitter<SessionEvents<User>>,
  noticed: { sent(): void; unexposed(): void },
): ExchangeWatch {
  let headersSeen = false
  return {
    sent({ sequence, purpose }) {
      noticed.sent()
      emitter.emit('sent', () => ({ sequence, purpose }))
    },
    settled({ sequence }, { status, token }, { taken, reason }) {
      if (token !== null) headersSeen = true
      else if (!headersSeen && status >= 200 && status < 300) noticed.unexposed()
      emitter.emit(taken ? 'rotated' : 'kept', () => ({ sequence, reason }))
    },
    lost({ sequence }, doubt) {
      emitter.emit('lost', () => ({ sequence, doubt }))
    },
    judged({ sequence }, { action }) {
      emitter.emit('rejected', () => ({ sequence, verdict: action }))
    },
  }
}

export function unexposedHeaders(names: HeaderNames): string {
  const list = [
    names['access-token'],
    names.client,
    names.uid,
    names.expiry,
    names['token-type'],
    names.authorization,
  ]
  return `The server answered from another origin and shows none of its token headers, so no token can be kept. Let its CORS configuration expose them: Access-Control-Expose-Headers: ${list.join(', ')}`
}

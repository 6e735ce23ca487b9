import { begin } from '../../src/mock/rules.ts'
import type { World, WorldOptions } from '../session/given.ts'
import { accountWorld } from './given.ts'

export interface Watched extends World {
  /** What was promised and did not hold, in words. */
  broken: string[]
  /** Calls as an application would, and notes a 401 that it should not have seen. */
  call(path: string, init?: RequestInit): Promise<number>
  signedOut: string[]
  /** Every request that went out. */
  sent: { url: string; token: string | null }[]
  /** The emails that the user has asked for: what came of them may have been lost. */
  chosen: Set<string>
}

const rules = { throttleMs: 5_000, lifespanMs: 0, changeHeaders: true, maxDevices: 10 }

/** A world whose session is watched: what it promises, by what really happened at the server. */
export function watched(generation: '1.3.0' | '1.2.0', options: WorldOptions = {}): Watched {
  let network: typeof fetch
  const made = accountWorld({
    ...options,
    rules: generation,
    session: { ...options.session, fetch: (...args) => network(...args) },
  })
  const { session, server } = made
  const chosen = new Set<string>()
  const sent: { url: string; token: string | null }[] = []
  network = async (...args) => {
    const request = new Request(...args)
    sent.push({ url: request.url, token: request.headers.get('access-token') })
    const response = await server.fetch(request)
    note(response)
    return response
  }
  const broken: string[] = []
  const signedOut: string[] = []
  /** By client id: what came here, whether it was stored or not. */
  const received = new Map<string, { tokens: Set<string>; uids: Set<string> }>()
  /** Every token that the server has made, with the second of its expiry. */
  const minted = new Map<string, number>()
  const { handoff } = session.account()
  const stored = () => handoff.record.tokens[0]?.value
  let before = stored()

  const noteMinted = () => {
    for (const { clients } of server.inspect().users)
      for (const { token, expiry } of Object.values(clients)) minted.set(token, expiry)
  }
  noteMinted()
  server.on(({ type }) => {
    if (type === 'rotate') noteMinted()
  })

  const note = ({ headers }: Response) => {
    const client = headers.get('client')
    if (!client) return
    const known = received.get(client) ?? { tokens: new Set(), uids: new Set() }
    const token = headers.get('access-token')
    if (token) known.tokens.add(token)
    known.uids.add(headers.get('uid')!)
    received.set(client, known)
  }

  /** Whether the server would take any token that came here. */
  const wayOut = (client: string) => {
    const known = received.get(client)
    return server.inspect().users.some(({ uid, clients }) => {
      const entry = clients[client]
      if (!(known?.uids.has(uid) || chosen.has(uid)) || !known || !entry) return false
      const kept = [{ client, ...entry }]
      return [...known.tokens].some(
        token => begin({ ...rules, generation }, kept, { client, token }, Date.now()) !== null,
      )
    })
  }

  let client = handoff.record.client
  let deliberate = false
  session.on('rotated', () => {
    noteMinted()
    const now = stored()
    // Of two that were minted within one second no rule can tell the order: the other one is kept as a spare.
    if (before && now && minted.get(now)! < minted.get(before)!) broken.push('1: an older token was stored')
    before = now
  })
  session.on('signed-in', () => {
    before = stored()
    client = handoff.record.client
    deliberate = false
  })
  session.on('signed-out', ({ reason }) => {
    signedOut.push(reason)
    deliberate = true
    if ((reason === 'rejected' || reason === 'expired') && client && wayOut(client)) {
      broken.push('3: given up although the server would take a token that came here')
    }
  })
  session.on('snapshot', ({ status }) => {
    if (status === 'signed-in' && deliberate && handoff.record.client === client) {
      broken.push('4: an ended session came back')
    }
  })

  const checkSent = () => {
    for (const { token, url } of sent) {
      if (token !== null && !token.trim()) broken.push('2: a blank was sent')
      if ([...minted.keys()].some(token => url.includes(token))) broken.push('5: a token in a URL')
    }
    for (const { type, event } of made.events) {
      if ([...minted.keys()].some(token => JSON.stringify(event).includes(token)))
        broken.push(`5: a token in ${type}`)
    }
  }

  return {
    ...made,
    sent,
    chosen,
    get broken() {
      checkSent()
      return [...new Set(broken)]
    },
    signedOut,
    async call(path, init) {
      const { epoch } = handoff.record
      const response = await session.fetch(path, init)
      const { record } = handoff
      if (response.status === 401 && record.epoch === epoch && record.client && wayOut(record.client)) {
        broken.push('7: a 401 that a replay would have answered')
      }
      return response.status
    },
  }
}

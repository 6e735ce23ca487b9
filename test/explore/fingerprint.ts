import type { Ticket } from '../../src/core/handoff.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import type { Budget, Flight, Seen, Tab, World } from './world.ts'

/**
 * Names a world so that equal ones have one name, whatever way led there: requests count by what they are and
 * not by their ids, and the tabs by what they hold and not by their order. Of the requests' numbers only the order
 * counts where there is one tab: its next one is greater than all of them. Two tabs may come to the same number.
 */
export interface Fingerprint {
  of(world: World): string
}

/** An object's name, but for the numbers of the requests in it, and these in the order in which it has them. */
interface Name {
  readonly shape: number
  readonly sequences: readonly number[]
}

/** Puts something in the place of a request's number, or of a name that has some. */
type Put = (part: number | Name | undefined) => string | number

export function createFingerprint(oneTab: boolean): Fingerprint {
  const records = createNames<SessionRecord>(nameRecord)
  const servers = createNames<World['clients']>(clients => JSON.stringify(clients))
  const budgets = createNames<Budget>(budget => JSON.stringify(budget))
  const onlookers = createNames<Seen>(seen => JSON.stringify(seen))
  const flights = createNames<Flight>(nameFlight)
  const tickets = createNames<Ticket>(nameTicket)
  const tabs = createNames<Tab>(nameTab)

  function nameTab(tab: Tab, put: Put): string {
    const { handoff: h, waiters, mail } = tab
    const refusal = `${h.refused?.token}@${put(h.refused?.clock)}@${h.triedUids}`
    const vouched = `${h.vouched?.token}@${put(h.vouched?.sequence)}@${h.vouched?.at}`
    const accepted = `${h.accepted?.token}@${put(h.accepted?.sequence)}`
    const state = `${put(records(h.record))},${put(h.clock)},${h.ended && put(records(h.ended))},${h.suspect},${refusal},${vouched},${h.acceptedAt},${h.heardAt},${h.recoveredAt},${accepted},${h.recovers},${h.unmarked},${h.past}`
    const page = `${tab.validates},${tab.startedAt},${tab.failures},${tab.failedAt},${tab.looked},${put(records(tab.stored))}`
    const waiting = waiters.map(({ ticket, flight, deadline, for: hope }) => ({
      text: `${hope}${deadline}${flight.kind}${flight.aborted}${flight.email}`,
      name: tickets(ticket),
    }))
    waiting.sort((a, b) => compare(a.text, b.text) || compareNames(a.name, b.name))
    const waits = waiting.map(({ text, name }) => `${text}${put(name)}`)
    const letters = mail.map(({ record, overtaken }) => `${put(records(record))}${overtaken ? '-' : '+'}`)
    return `${state};${page};${waits};${letters}`
  }

  function nameFlight(flight: Flight, put: Put): string {
    const { kind, stage, token, client, uid, sequence, aborted, ticket, email, answer: a } = flight
    const began = stage === 'begun' ? flight.beganMs : ''
    const answer = a && `${a.status}${a.token}${a.client}${a.uid}${a.expiry}`
    return `${kind}${stage}${began},${token},${client},${uid},${sequence && put(sequence)},${aborted},${email}(${ticket && put(tickets(ticket))})${answer}`
  }

  /** Short names for objects that are never changed: equal ones have one. */
  function createNames<T extends object>(write: (value: T, put: Put) => string): (value: T) => Name {
    const byObject = new WeakMap<T, Name>()
    const byText = new Map<string, number>()
    return value => {
      const known = byObject.get(value)
      if (known) return known
      const sequences: number[] = []
      const text = write(value, putInto(sequences))
      const shape = byText.get(text) ?? byText.size
      byText.set(text, shape)
      const name = { shape, sequences }
      byObject.set(value, name)
      return name
    }
  }

  function putInto(sequences: number[]): Put {
    if (!oneTab) return putExactly
    return part => {
      if (part === undefined) return ''
      if (typeof part !== 'number') {
        sequences.push(...part.sequences)
        return part.shape
      }
      // Half a number less is the mark of a token that gets another turn.
      sequences.push(Math.ceil(part))
      return Number.isInteger(part) ? '#' : '½'
    }
  }

  return {
    of(world) {
      const { now, minted, lifespan, clients, uids, left, seen, cache } = world
      const sequences: number[] = []
      const put = putInto(sequences)
      const holders = world.tabs.map((tab, index) => {
        const own: Name[] = []
        for (const flight of world.flights) if (flight.tab === index) own.push(flights(flight))
        return `${put(tabs(tab))}:${own.sort(compareNames).map(put)}`
      })
      const server = `${put(servers(clients))},${Object.values(uids)},${lifespan}`
      const bounds = `${now},${minted},${put(budgets(left))},${put(onlookers(seen))},${cache?.token}`
      return `${bounds};${server};${holders.sort().join(';')};${ranks(sequences)}`
    },
  }
}

const putExactly: Put = part => (typeof part === 'object' ? part.shape : (part ?? ''))

function nameRecord(record: SessionRecord, put: Put): string {
  const { epoch, opened, client, uid, uids, expectedAt, era, tokens, doubt, grace } = record
  const held = tokens.map(
    token => `${token.value},${token.expiry},${put(token.sequence)},${token.at},${put(token.refused)}`,
  )
  const doubts = `${doubt.lost},${doubt.settled},${doubt.since}`
  return `${epoch},${put(opened)},${client},${uid.value}@${put(uid.sequence)},${uids},${expectedAt},${era},${grace};${doubts};${held}`
}

function nameTicket(ticket: Ticket, put: Put): string {
  const { sequence, refusedAt, epoch, era, client, uid, token, purpose, cacheable, replayable, replays } =
    ticket
  const { sentAt, buffer, missedAt } = ticket
  return `${put(sequence)},${put(refusedAt)},${epoch},${era},${client},${uid},${token},${purpose},${cacheable},${replayable},${replays},${sentAt},${buffer},${missedAt}`
}

/** The numbers by their order alone. */
function ranks(sequences: readonly number[]): string {
  const rankOf: number[] = []
  for (const sequence of sequences) rankOf[sequence] = 0
  let rank = 0
  for (let sequence = 0; sequence < rankOf.length; sequence++)
    if (sequence in rankOf) rankOf[sequence] = rank++
  return sequences.map(sequence => rankOf[sequence]).join()
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function compareNames(a: Name, b: Name): number {
  if (a.shape !== b.shape) return a.shape - b.shape
  const index = a.sequences.findIndex((sequence, index) => sequence !== b.sequences[index])
  return index < 0 ? 0 : a.sequences[index]! - b.sequences[index]!
}

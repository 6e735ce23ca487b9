import type { Ticket } from '../../src/core/handoff.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import type { Budget, Flight, Seen, Tab, World } from './world.ts'

/**
 * Names a world so that equal ones have one name, whatever way led there: requests count by what they are and
 * not by their ids, and the tabs by what they hold and not by their order.
 */
export interface Fingerprint {
  of(world: World): string
}

export function createFingerprint(): Fingerprint {
  const records = createNames<SessionRecord>(JSON.stringify)
  const servers = createNames<World['clients']>(JSON.stringify)
  const budgets = createNames<Budget>(JSON.stringify)
  const onlookers = createNames<Seen>(JSON.stringify)
  const flights = createNames<Flight>(nameFlight)
  const tickets = createNames<Ticket>(nameTicket)
  const tabs = createNames<Tab>(nameTab)

  function nameTab(tab: Tab): string {
    const { handoff: h, waiters, mail } = tab
    const refusal = `${h.refused?.token}@${h.refused?.clock}@${h.triedUids}`
    const vouched = `${h.vouched?.token}@${h.vouched?.sequence}@${h.vouched?.at}`
    const state = `${records(h.record)},${h.clock},${h.ended && records(h.ended)},${h.suspect},${refusal},${vouched},${h.acceptedAt},${h.heardAt},${h.recoveredAt},${h.accepted?.token}@${h.accepted?.sequence},${h.recovers},${h.past}`
    const page = `${tab.startedAt},${tab.failures},${tab.failedAt},${tab.looked},${records(tab.stored)}`
    const waiting = waiters.map(
      w => `${w.for}${w.deadline}${w.flight.kind}${w.flight.aborted}${w.flight.email}${tickets(w.ticket)}`,
    )
    const letters = mail.map(({ record, overtaken }) => `${records(record)}${overtaken ? '-' : '+'}`)
    return `${state};${page};${waiting.sort()};${letters}`
  }

  function nameOwn(all: readonly Flight[], index: number): string {
    const own: number[] = []
    for (const flight of all) if (flight.tab === index) own.push(flights(flight))
    return own.sort().join()
  }

  return {
    of(world) {
      const { now, minted, lifespan, clients, uids, left, seen, cache } = world
      const holders = world.tabs.map((tab, index) => `${tabs(tab)}:${nameOwn(world.flights, index)}`)
      const server = `${servers(clients)},${Object.values(uids)},${lifespan}`
      return `${now},${minted},${budgets(left)},${onlookers(seen)},${cache?.token};${server};${holders.sort().join(';')}`
    },
  }
}

function nameFlight(flight: Flight): string {
  const { kind, stage, token, client, uid, sequence, aborted, ticket, email, answer: a } = flight
  const began = stage === 'begun' ? flight.beganMs : ''
  const answer = a && `${a.status}${a.token}${a.client}${a.uid}${a.expiry}`
  return `${kind}${stage}${began},${token},${client},${uid},${sequence}${aborted}${email}(${ticket && nameTicket(ticket)})${answer}`
}

function nameTicket(ticket: Ticket): string {
  return Object.values(ticket).join()
}

/** Short names for objects that are never changed: equal ones have one. */
function createNames<T extends object>(write: (value: T) => string): (value: T) => number {
  const byObject = new WeakMap<T, number>()
  const byText = new Map<string, number>()
  return value => {
    const known = byObject.get(value)
    if (known !== undefined) return known
    const text = write(value)
    const name = byText.get(text) ?? byText.size
    byText.set(text, name)
    byObject.set(value, name)
    return name
  }
}

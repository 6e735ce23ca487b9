import {
  createHandoff,
  endSession,
  expectUid,
  nextSequence,
  openSession,
  openTicket,
  receive,
  reopenTicket,
} from '../../src/core/handoff.ts'
import { judge } from '../../src/core/judge.ts'
import { recoveryDue } from '../../src/core/recovery.ts'
import { lose, loseAll, settle } from '../../src/core/settle.ts'

/** The functions of the core that the shell calls. A search takes them as an argument, so that it can be given broken ones. */
export const core = {
  createHandoff,
  endSession,
  expectUid,
  judge,
  lose,
  loseAll,
  nextSequence,
  openSession,
  openTicket,
  receive,
  recoveryDue,
  reopenTicket,
  settle,
}
export type Core = typeof core

import * as handoff from '../../src/core/handoff.ts'
import { recoveryDue } from '../../src/core/recovery.ts'

/** The functions of the core that the shell calls. A search takes them as an argument, so that it can be given broken ones. */
export type Core = Pick<
  typeof handoff,
  | 'createHandoff'
  | 'openTicket'
  | 'reopenTicket'
  | 'nextSequence'
  | 'receive'
  | 'settle'
  | 'judge'
  | 'lose'
  | 'loseAll'
  | 'openSession'
  | 'endSession'
  | 'expectUid'
> & { recoveryDue: typeof recoveryDue }

export const core: Core = { ...handoff, recoveryDue }

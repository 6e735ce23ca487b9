import type { Action } from './actions.ts'

/** Leaves out every step that a schedule does not need in order to do what it does. */
export function shrink(schedule: readonly Action[], stillDoes: (schedule: Action[]) => boolean): Action[] {
  let kept = schedule.slice()
  for (let size = kept.length; size >= 1; ) {
    let removed = false
    for (let from = 0; from < kept.length; ) {
      const fewer = kept.toSpliced(from, size)
      if (stillDoes(fewer)) {
        kept = fewer
        removed = true
      } else from += size
    }
    if (!removed) size = size === 1 ? 0 : Math.ceil(size / 2)
  }
  return kept
}

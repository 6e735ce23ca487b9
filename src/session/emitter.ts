/** Calls the listener at each event of one type; returns the function that stops it. */
export type On<Events> = <Type extends keyof Events>(
  type: Type,
  listener: (event: Events[Type]) => void,
) => () => void

/** An event that costs something to make is made when somebody listens. */
export type Emit<Events> = <Type extends keyof Events>(
  type: Type,
  event: Events[Type] | (() => Events[Type]),
) => void

export function createEmitter<Events>(): { on: On<Events>; emit: Emit<Events>; clear(): void } {
  type AnyListener = (event: never) => void
  const listeners = new Map<keyof Events, Set<AnyListener>>()
  return {
    on(type, listener) {
      // A function of its own, so that a listener that is given twice is called and stopped twice.
      const own: AnyListener = event => listener(event)
      const set = listeners.get(type) ?? new Set()
      listeners.set(type, set.add(own))
      return () => void set.delete(own)
    },
    emit(type, given) {
      const set = listeners.get(type)
      if (!set?.size) return
      const event = typeof given === 'function' ? (given as () => unknown)() : given
      for (const listener of [...set]) {
        // One that was stopped by the one before it.
        if (!set.has(listener)) continue
        try {
          listener(event as never)
        } catch (error) {
          // A listener's error is its own: it harms nobody else.
          console.error(error)
        }
      }
    },
    clear: () => listeners.clear(),
  }
}

import { onScopeDispose, shallowRef } from 'vue'
import { session } from './session.ts'

/** The session as Vue shows it: `const snapshot = sessionRef()`, then `snapshot.status` in a template. */
export function sessionRef() {
  const snapshot = shallowRef(session.getSnapshot())
  const stop = session.subscribe(() => {
    snapshot.value = session.getSnapshot()
  })
  onScopeDispose(stop)
  return snapshot
}

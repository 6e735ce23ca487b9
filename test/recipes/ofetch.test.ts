import { api } from '../../examples/recipes/ofetch.ts'
import { bySignal, keepsItsUsersSignedIn } from './suite.ts'

keepsItsUsersSignedIn({
  load: id => api(`/items/${id}`),
  begin: bySignal((id, signal) => api(`/items/${id}`, { signal })),
})

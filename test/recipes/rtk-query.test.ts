import { expect } from 'vitest'
import { api, store } from '../../examples/recipes/rtk-query.ts'
import { keepsItsUsersSignedIn } from './suite.ts'

const begin = (id: number) => store.dispatch(api.endpoints.item.initiate(id))

keepsItsUsersSignedIn({
  load: id => begin(id).unwrap(),
  begin(id) {
    const loading = begin(id)
    return async () => {
      loading.abort()
      await expect(loading.unwrap()).rejects.toThrow('Aborted')
    }
  },
  caches: true,
})

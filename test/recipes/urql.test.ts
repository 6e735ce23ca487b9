import { gql } from '@urql/core'
import { client } from '../../examples/recipes/urql.ts'
import { keepsItsUsersSignedIn } from './suite.ts'

const query = gql`query ($id: Int!) { item(id: $id) { id owner } }`

keepsItsUsersSignedIn({
  async load(id) {
    const { data, error } = await client.query(query, { id }).toPromise()
    if (error) throw error
    const { __typename, ...item } = data.item
    return item
  },
  begin(id) {
    let answers = 0
    const { unsubscribe } = client.query(query, { id }).subscribe(() => answers++)
    return async () => {
      unsubscribe()
      if (answers > 0) throw new Error('It was answered before it was cancelled.')
    }
  },
  route: 'POST /graphql',
  caches: true,
})

import { gql } from '@apollo/client'
import { client } from '../../examples/recipes/apollo-client.ts'
import { bySignal, keepsItsUsersSignedIn } from './suite.ts'

const query = gql`query ($id: Int!) { item(id: $id) { id owner } }`

async function load(id: number, signal?: AbortSignal) {
  const context = signal ? { fetchOptions: { signal } } : {}
  const { data } = await client.query<{ item: object }>({ query, variables: { id }, context })
  const { __typename, ...item } = data!.item as { __typename: string }
  return item
}

keepsItsUsersSignedIn({
  load: id => load(id),
  begin: bySignal(load),
  route: 'POST /graphql',
  caches: true,
})

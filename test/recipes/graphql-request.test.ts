import { gql } from 'graphql-request'
import { client } from '../../examples/recipes/graphql-request.ts'
import { bySignal, keepsItsUsersSignedIn } from './suite.ts'

const document = gql`query ($id: Int!) { item(id: $id) { id owner } }`

async function load(id: number, signal?: AbortSignal) {
  const options = { document, variables: { id }, ...(signal && { signal }) }
  return (await client.request<{ item: unknown }>(options)).item
}

keepsItsUsersSignedIn({ load: id => load(id), begin: bySignal(load), route: 'POST /graphql' })

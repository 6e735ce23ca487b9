import { client } from '../../examples/recipes/openapi-fetch.ts'
import { bySignal, keepsItsUsersSignedIn } from './suite.ts'

const load = async (id: number, signal: AbortSignal | null = null) =>
  (await client.GET('/items/{id}', { params: { path: { id } }, signal })).data

keepsItsUsersSignedIn({ load: id => load(id), begin: bySignal(load) })

import { Client, cacheExchange, fetchExchange } from '@urql/core'
import { onUserChange, session } from './session.ts'

const newClient = () =>
  new Client({
    url: 'https://api.example.com/graphql',
    exchanges: [cacheExchange, fetchExchange],
    fetch: session.fetch,
    preferGetMethod: false, // Rails routes GraphQL by POST
  })

export let client = newClient()
// urql's cache cannot be emptied.
onUserChange(() => {
  client = newClient()
})

import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client'
import { onUserChange, session } from './session.ts'

export const client = new ApolloClient({
  link: new HttpLink({ uri: 'https://api.example.com/graphql', fetch: session.fetch }),
  cache: new InMemoryCache(),
})
onUserChange(() => client.clearStore())

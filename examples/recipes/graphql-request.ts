import { GraphQLClient } from 'graphql-request'
import { session } from './session.ts'

export const client = new GraphQLClient('https://api.example.com/graphql', { fetch: session.fetch })

import createClient from 'openapi-fetch'
import type { paths } from './api-schema.ts'
import { session } from './session.ts'

export const client = createClient<paths>({ baseUrl: 'https://api.example.com', fetch: session.fetch })

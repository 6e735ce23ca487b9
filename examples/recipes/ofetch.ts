import { createFetch } from 'ofetch'
import { session } from './session.ts'

export const api = createFetch({
  fetch: session.fetch,
  defaults: { baseURL: 'https://api.example.com' },
})

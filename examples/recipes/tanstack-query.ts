import { QueryClient, queryOptions } from '@tanstack/react-query'
import { onUserChange, session } from './session.ts'

export const queryClient = new QueryClient()
onUserChange(() => queryClient.resetQueries())

export const itemQuery = (id: number) =>
  queryOptions({
    queryKey: ['items', id],
    async queryFn({ signal }) {
      const response = await session.fetch(`/items/${id}`, { signal })
      if (!response.ok) throw new Error(`The server answered with ${response.status}`)
      return response.json()
    },
  })

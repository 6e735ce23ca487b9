import { QueryClientProvider, useQuery } from '@tanstack/react-query'
import { renderHook, waitFor } from '@testing-library/react'
import { createElement, type ReactNode } from 'react'
import { expect } from 'vitest'
import { itemQuery, queryClient } from '../../examples/recipes/tanstack-query.ts'
import { keepsItsUsersSignedIn } from './suite.ts'

const wrapper = ({ children }: { children: ReactNode }) =>
  createElement(QueryClientProvider, { client: queryClient }, children)
const show = (id: number) =>
  renderHook(() => useQuery({ ...itemQuery(id), staleTime: Number.POSITIVE_INFINITY }), { wrapper })

keepsItsUsersSignedIn({
  async load(id) {
    const { result, unmount } = show(id)
    await waitFor(() => expect(result.current.isPending).toBe(false))
    unmount()
    return result.current.data
  },
  begin(id) {
    const { result, unmount } = show(id)
    return async () => {
      expect(result.current.fetchStatus).toBe('fetching')
      unmount()
      await waitFor(() => expect(queryClient.getQueryState(['items', id])?.fetchStatus).toBe('idle'))
    }
  },
  caches: true,
})

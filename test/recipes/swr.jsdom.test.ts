import { renderHook, waitFor } from '@testing-library/react'
import { createElement, type ReactNode } from 'react'
import { SWRConfig } from 'swr'
import { expect } from 'vitest'
import { useItem } from '../../examples/recipes/swr.ts'
import { keepsItsUsersSignedIn } from './suite.ts'

const wrapper = ({ children }: { children: ReactNode }) =>
  createElement(SWRConfig, { value: { revalidateIfStale: false } }, children)

/** SWR renders again for what is read of its state while rendering. */
function useShown(id: number) {
  const { data, isLoading } = useItem(id)
  return { data, isLoading }
}

// SWR cancels nothing: a component that is gone ignores the answer.
keepsItsUsersSignedIn({
  async load(id) {
    const { result, unmount } = renderHook(() => useShown(id), { wrapper })
    await waitFor(() => expect(result.current.isLoading).toBe(false))
    const { data } = result.current
    unmount()
    return data
  },
  caches: true,
})

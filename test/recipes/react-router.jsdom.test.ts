import { cleanup, render, waitFor } from '@testing-library/react'
import { createElement } from 'react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { afterEach, describe, expect, test } from 'vitest'
import { aMoment, slowSession, watch } from './guards.ts'
import { ada } from './world.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  cleanup()
})

async function open(user: typeof ada | null) {
  const made = await slowSession(user)
  const { followSession, requireUser } = await import('../../examples/recipes/react-router.ts')
  const text = (words: string) => () => createElement('p', null, words)
  const router = createMemoryRouter(
    [
      { path: '/items', loader: requireUser, Component: text('Your items'), HydrateFallback: () => null },
      { path: '/sign-in', Component: text('Please sign in'), HydrateFallback: () => null },
    ],
    { initialEntries: ['/items?page=2'] },
  )
  stops.push(followSession(router), made.session.dispose)
  const { container } = render(createElement(RouterProvider, { router }))
  return { ...made, router, shown: watch(container) }
}

describe('React Router', () => {
  test('shows nothing before the storage has answered, then the page, to who is signed in', async () => {
    const { answer, shown, router, getItem } = await open(ada)
    await aMoment()
    expect(shown).toEqual([])
    answer()
    await waitFor(() => expect(shown).toEqual(['Your items']))
    expect(router.state.loaderData['0']).toMatchObject({ email: ada.email })
    await router.navigate('/sign-in')
    await waitFor(() => expect(shown.at(-1)).toBe('Please sign in'))
    await router.navigate('/items')
    await waitFor(() => expect(shown.at(-1)).toBe('Your items'))
    expect(shown).toEqual(['Your items', 'Please sign in', 'Your items'])
    expect(getItem).toHaveBeenCalledTimes(1)
  })

  test('sends who is signed out to sign in, without a glimpse of the page, and knows the way back', async () => {
    const { answer, shown, router, session, validations } = await open(null)
    answer()
    await waitFor(() => expect(shown).toEqual(['Please sign in']))
    expect(validations).not.toHaveBeenCalled()
    expect(router.state.location.search).toBe('?from=%2Fitems%3Fpage%3D2')
    await session.signIn(ada)
    await router.navigate(new URLSearchParams(router.state.location.search).get('from')!)
    await waitFor(() => expect(shown.at(-1)).toBe('Your items'))
    expect(router.state.loaderData['0']).toMatchObject({ email: ada.email })
  })

  test('leaves the page when the session ends', async () => {
    const { answer, shown, session } = await open(ada)
    answer()
    await waitFor(() => expect(shown).toEqual(['Your items']))
    await session.signOut()
    await waitFor(() => expect(shown).toEqual(['Your items', 'Please sign in']))
  })
})

import { afterEach, describe, expect, test, vi } from 'vitest'
import { type App, createApp, h } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { aMoment, slowSession, watch } from './guards.ts'
import { ada } from './world.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

async function open(user: typeof ada | null) {
  const made = await slowSession(user)
  const { guardRoutes } = await import('../../examples/recipes/vue-router.ts')
  const text = (words: string) => ({ render: () => h('p', words) })
  const history = createMemoryHistory()
  history.replace('/items?page=2')
  const router = createRouter({
    history,
    routes: [
      { path: '/items', component: text('Your items'), meta: { requiresUser: true } },
      { path: '/sign-in', component: text('Please sign in') },
    ],
  })
  guardRoutes(router)
  const container = document.body.appendChild(document.createElement('main'))
  const shown = watch(container)
  const app: App = createApp({ render: () => h(RouterView) })
  app.use(router)
  app.mount(container)
  stops.push(() => app.unmount(), made.session.dispose)
  return { ...made, router, shown }
}

describe('Vue Router', () => {
  test('shows nothing before the storage has answered, then the page, to who is signed in', async () => {
    const { answer, shown, router, getItem } = await open(ada)
    await aMoment()
    expect(shown).toEqual([])
    answer()
    await vi.waitFor(() => expect(shown).toEqual(['Your items']))
    await router.push('/sign-in')
    await router.push('/items')
    await aMoment()
    expect(shown).toEqual(['Your items', 'Please sign in', 'Your items'])
    expect(getItem).toHaveBeenCalledTimes(1)
  })

  test('sends who is signed out to sign in, without a glimpse of the page, and knows the way back', async () => {
    const { answer, shown, router, session } = await open(null)
    answer()
    await vi.waitFor(() => expect(shown).toEqual(['Please sign in']))
    expect(router.currentRoute.value.query).toEqual({ from: '/items?page=2' })
    await session.signIn(ada)
    await router.push(router.currentRoute.value.query.from as string)
    await vi.waitFor(() => expect(shown.at(-1)).toBe('Your items'))
  })

  test('leaves the page when the session ends', async () => {
    const { answer, shown, session } = await open(ada)
    answer()
    await vi.waitFor(() => expect(shown).toEqual(['Your items']))
    await session.signOut()
    await vi.waitFor(() => expect(shown).toEqual(['Your items', 'Please sign in']))
  })
})

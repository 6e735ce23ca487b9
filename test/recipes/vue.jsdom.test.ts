import { afterEach, describe, expect, test, vi } from 'vitest'
import { createApp, h } from 'vue'
import { slowSession, watch } from './guards.ts'
import { ada } from './world.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

describe('Vue', () => {
  test('shows who is signed in, and nothing before the storage has answered', async () => {
    const { session, answer } = await slowSession(ada)
    const { sessionRef } = await import('../../examples/recipes/vue.ts')
    let renders = 0
    const app = createApp({
      setup() {
        const snapshot = sessionRef()
        return () => {
          renders++
          return h('p', `${snapshot.value.status} ${(snapshot.value.user as typeof ada | null)?.email ?? ''}`)
        }
      },
    })
    const container = document.body.appendChild(document.createElement('main'))
    const shown = watch(container)
    app.mount(container)
    stops.push(() => app.unmount(), session.dispose)
    await vi.waitFor(() => expect(shown).toEqual(['unknown']))
    answer()
    await vi.waitFor(() => expect(shown.at(-1)).toBe('signed-in'))
    await session.validateToken()
    await vi.waitFor(() => expect(shown.at(-1)).toBe(`signed-in ${ada.email}`))
    const before = renders
    await session.fetch('/items/1')
    await session.signOut()
    await vi.waitFor(() => expect(shown.at(-1)).toBe('signed-out'))
    expect(renders).toBe(before + 1)
  })

  test('lets go of the session when the component is gone', async () => {
    const { session, answer } = await slowSession(null)
    const unsubscribe = vi.fn()
    const subscribe = vi.spyOn(session, 'subscribe').mockReturnValue(unsubscribe)
    const { sessionRef } = await import('../../examples/recipes/vue.ts')
    const app = createApp({
      setup() {
        const snapshot = sessionRef()
        return () => h('p', snapshot.value.status)
      },
    })
    app.mount(document.createElement('main'))
    expect(subscribe).toHaveBeenCalledTimes(1)
    app.unmount()
    expect(unsubscribe).toHaveBeenCalledTimes(1)
    answer()
    stops.push(session.dispose)
  })
})

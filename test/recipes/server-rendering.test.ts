import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { respond } from '../../examples/recipes/server-rendering.ts'
import { useSession } from '../../src/adapters/react.ts'
import { createSession, type Session } from '../../src/index.ts'
import { cookieStorage } from '../../src/storage/index.ts'
import { ada, bob, type World, world } from './world.ts'

let api: World
beforeEach(() => {
  api = world()
})

const asking = (cookie: string | null) =>
  new Request('https://shop.example.com/', cookie ? { headers: { cookie } } : {})

/** What a browser sends after that answer; what it sent before when the answer sets none. */
function cookieAfter(response: Response, before: string | null = null): string | null {
  const [set] = response.headers.getSetCookie()
  return set ? `theme=dark; ${set.split(';')[0]}; lang=en` : before
}

async function signIn(user: typeof ada): Promise<string> {
  const response = await respond(asking(null), async session => {
    await session.signIn(user)
    return 'Welcome'
  })
  return cookieAfter(response)!
}

interface Item {
  id: number
  owner: string
}

function Page({ session, items }: { session: Session; items: Item[] }) {
  const { status, user } = useSession(session)
  const list = items.map(({ id, owner }) => createElement('li', { key: id }, `${id} of ${owner}`))
  return createElement(
    'main',
    { title: status },
    String((user as typeof ada | null)?.email),
    createElement('ul', null, list),
  )
}

const pageWith = (ids: number[]) => async (session: Session) => {
  const load = async (id: number) => (await session.fetch(`/items/${id}`)).json() as Promise<Item>
  const [items] = await Promise.all([Promise.all(ids.map(load)), session.validateToken()])
  return renderToString(createElement(Page, { session, items }))
}

const htmlFor = ({ email }: typeof ada, ids: number[]) =>
  `<main title="signed-in">${email}<ul>${ids.map(id => `<li>${id} of ${email}</li>`).join('')}</ul></main>`

const statuses = () => api.seen.map(({ status }) => status)

describe('two users at once', () => {
  test('see their own pages, also when the first is answered last, and again with the next token', async () => {
    let [adas, bobs] = [await signIn(ada), await signIn(bob)]
    for (const [first, second] of [
      [1, 2],
      [3, 4],
    ] as const) {
      await api.calm()
      const hold = api.server.hold(`GET /items/${first}`)
      const early = respond(asking(adas), pageWith([first, second]))
      expect(await hold.begun).toBe(true)
      const late = await respond(asking(bobs), pageWith([first, second]))
      hold.release()
      const [forAda, forBob] = [await early, late]
      expect(await forAda.text()).toBe(htmlFor(ada, [first, second]))
      expect(await forBob.text()).toBe(htmlFor(bob, [first, second]))

      const next = [cookieAfter(forAda), cookieAfter(forBob)] as [string, string]
      expect(new Set([adas, bobs, ...next]).size).toBe(4)
      ;[adas, bobs] = next
    }
    expect(statuses()).toEqual(Array.from({ length: 8 }, () => 200))
  })

  test('leave nothing behind on the server, not even where it has a localStorage', async () => {
    const localStorage = { getItem: vi.fn(() => null), setItem: vi.fn(), removeItem: vi.fn() }
    vi.stubGlobal('localStorage', localStorage)
    await Promise.all([signIn(ada), signIn(bob)])
    vi.stubGlobal('localStorage', undefined)
    expect(localStorage.setItem).not.toHaveBeenCalled()

    const answer = await respond(asking(null), async session => {
      const { status } = await session.fetch('/items/1')
      return `${session.getSnapshot().status} ${status}`
    })
    expect(await answer.text()).toBe('signed-out 401')
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(api.seen.map(({ token }) => token)).toEqual([null])
  })
})

describe('the cookie', () => {
  test('is safe by default, and small enough for every browser', async () => {
    const response = await respond(asking(null), async session => {
      await session.signIn(ada)
      for (let id = 1; id <= 5; id++) {
        await api.calm()
        await session.fetch(`/items/${id}`)
      }
      return ''
    })
    const [cookie, ...attributes] = response.headers.getSetCookie()[0]!.split('; ')
    expect(attributes).toEqual(['Path=/', 'Max-Age=1209600', 'Secure', 'SameSite=Lax'])
    expect(cookie!.length).toBeLessThan(2_000)
  })

  test('is set by the one of two pages at once that brings the token', async () => {
    const cookie = await signIn(ada)
    await api.calm()
    const hold = api.server.hold('GET /items/1')
    const page = (id: number) => async (session: Session) => {
      await session.fetch(`/items/${id}`)
      return ''
    }
    const late = respond(asking(cookie), page(1))
    expect(await hold.begun).toBe(true)
    const early = await respond(asking(cookie), page(2))
    hold.release()
    expect((await late).headers.getSetCookie()).toEqual([])

    await api.calm()
    await respond(asking(cookieAfter(early)), page(3))
    expect(statuses()).toEqual([200, 200, 200])
  })

  test('is signed out for good by a sign-out', async () => {
    const before = await signIn(ada)
    const response = await respond(asking(before), async session => {
      await session.signOut()
      return ''
    })
    const cookie = cookieAfter(response)
    const answer = await respond(asking(cookie), async session => {
      const { status } = await session.fetch('/items/1')
      return `${session.getSnapshot().status} ${status}`
    })
    expect(await answer.text()).toBe('signed-out 401')
    expect(api.seen.map(({ token }) => token)).toEqual([null])
  })

  test('is handed on also when the page could not be rendered', async () => {
    const before = await signIn(ada)
    await api.calm()
    const failed = await respond(asking(before), async session => {
      await session.fetch('/items/1')
      throw new Error('a bug in the page')
    })
    expect(failed.status).toBe(500)
    expect(await failed.text()).not.toContain('bug')
    await api.calm()
    await respond(asking(cookieAfter(failed)), pageWith([2]))
    expect(statuses()).toEqual([200, 200])
  })

  test('is kept from shared caches', async () => {
    const { headers } = await respond(asking(null), async () => '')
    expect(headers.get('cache-control')).toBe('private, no-store')
  })

  test('is what the session in the page goes on with', async () => {
    let cookie = await signIn(ada)
    await api.calm()
    cookie = cookieAfter(await respond(asking(cookie), pageWith([1])), cookie)!
    await api.calm()
    vi.stubGlobal('document', { cookie })
    const session = createSession({ baseUrl: 'https://api.example.com', storage: cookieStorage() })
    expect((await session.fetch('/items/2')).status).toBe(200)
    session.dispose()
    vi.stubGlobal('document', undefined)
    expect(new Set(api.seen.map(({ token }) => token)).size).toBe(2)
  })

  test('may be garbage', async () => {
    const warnings = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const name = encodeURIComponent('__Host-token-handoff:https://api.example.com/auth')
    for (const garbage of ['=%', '=null', '={}', '=', '']) {
      const answer = await respond(asking(name + garbage), async session => session.getSnapshot().status)
      expect(await answer.text()).toBe('signed-out')
    }
    expect(warnings).not.toHaveBeenCalled()
  })
})

import { act, render, screen } from '@testing-library/react'
import {
  createElement,
  type ReactElement,
  StrictMode,
  Suspense,
  startTransition,
  use,
  useEffect,
  useLayoutEffect,
  useReducer,
  useState,
} from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { renderToReadableStream, renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { useSession } from '../../src/adapters/react.ts'
import type { Session, Snapshot } from '../../src/index.ts'
import { ada, bob, world } from '../session/given.ts'

beforeEach(() => setActEnvironment(true))
afterEach(() => {
  document.body.innerHTML = ''
  vi.restoreAllMocks()
})

function setActEnvironment(value: boolean) {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: value })
}

/** A server that rotates with each call, and a session with it. */
const rotating = () =>
  world({
    batchRequestBufferThrottle: 0,
    session: { batchRequestBufferThrottle: 0, recovery: { path: false } },
  })

const textOf = ({ status, user }: Snapshot) =>
  `${status} ${(user as { email?: string } | null)?.email ?? '-'}`

/** Shows the session, and counts how often it was rendered. */
function counting(session: Session) {
  const counted = { renders: 0 }
  function Status() {
    counted.renders++
    return createElement('p', { role: 'status' }, textOf(useSession(session)))
  }
  return { Status, counted }
}

const shown = () => screen.getByRole('status').textContent

describe('what is rendered', () => {
  test('is the status and the user, and nothing is rendered but their changes', async () => {
    const { session, seen } = rotating()
    const { Status, counted } = counting(session)
    render(createElement(Status))
    expect([shown(), counted.renders]).toEqual(['signed-out -', 1])

    await act(() => session.signIn(ada))
    expect([shown(), counted.renders]).toEqual([`signed-in ${ada.email}`, 2])

    await act(async () => {
      await Promise.all(Array.from({ length: 5 }, () => session.fetch('/items')))
      for (let call = 0; call < 5; call++) await session.fetch('/items')
    })
    const tokens = new Set(seen.map(({ token }) => token))
    expect(tokens.size).toBeGreaterThan(5)
    expect(counted.renders).toBe(2)

    await act(() => session.validateToken())
    expect(counted.renders).toBe(2)

    await act(() => session.signOut())
    expect([shown(), counted.renders]).toEqual(['signed-out -', 3])
  })

  test('is the user anew when the server’s data of the user changed', async () => {
    const { session, server } = world({ permittedParameters: ['name'] })
    const { Status, counted } = counting(session)
    await session.signIn(ada)
    render(createElement(Status))
    expect(counted.renders).toBe(1)
    const [client, { token }] = Object.entries(server.inspect().users[0]!.clients)[0]!
    await server.fetch('https://api.example.com/auth', {
      method: 'PUT',
      headers: { 'access-token': token, client, uid: ada.email, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Ada' }),
    })
    await act(() => session.validateToken())
    expect(session.getSnapshot().user).toMatchObject({ name: 'Ada' })
    expect(counted.renders).toBe(2)
  })

  test('is new although the session changed between rendering and subscribing', async () => {
    const { session } = rotating()
    await session.signIn(ada)
    function SigningOut() {
      useLayoutEffect(() => void session.signOut(), [])
      return null
    }
    const { Status } = counting(session)
    await act(async () => {
      render(createElement('div', null, createElement(SigningOut), createElement(Status)))
    })
    expect(shown()).toBe('signed-out -')
  })

  test('is another session’s when the component is given another one', async () => {
    const [first, second] = [rotating(), rotating()]
    await Promise.all([first.session.signIn(ada), second.session.signIn(bob)])
    const Status = ({ session }: { session: Session }) =>
      createElement('p', { role: 'status' }, textOf(useSession(session)))
    const { rerender } = render(createElement(Status, { session: first.session }))
    rerender(createElement(Status, { session: second.session }))
    expect(shown()).toBe(`signed-in ${bob.email}`)
    await act(() => first.session.signOut())
    expect(shown()).toBe(`signed-in ${bob.email}`)
    await act(() => second.session.signOut())
    expect(shown()).toBe('signed-out -')
  })
})

describe('in StrictMode', () => {
  test('it shows the same, complains of nothing, and lets go of the session when it is unmounted', async () => {
    const errors = vi.spyOn(console, 'error')
    const { session } = rotating()
    let listeners = 0
    let most = 0
    const counted: Session = {
      ...session,
      subscribe(listener) {
        most = Math.max(most, ++listeners)
        const stop = session.subscribe(listener)
        return () => {
          listeners--
          stop()
        }
      },
    }
    const { Status } = counting(counted)
    const { unmount } = render(createElement(StrictMode, null, createElement(Status)))
    await act(() => session.signIn(ada))
    expect(shown()).toBe(`signed-in ${ada.email}`)
    await act(() => session.signOut())
    expect(shown()).toBe('signed-out -')
    expect([listeners, most]).toEqual([1, 1])
    unmount()
    expect(listeners).toBe(0)
    expect(errors).not.toHaveBeenCalled()
  })
})

describe('while React renders in pieces', () => {
  /** The distinct texts of each commit of a slow tree, whose session changes while a transition renders it. */
  async function commitsOf(useText: (session: Session) => string): Promise<string[][]> {
    setActEnvironment(false)
    const { session } = rotating()
    await session.signIn(ada)
    const commits: string[][] = []
    const seen = { renders: 0 }
    const host = document.body.appendChild(document.createElement('div'))
    function Slow() {
      const until = performance.now() + 4
      while (performance.now() < until);
      seen.renders++
      return createElement('li', null, useText(session))
    }
    let grow: ((size: number) => void) | undefined
    function List() {
      const [size, setSize] = useState(0)
      grow = setSize
      return Array.from({ length: size }, (_, key) => createElement(Slow, { key }))
    }
    const distinct = () => [...new Set([...host.querySelectorAll('li')].map(item => item.textContent ?? ''))]
    const observer = new MutationObserver(() => commits.push(distinct()))
    observer.observe(host, {
      childList: true,
      characterData: true,
      subtree: true,
    })
    const root = createRoot(host)
    root.render(createElement(List))
    await vi.waitFor(() => expect(grow).toBeDefined())
    startTransition(() => grow?.(30))
    await vi.waitFor(() => expect(seen.renders).toBeGreaterThan(3), { interval: 1 })
    // In the middle: React has rendered some of the items, and committed none.
    expect(seen.renders).toBeLessThan(30)
    expect(commits).toEqual([])
    await session.signOut()
    await vi.waitFor(() => expect(commits.at(-1)).toEqual(['signed-out -']), { timeout: 5_000 })
    observer.disconnect()
    root.unmount()
    return commits
  }

  test('all components of a commit show one and the same session', async () => {
    const commits = await commitsOf(session => textOf(useSession(session)))
    expect(commits.filter(texts => texts.length > 1)).toEqual([])
  })

  test('a hook without useSyncExternalStore would be caught here', async () => {
    const useNaively = (session: Session) => {
      const [, renderAgain] = useReducer((count: number) => count + 1, 0)
      useEffect(() => {
        renderAgain()
        return session.subscribe(renderAgain)
      }, [session])
      return textOf(session.getSnapshot())
    }
    const commits = await commitsOf(useNaively)
    expect(commits.filter(texts => texts.length > 1)).not.toEqual([])
  })
})

describe('on a server', () => {
  const Page = ({ session }: { session: Session }) =>
    createElement('p', { role: 'status' }, textOf(useSession(session)))

  test('renders each user’s own page, two at once', async () => {
    const [first, second] = [rotating(), rotating()]
    await Promise.all([first.session.signIn(ada), second.session.signIn(bob)])
    const page = ({ session }: { session: Session }) => renderToString(createElement(Page, { session }))
    expect(page(first)).toBe(`<p role="status">signed-in ${ada.email}</p>`)
    expect(page(second)).toBe(`<p role="status">signed-in ${bob.email}</p>`)
    await first.session.signOut()
    expect(page(first)).toBe('<p role="status">signed-out -</p>')
    expect(page(second)).toBe(`<p role="status">signed-in ${bob.email}</p>`)
  })

  test('renders each user’s own page also when two streams wait for data in turn', async () => {
    const [first, second] = [rotating(), rotating()]
    await Promise.all([first.session.signIn(ada), second.session.signIn(bob)])
    const started = [first, second].map(({ session, server }) => {
      const held = server.hold('GET /items')
      const items = session.fetch('/items').then(response => response.text())
      const Items = () => createElement('b', null, use(items), createElement(Page, { session }))
      const page = createElement(
        Suspense,
        { fallback: createElement(Page, { session }) },
        createElement(Items),
      )
      return { held, stream: renderToReadableStream(page) }
    })
    const streams = await Promise.all(started.map(({ stream }) => stream))
    // Released in the other order.
    for (const { held } of started.reverse()) held.release()
    const [pageOfAda, pageOfBob] = await Promise.all(streams.map(stream => new Response(stream).text()))
    expect(pageOfAda!.match(/\S+@example\.com/g)?.length).toBeGreaterThan(1)
    expect(pageOfAda).toContain(`signed-in ${ada.email}`)
    expect(pageOfAda).not.toContain(bob.email)
    expect(pageOfBob).toContain(`signed-in ${bob.email}`)
    expect(pageOfBob).not.toContain(ada.email)
  })
})

describe('what a server has rendered', () => {
  /** Hydrates the page of a server, and tells of what React had to throw away. */
  async function hydrate(html: string, element: ReactElement) {
    const host = document.body.appendChild(document.createElement('div'))
    host.innerHTML = html
    const node = host.firstChild
    const thrownAway: unknown[] = []
    const first = host.textContent
    const root = await act(async () =>
      hydrateRoot(host, element, { onRecoverableError: error => thrownAway.push(error) }),
    )
    return { first, host, kept: host.firstChild === node, thrownAway, root }
  }
  const Page = ({ session, serverSnapshot }: { session: Session; serverSnapshot?: Snapshot }) =>
    createElement('p', { role: 'status' }, textOf(useSession(session, serverSnapshot as never)))

  test('is taken over when the server knew nobody, and then the page shows who is signed in', async () => {
    const serverSnapshot: Snapshot = { status: 'unknown', user: null }
    const html = renderToString(createElement(Page, { session: rotating().session, serverSnapshot }))
    expect(html).toContain('unknown')
    const { session } = rotating()
    await session.signIn(ada)
    const { host, kept, thrownAway } = await hydrate(html, createElement(Page, { session, serverSnapshot }))
    expect([thrownAway, kept, host.textContent]).toEqual([[], true, `signed-in ${ada.email}`])
  })

  test('is taken over when the server knew the user, and handed on what it rendered with', async () => {
    const onServer = rotating()
    await onServer.session.signIn(ada)
    const html = renderToString(createElement(Page, { session: onServer.session }))
    const serverSnapshot = JSON.parse(JSON.stringify(onServer.session.getSnapshot())) as Snapshot
    const { session } = rotating()
    const { first, host, kept, thrownAway } = await hydrate(
      html,
      createElement(Page, { session, serverSnapshot }),
    )
    expect(first).toBe(`signed-in ${ada.email}`)
    expect([thrownAway, kept, host.textContent]).toEqual([[], true, 'signed-out -'])
  })

  test('is rendered anew, with React’s complaint, when the two differ and nothing was handed on', async () => {
    const html = renderToString(createElement(Page, { session: rotating().session }))
    const { session } = rotating()
    await session.signIn(ada)
    const { host, thrownAway } = await hydrate(html, createElement(Page, { session }))
    expect(host.textContent).toBe(`signed-in ${ada.email}`)
    expect(thrownAway).toHaveLength(1)
  })
})

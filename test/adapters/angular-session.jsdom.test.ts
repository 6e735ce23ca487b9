import '@angular/compiler'
import {
  ApplicationRef,
  Component,
  createEnvironmentInjector,
  EnvironmentInjector,
  effect,
} from '@angular/core'
import { TestBed } from '@angular/core/testing'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { injectSession, provideSession, sessionGuard } from '../../src/adapters/angular.ts'
import { createSession, memoryStorage, type Session } from '../../src/index.ts'
import {
  ada,
  api,
  bob,
  failureOf,
  holdTime,
  later,
  letTimeGo,
  pause,
  settled,
  silence,
  world,
} from '../session/given.ts'
import { provideZoneless } from '../support/angular.ts'
import { clientOf } from './angular.ts'

interface User {
  email: string
  name: string | null
}

beforeEach(() => {
  holdTime()
  silence()
})
afterEach(() => {
  TestBed.resetTestingModule()
  vi.unstubAllGlobals()
  letTimeGo()
})

function provide(session: Session<unknown> | (() => Session<unknown>)) {
  TestBed.configureTestingModule({ providers: [provideZoneless(), provideSession(session)] })
}
const injected = () => TestBed.runInInjectionContext(() => injectSession<User>())

describe('injectSession', () => {
  test('gives the session, with its status and its user as signals', async () => {
    const { session } = world()
    provide(session)
    const { status, user, ...rest } = injected()
    expect(rest).toEqual({ ...session })
    expect([status(), user()]).toEqual(['signed-out', null])
    await session.signIn(ada)
    expect([status(), user()?.email]).toEqual(['signed-in', ada.email])
    await rest.signOut()
    expect([status(), user()]).toEqual(['signed-out', null])
    expectTypeOf(user()).toEqualTypeOf<User | null>()
  })

  test('gives signals that change only when what they show changes', async () => {
    const { session } = world({ batchRequestBufferThrottle: 0, session: { batchRequestBufferThrottle: 0 } })
    await session.signIn(ada)
    provide(session)
    const { status, user } = injected()
    const shown: unknown[] = []
    TestBed.runInInjectionContext(() => effect(() => void shown.push(`${status()} ${user()?.email}`)))
    const look = async () => {
      await settled()
      TestBed.inject(ApplicationRef).tick()
    }
    await look()
    for (let call = 0; call < 3; call++) await session.fetch('/items')
    await session.validateToken()
    await look()
    expect(shown).toEqual([`signed-in ${ada.email}`])
    await session.signOut()
    await look()
    expect(shown).toEqual([`signed-in ${ada.email}`, 'signed-out undefined'])
  })

  test('is the same wherever it is injected', () => {
    provide(world().session)
    expect(injected()).toBe(injected())
  })

  test('says what is missing where nothing is provided', () => {
    TestBed.configureTestingModule({ providers: [provideZoneless()] })
    expect(() => injected()).toThrow(/No provider .*for .*InjectionToken provideSession\(\)/)
  })

  test('shows the session in a template, without zones', async () => {
    vi.useRealTimers()
    const { session } = world()
    provide(session)
    const Greeting = Component({
      selector: 'app-greeting',
      template: '{{ session.status() }} {{ session.user()?.email }}',
    })(
      class {
        readonly session = injectSession<User>()
      },
    )
    const fixture = TestBed.createComponent(Greeting)
    const text = async () => {
      await fixture.whenStable()
      return fixture.nativeElement.textContent.trim()
    }
    expect(await text()).toBe('signed-out')
    await session.signIn(ada)
    expect(await text()).toBe(`signed-in ${ada.email}`)
    await session.signOut()
    expect(await text()).toBe('signed-out')
  })
})

describe('provideSession', () => {
  test('lets go of a session with the injector, and leaves it to its owner', async () => {
    const { session } = world()
    provide(session)
    const { status } = injected()
    TestBed.resetTestingModule()
    await session.signIn(ada)
    expect(session.getSnapshot().status).toBe('signed-in')
    expect(status()).toBe('signed-out')
  })

  test('makes a session for each injector, and disposes it with that', async () => {
    const made: Session[] = []
    TestBed.configureTestingModule({ providers: [provideZoneless()] })
    const parent = TestBed.inject(EnvironmentInjector)
    const inject = () => {
      const make = () => {
        const { session } = world()
        made.push(session)
        return session
      }
      const injector = createEnvironmentInjector([provideSession(make)], parent)
      return { injector, session: injector.runInContext(() => injectSession<User>()) }
    }
    const [first, second] = [inject(), inject()]
    await Promise.all([first.session.signIn(ada), second.session.signIn(bob)])
    expect(made).toHaveLength(2)
    expect([first.session.user()?.email, second.session.user()?.email]).toEqual([ada.email, bob.email])
    first.injector.destroy()
    expect((await failureOf(first.session.fetch('/items'))).code).toBe('disposed')
    expect((await second.session.fetch('/items')).status).toBe(200)
  })

  test('is what the interceptor uses that is given no session', async () => {
    const made = world()
    await made.session.signIn(ada)
    const { http, wired } = clientOf(undefined, made.server.fetch, {
      providers: [provideSession(made.session)],
    })
    expect(await firstValueFrom(http.get(`${api}/items`))).toEqual({ owner: ada.email })
    expect(wired[0]!.token).toBeTruthy()
  })
})

describe('sessionGuard', () => {
  const guard = () => TestBed.runInInjectionContext(() => sessionGuard())

  test('lets in who is signed in, and nobody else', async () => {
    const { session } = world()
    provide(session)
    expect(await guard()).toBe(false)
    await session.signIn(ada)
    expect(await guard()).toBe(true)
    await session.signOut()
    expect(await guard()).toBe(false)
  })

  test('waits for the first answer of an asynchronous storage', async () => {
    const storage = memoryStorage()
    const made = world({ session: { storage } })
    await made.session.signIn(ada)
    const getItem = (key: string) =>
      new Promise<string | null>(resolve => setTimeout(() => resolve(storage.getItem(key) as string), 300))
    const session = createSession({
      baseUrl: api,
      fetch: made.server.fetch,
      storage: {
        getItem,
        setItem: async (key: string, value: string) => storage.setItem(key, value),
        removeItem: async (key: string) => storage.removeItem(key),
      },
    })
    provide(session)
    let answer: boolean | undefined
    const asked = guard().then(allowed => {
      answer = allowed
    })
    await settled()
    expect([answer, injected().status()]).toEqual([undefined, 'unknown'])
    await later(300)
    await asked
    expect([answer, injected().status()]).toEqual([true, 'signed-in'])
    await later(pause)
  })
})

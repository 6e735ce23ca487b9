import '@angular/compiler'
import { Component } from '@angular/core'
import { TestBed } from '@angular/core/testing'
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing'
import { provideRouter, Router } from '@angular/router'
import { RouterTestingHarness } from '@angular/router/testing'
import { provideSession } from 'token-handoff/angular'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { requireUser } from '../../examples/recipes/angular-router.ts'
import { provideZoneless } from '../support/angular.ts'
import { aMoment, slowSession, watch } from './guards.ts'
import { ada } from './world.ts'

beforeAll(() => void TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting()))
afterEach(() => TestBed.resetTestingModule())

const text = (selector: string, words: string) => Component({ selector, template: words })(class {})

async function open(user: typeof ada | null) {
  const made = await slowSession(user)
  TestBed.configureTestingModule({
    providers: [
      provideZoneless(),
      provideSession(() => made.session),
      provideRouter([
        { path: 'items', component: text('app-items', 'Your items'), canActivate: [requireUser] },
        { path: 'sign-in', component: text('app-sign-in', 'Please sign in') },
      ]),
    ],
  })
  const harness = await RouterTestingHarness.create()
  const shown = watch(harness.fixture.nativeElement)
  const navigating = harness.navigateByUrl('/items?page=2')
  return { ...made, harness, navigating, shown, router: TestBed.inject(Router) }
}

describe('Angular’s router', () => {
  test('shows nothing before the storage has answered, then the page, to who is signed in', async () => {
    const { answer, navigating, shown, harness, getItem } = await open(ada)
    await aMoment()
    expect(shown).toEqual([])
    answer()
    await navigating
    await vi.waitFor(() => expect(shown).toEqual(['Your items']))
    await harness.navigateByUrl('/sign-in')
    await harness.navigateByUrl('/items')
    await aMoment()
    expect(shown).toEqual(['Your items', 'Please sign in', 'Your items'])
    expect(getItem).toHaveBeenCalledTimes(1)
  })

  test('sends who is signed out to sign in, without a glimpse of the page, and knows the way back', async () => {
    const { answer, navigating, shown, harness, router, session } = await open(null)
    answer()
    await navigating
    await vi.waitFor(() => expect(shown).toEqual(['Please sign in']))
    const { from } = router.parseUrl(router.url).queryParams
    expect(from).toBe('/items?page=2')
    await session.signIn(ada)
    await harness.navigateByUrl(from as string)
    await vi.waitFor(() => expect(shown.at(-1)).toBe('Your items'))
  })
})

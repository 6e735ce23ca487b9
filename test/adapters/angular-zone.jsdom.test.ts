import 'zone.js'
import '@angular/compiler'
import { HttpClient, provideHttpClient, withFetch, withInterceptors } from '@angular/common/http'
import { NgZone, provideZoneChangeDetection } from '@angular/core'
import { TestBed } from '@angular/core/testing'
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { sessionInterceptor } from '../../src/adapters/angular.ts'
import { API, signedIn } from './support.ts'

/** With zone.js an application is stable when no timer of its own is waiting: server rendering and tests wait for that. */

TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting())
afterEach(() => vi.unstubAllGlobals())

test('a request that was given up, and stays on the wire, does not keep the application from being stable', async () => {
  const { session, server } = await signedIn()
  vi.stubGlobal('fetch', (input: string, { headers }: RequestInit) =>
    server.fetch(new Request(input, { headers: headers! })),
  )
  TestBed.configureTestingModule({
    providers: [
      provideZoneChangeDetection(),
      provideHttpClient(withFetch(), withInterceptors([sessionInterceptor(session)])),
    ],
  })
  const zone = TestBed.inject(NgZone)
  const http = TestBed.inject(HttpClient)
  const held = server.hold()
  const call = zone.run(() => http.get(`${API}/items`).subscribe())
  await held.begun
  zone.run(() => call.unsubscribe())
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(zone.hasPendingMacrotasks).toBe(false)
  held.release()
})

// Compiles the templates in the browser, since here the Angular CLI does not.
import '@angular/compiler'
import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http'
import { Component, inject, linkedSignal, provideZonelessChangeDetection, signal } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import { forkJoin } from 'rxjs'
import { createSession } from 'token-handoff'
import { injectSession, provideSession, sessionInterceptor } from 'token-handoff/angular'

type User = { name: string }
type Item = { id: number; name: string }

const baseUrl = import.meta.env.VITE_API_URL

@Component({
  selector: 'app-root',
  template: `
    @if (session.status() === 'signed-in') {
      <p>Signed in as {{ session.user()?.name }}</p>
      <button type="button" (click)="load()">Load</button>
      <button type="button" (click)="session.signOut()">Sign out</button>
      <ul>
        @for (item of items(); track item.id) {
          <li>{{ item.name }}</li>
        }
      </ul>
    } @else {
      <form (submit)="$event.preventDefault(); signIn(email.value, password.value)">
        <input #email type="email" aria-label="Email" value="ada@example.com">
        <input #password type="password" aria-label="Password" value="password123">
        <button type="submit">Sign in</button>
      </form>
    }
    <p role="alert">{{ error() }}</p>
  `,
})
class App {
  session = injectSession<User>()
  http = inject(HttpClient)
  // Empty again whenever somebody signs in or out.
  items = linkedSignal<string, Item[]>({ source: this.session.status, computation: () => [] })
  error = signal('')

  constructor() {
    // After a reload the session is there, but not yet whose it is.
    if (this.session.status() === 'signed-in') this.session.validateToken().catch(this.fail)
  }

  signIn(email: string, password: string) {
    this.error.set('')
    this.session.signIn({ email, password }).catch(this.fail)
  }

  // All at once: each answer may bring the next token, and the session sees to it.
  load() {
    this.items.set([])
    this.error.set('')
    forkJoin([1, 2, 3, 4, 5, 6].map(id => this.http.get<Item>(`${baseUrl}/items/${id}`))).subscribe({
      next: items => this.items.set(items),
      error: this.fail,
    })
  }

  fail = (error: Error) => this.error.set(error.message)
}

bootstrapApplication(App, {
  providers: [
    provideZonelessChangeDetection(),
    provideSession(createSession({ baseUrl })),
    provideHttpClient(withInterceptors([sessionInterceptor()])),
  ],
}).catch(console.error)

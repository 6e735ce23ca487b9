// What the code of the documentation takes from the application around it.
import type { Type } from '@angular/core'

declare global {
  interface User {
    name: string | null
  }
  var App: Type<unknown>
  var Items: Type<unknown>
}

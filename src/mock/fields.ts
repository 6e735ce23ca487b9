import type { Call } from './call.ts'
import { readHeader } from './carriers.ts'
import { normalizeEmail } from './users.ts'
import type { Changes } from './validation.ts'

/** A parameter that the account routes take; it may come as a header of its name too (params_for_resource). */
export function permitted(call: Call, name: string): string | undefined {
  return call.parameters.text(name) ?? readHeader(call.headers, name)
}

/** Is it there at all, even as null? */
export function isGiven(call: Call, name: string): boolean {
  return call.parameters.has(name) || call.headers.has(name)
}

/** Does the request carry any attribute that sign-up and account update take? */
export function isAnyGiven(call: Call): boolean {
  return attributes(call).some(name => isGiven(call, name))
}

/** The attributes that sign-up and account update take. An email of null is an empty one. */
export function readChanges(call: Call): Changes {
  const changes: { -readonly [name in keyof Changes]: Changes[name] } = {}
  for (const name of attributes(call)) {
    const value = permitted(call, name)
    if (name === 'email' && isGiven(call, name)) changes.email = normalizeEmail(value ?? '')
    else if (value !== undefined) changes[name] = value
  }
  return changes
}

function attributes(call: Call): readonly (keyof Changes)[] {
  return ['email', 'password', 'password_confirmation', ...call.settings.permittedParameters]
}

import type { Generation } from './rules.ts'
import type { User, Users } from './users.ts'

/** What an update or a sign-up wants to write. */
export interface Changes {
  readonly email?: string
  readonly password?: string
  readonly password_confirmation?: string
  readonly name?: string
  readonly nickname?: string
  readonly image?: string
}

/** Validation errors in the order in which they were found: the order of `full_messages`. */
export type Errors = readonly (readonly [attribute: string, message: string])[]

const SHORTEST_PASSWORD = 6
const LONGEST_PASSWORD = 128

/** The gem's pattern; devise's own is looser. */
const EMAIL =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/
const DEVISE_EMAIL = /^[^@\s]+@[^@\s]+$/

/**
 * Validates a user with its changes applied. `id` is null for one that is not saved yet.
 *
 * The later gems let devise check a changed email too, and so report it twice; 1.2.0 leaves it to the gem's own
 * checks, which look for a taken email at sign-up only.
 */
export function validate(
  generation: Generation,
  users: Users,
  candidate: Pick<User, 'email' | 'provider'> & { readonly id: number | null },
  changes: Changes,
): Errors {
  const { id, email, provider } = candidate
  const before = id === null ? undefined : users.find(id)
  const taken = users.all().some(user => user.id !== id && user.email === email)
  const errors: [string, string][] = []

  const deviseChecks = generation !== '1.2.0' && email !== '' && email !== before?.email
  if (deviseChecks && taken) errors.push(['email', 'has already been taken'])
  if (deviseChecks && !DEVISE_EMAIL.test(email)) errors.push(['email', 'is invalid'])

  if (provider === 'email') errors.push(...validatePassword(id === null, changes))

  if (provider === 'email') {
    if (isBlank(email)) errors.push(['email', "can't be blank"])
    else if (!EMAIL.test(email)) errors.push(['email', 'is not an email'])
    if (id === null && taken) errors.push(['email', 'has already been taken'])
  }
  return errors
}

function validatePassword(required: boolean, changes: Changes): [string, string][] {
  const { password, password_confirmation: confirmation } = changes
  if (!required && password === undefined && confirmation === undefined) return []
  const errors: [string, string][] = []
  if (isBlank(password)) errors.push(['password', "can't be blank"])
  if (confirmation !== undefined && confirmation !== password)
    errors.push(['password_confirmation', "doesn't match Password"])
  if (isBlank(password)) return errors
  const length = [...(password ?? '')].length
  if (length < SHORTEST_PASSWORD)
    errors.push(['password', `is too short (minimum is ${SHORTEST_PASSWORD} characters)`])
  if (length > LONGEST_PASSWORD)
    errors.push(['password', `is too long (maximum is ${LONGEST_PASSWORD} characters)`])
  return errors
}

/** The errors as the server renders them: by attribute, and as sentences. */
export function errorBody(errors: Errors): Record<string, string[]> {
  const body: Record<string, string[]> = {}
  for (const [attribute, message] of errors) {
    body[attribute] ??= []
    body[attribute].push(message)
  }
  body.full_messages = errors.map(([attribute, message]) => `${humanize(attribute)} ${message}`)
  return body
}

export function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === ''
}

/** `password_confirmation` to `Password confirmation`. */
export function humanize(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

import { TokenHandoffError } from '../errors.ts'
import { defined, type ModelOptions, type SeedUser } from './options.ts'
import { type Clients, keepNewest, purge } from './rules.ts'

/** A row of the user table. Immutable: a change is a new row that is saved. */
export interface User {
  readonly id: number
  readonly provider: string
  readonly uid: string
  readonly email: string
  readonly password: string
  /** Counts the assignments: setting the same password again is a change too (a new salt). */
  readonly passwordVersion: number
  readonly name: string | null
  readonly nickname: string | null
  readonly image: string | null
  /** Set by a password-reset mail: the next change needs no current password. */
  readonly allowPasswordChange: boolean
  readonly confirmed: boolean
  readonly confirmationToken: string | null
  readonly resetPasswordToken: string | null
  /** Milliseconds. */
  readonly resetPasswordSentAt: number | null
  /** Milliseconds. */
  readonly createdAt: number
  /** Milliseconds: the last save that changed anything, a rotation also. */
  readonly updatedAt: number
  readonly clients: Clients
}

/** One user model: its place, and its table. */
export interface Model {
  readonly name: string
  readonly authPath: string
  readonly confirmable: boolean
  readonly users: Users
}

export interface Users {
  all(): readonly User[]
  find(id: number): User | undefined
  findBy(key: 'uid' | 'confirmationToken' | 'resetPasswordToken', value: string): User | undefined
  findByEmail(email: string): User | undefined
  create(attributes: NewUser, nowMs: number): User
  /** Saves the row as the server does: uid in step with the email, expired sign-ins purged. */
  save(user: User, nowMs: number, removeTokensAfterPasswordReset?: boolean): User
  destroy(id: number): void
}

type NewUser = Pick<User, 'email' | 'password'> & Partial<Omit<User, 'id' | 'createdAt' | 'updatedAt'>>

/** The email as the server compares it: case_insensitive_keys and strip_whitespace_keys. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase()
}

export function createModel(name: string, options: ModelOptions, authPath: string, nowMs: number): Model {
  const users = createUsers()
  for (const seed of options.users ?? []) plant(users, seed, nowMs)
  return { name, authPath, confirmable: options.confirmable ?? false, users }
}

function plant(users: Users, seed: SeedUser, nowMs: number): void {
  if (typeof seed?.email !== 'string' || seed.email === '')
    throw new TokenHandoffError(
      'option-invalid',
      "A user needs an email: users: [{ email: 'a@example.com', password: 'secret' }].",
    )
  if (users.findByEmail(normalizeEmail(seed.email)) !== undefined)
    throw new TokenHandoffError('option-invalid', `Two users have the email '${seed.email}'. Leave one out.`)
  const { confirmed = true, password = 'password123', uid = seed.email, email, ...rest } = seed
  users.create({ ...defined(rest), email: normalizeEmail(email), uid, password, confirmed }, nowMs)
}

function createUsers(): Users {
  const rows = new Map<number, User>()
  let lastId = 0

  const findWhere = (holds: (user: User) => boolean) => [...rows.values()].find(holds)

  const users: Users = {
    all: () => [...rows.values()],
    find: id => rows.get(id),
    findBy: (key, value) => findWhere(user => user[key] === value),
    findByEmail: email => findWhere(user => user.email === email && user.provider === 'email'),
    create(attributes, nowMs) {
      lastId += 1
      const blank: User = {
        id: lastId,
        provider: 'email',
        uid: '',
        email: '',
        password: '',
        passwordVersion: 0,
        name: null,
        nickname: null,
        image: null,
        allowPasswordChange: false,
        confirmed: true,
        confirmationToken: null,
        resetPasswordToken: null,
        resetPasswordSentAt: null,
        createdAt: nowMs,
        updatedAt: nowMs,
        clients: [],
      }
      return users.save({ ...blank, ...attributes }, nowMs)
    },
    save(user, nowMs, removeTokensAfterPasswordReset = false) {
      const before = rows.get(user.id)
      const purged = purge(user.clients, nowMs)
      const newPassword = before !== undefined && before.passwordVersion !== user.passwordVersion
      const saved: User = {
        ...user,
        uid: user.provider === 'email' ? user.email : user.uid,
        // A new password makes the mail's token void.
        resetPasswordToken: newPassword ? null : user.resetPasswordToken,
        clients: newPassword && removeTokensAfterPasswordReset ? keepNewest(purged) : purged,
      }
      const changed = before === undefined || JSON.stringify(before) !== JSON.stringify(saved)
      const row = changed ? { ...saved, updatedAt: nowMs } : saved
      rows.set(row.id, row)
      return row
    },
    destroy(id) {
      rows.delete(id)
    },
  }
  return users
}

import { expectTypeOf, test } from 'vitest'
import {
  deleteAccount,
  type Return,
  requestPasswordReset,
  type SignUpResult,
  signInWithOAuth,
  signUp,
  takeReturn,
  updateAccount,
  updatePassword,
} from '../../src/account/index.ts'
import { createSession, type ErrorCode, memoryStorage, type TokenHandoffError } from '../../src/index.ts'
import { createMockServer } from '../../src/mock/index.ts'
import { cookieStorage } from '../../src/storage/index.ts'

interface User {
  email: string
  team: number
}

/** Held by tsc: what this file says must compile, and what it expects an error for must not. */
test('a form may be typed by an interface, and what is optional may be undefined', () => {
  interface LoginForm {
    email: string
    password: string
  }
  interface TeamForm {
    team: number
  }
  const session = createSession<User>({
    baseUrl: 'https://api.example.com',
    storage: memoryStorage(),
    storageKey: undefined,
  })
  void ((form: LoginForm) => session.signIn(form))
  void ((form: LoginForm) => signUp(session, form))
  void ((form: TeamForm) => updateAccount(session, form))
  void ((form: Partial<User>) => updateAccount(session, form))
  void ((form: LoginForm) => updatePassword(session, form))
  void ((form: LoginForm) => requestPasswordReset(session, form))
  void ((text?: string) => signUp(session, { email: text, invitation: text }))
  void ((text?: string) => updatePassword(session, { password: 'x', reset_password_token: text }))
  void ((text?: string) => requestPasswordReset(session, { email: 'a@example.com', redirect_url: text }))
  void ((text?: string) => takeReturn(session, { config_name: text, url: text }))
  void ((text?: string) => signInWithOAuth(session, 'github', { config_name: text, auth_origin_url: text }))
  void ((text?: string) => cookieStorage({ domain: text }))
  void ((text?: string) => createSession({ baseUrl: 'https://api.example.com', authPath: text }))
  void ((text?: string) => createMockServer({ cookieName: text }))
  // @ts-expect-error an email is text
  void (() => signUp(session, { email: 5 }))
  // @ts-expect-error a form without a password
  void ((form: TeamForm) => updatePassword(session, form))
  // @ts-expect-error no form at all
  void (() => session.signIn('ada@example.com'))
  session.dispose()
})

test('the user’s type is the session’s', () => {
  const session = createSession<User>({ baseUrl: 'https://api.example.com', storage: memoryStorage() })
  const calls = () => ({
    signUp: signUp(session, { email: 'a@example.com', password: 'x', team: 3 }),
    updateAccount: updateAccount(session, { email: 'a@example.com' }),
    updatePassword: updatePassword(session, { password: 'x' }),
    deleteAccount: deleteAccount(session),
    reset: requestPasswordReset(session, { email: 'a@example.com' }),
    oauth: signInWithOAuth(session, 'github'),
    taken: takeReturn(session),
  })
  type Calls = ReturnType<typeof calls>
  expectTypeOf<Calls['signUp']>().resolves.toEqualTypeOf<SignUpResult<User>>()
  expectTypeOf<Calls['updateAccount']>().resolves.toEqualTypeOf<User>()
  expectTypeOf<Calls['updatePassword']>().resolves.toEqualTypeOf<User>()
  expectTypeOf<Calls['deleteAccount']>().resolves.toEqualTypeOf<string>()
  expectTypeOf<Calls['reset']>().resolves.toEqualTypeOf<string>()
  expectTypeOf<Calls['oauth']>().resolves.toEqualTypeOf<User>()
  expectTypeOf<Calls['taken']>().resolves.toEqualTypeOf<Return<User> | null>()
  session.on('account-updated', ({ user }) => expectTypeOf(user).toEqualTypeOf<User>())
  session.on('password-reset-return', ({ user }) => expectTypeOf(user).toEqualTypeOf<User | null>())
  session.on('sign-in-failed', ({ error }) => expectTypeOf(error).toEqualTypeOf<TokenHandoffError>())
  expectTypeOf<TokenHandoffError['fieldErrors']>().toEqualTypeOf<Record<string, string[]>>()
  expectTypeOf<TokenHandoffError['code']>().toEqualTypeOf<ErrorCode>()

  // @ts-expect-error a new password is needed
  void (() => updatePassword(session, {}))
  // @ts-expect-error an application's own browser has to be opened by the application
  void (() => signInWithOAuth(session, 'github', { window: 'inAppBrowser' }))
  // @ts-expect-error the server's word is newWindow
  void (() => signInWithOAuth(session, 'github', { window: 'popup' }))
  session.dispose()
})

export {
  type AccountParameters,
  deleteAccount,
  type PasswordParameters,
  type SignUpParameters,
  type SignUpResult,
  signUp,
  updateAccount,
  updatePassword,
} from './account.ts'
export type { WithFurther } from './call.ts'
export type { InAppBrowser } from './in-app-browser.ts'
export { type LinkRoute, linkTo } from './links.ts'
export { type MailParameters, requestPasswordReset, requestUnlock, resendConfirmation } from './mails.ts'
export {
  type InAppBrowserOptions,
  type NewWindowOptions,
  type OAuthOptions,
  type SameWindowOptions,
  signInWithOAuth,
  takeCredentials,
} from './oauth.ts'
export { type Return, type ReturnOptions, takeReturn } from './return.ts'

/** What went wrong, as a word that programs can rely on. */
export type ErrorCode =
  | 'base-url-missing'
  | 'base-url-invalid'
  | 'origin-invalid'
  | 'storage-invalid'
  | 'option-invalid'
  | 'fetch-invalid'
  | 'disposed'
  | 'network'
  | 'sign-in-failed'
  | 'validation-failed'
  | 'headers-not-exposed'
  | 'superseded'
  | 'log-invalid'
  | 'not-signed-in'
  | 'sign-up-failed'
  | 'account-update-failed'
  | 'password-update-failed'
  | 'account-deletion-failed'
  | 'mail-failed'
  | 'return-invalid'
  | 'signed-in-as-another'
  | 'oauth-failed'
  | 'popup-blocked'
  | 'popup-closed'

/** What a failed call knows besides its message. */
export interface ErrorDetails {
  /** The HTTP status, where the server answered. */
  status?: number
  /** The server's own sentences. */
  errors?: string[]
  /** The same by field, as a form shows them. */
  fieldErrors?: Record<string, string[]>
  cause?: unknown
}

/**
 * The one error class of this library. The message says what happened and what to do next.
 *
 * @example
 * try { await session.signIn({ email, password }) }
 * catch (error) { if (isTokenHandoffError(error) && error.code === 'sign-in-failed') show(error.errors) }
 */
export class TokenHandoffError extends Error {
  override readonly name = 'TokenHandoffError'
  readonly code: ErrorCode
  readonly status: number | undefined
  /** The server's own sentences, whichever of its shapes they came in. */
  readonly errors: string[]
  /** The same by field, where the server says which. */
  readonly fieldErrors: Record<string, string[]>

  constructor(
    code: ErrorCode,
    message: string,
    { status, errors = [], fieldErrors = {}, cause }: ErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
    this.errors = errors
    this.fieldErrors = fieldErrors
  }
}

/** Tells this library's errors from others, also those of a second copy of the library. */
export function isTokenHandoffError(error: unknown): error is TokenHandoffError {
  return error instanceof Error && error.name === 'TokenHandoffError'
}

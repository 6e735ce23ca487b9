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

/** What a failed call knows besides its message. */
export interface ErrorDetails {
  /** The HTTP status, where the server answered. */
  status?: number
  /** The server's own sentences. */
  errors?: string[]
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
  readonly errors: string[]

  constructor(code: ErrorCode, message: string, { status, errors = [], cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
    this.errors = errors
  }
}

/** Tells this library's errors from others, also those of a second copy of the library. */
export function isTokenHandoffError(error: unknown): error is TokenHandoffError {
  return error instanceof Error && error.name === 'TokenHandoffError'
}

export type MockServerErrorCode = 'invalid-option' | 'invalid-user' | 'invalid-route'

/** A mistake in how the mock server is set up. It says what is wrong and what to write instead. */
export class MockServerError extends Error {
  override readonly name = 'MockServerError'
  readonly code: MockServerErrorCode

  constructor(code: MockServerErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

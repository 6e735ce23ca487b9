/** The server's sentences, and the same by field. */
export interface ServerErrors {
  errors: string[]
  fieldErrors: Record<string, string[]>
}

/** Reads a failure's body, whichever of the server's shapes it has: a list, by field, or by field with sentences. */
export function readErrors(body: unknown): ServerErrors {
  const { errors } = Object(body) as { errors?: unknown }
  if (!isRecord(errors)) return { errors: sentences(errors), fieldErrors: {} }
  const { full_messages, ...fields } = errors
  const byField = Object.entries(fields).map(([field, found]) => [field, sentences(found)] as const)
  const inWords = byField.flatMap(([field, found]) => found.map(sentence => `${words(field)} ${sentence}`))
  return {
    errors: full_messages === undefined ? inWords : sentences(full_messages),
    // Made so that no field's name can be taken for something else.
    fieldErrors: Object.fromEntries(byField),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sentences(found: unknown): string[] {
  return [found ?? []].flat().map(String)
}

/** `password_confirmation` to `Password confirmation`, as the server itself writes it. */
function words(field: string): string {
  const spaced = field.replaceAll('_', ' ')
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

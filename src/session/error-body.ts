/** The server's sentences, and the same by field. */
interface ServerErrors {
  errors: string[]
  fieldErrors: Record<string, string[]>
}

/** Reads a failure's body, whichever shape it has: sentences, by field, or by field with sentences; each said once. */
export function readErrors(body: unknown): ServerErrors {
  const { error, errors = error } = Object(body) as { error?: unknown; errors?: unknown }
  const isByField = Object(errors) === errors && !Array.isArray(errors)
  const { full_messages, ...fields } = (isByField ? errors : { full_messages: errors }) as Record<
    string,
    unknown
  >
  const byField = Object.entries(fields).map(([field, found]) => [field, sentencesOf(found)] as const)
  return {
    errors: sentencesOf(
      full_messages ?? byField.map(([field, found]) => found.map(text => `${words(field)} ${text}`)),
    ),
    // Made so that no field's name can be taken for something else.
    fieldErrors: Object.fromEntries(byField),
  }
}

/** All that a list, a hash or JSON:API's errors say, however deep. */
function sentencesOf(found: unknown): string[] {
  if (typeof found === 'string') return [found]
  const { title, detail = title } = Object(found) as { title?: unknown; detail?: unknown }
  return [...new Set([detail ?? Object.values(Object(found))].flat().flatMap(sentencesOf))]
}

/** `password_confirmation` to `Password confirmation`, as the server itself writes it. */
function words(field: string): string {
  return field.replace(/^./, first => first.toUpperCase()).replaceAll('_', ' ')
}

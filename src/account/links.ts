import type { AnySession } from './call.ts'

/** The routes that are followed rather than called: they redirect. */
export type LinkRoute = 'confirmation' | 'password/edit' | 'unlock'

/**
 * The address of a route that redirects, for mails whose link leads to the application first.
 *
 * @param route a mail's route, or an OAuth provider's name
 * @param parameters its query; undefined ones are left out
 * @example location.assign(linkTo(session, 'confirmation', { confirmation_token, redirect_url }))
 */
export function linkTo(
  session: AnySession,
  route: LinkRoute | (string & {}),
  parameters: Record<string, string | undefined> = {},
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.append(name, value)
  const path = route.split('/').map(encodeURIComponent).join('/')
  return `${session.account().settings.authUrl}/${path}?${query}`
}

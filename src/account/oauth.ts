import { nextSequence } from '../core/handoff.ts'
import { TokenHandoffError } from '../errors.ts'
import { announced } from '../session/routes.ts'
import type { Session } from '../session/session.ts'
import { admit, invalidReturn, readCredentials } from './admit.ts'
import { here } from './here.ts'
import { type InAppBrowser, messageInApp } from './in-app-browser.ts'
import { linkTo } from './links.ts'
import { leaveOAuthMark } from './oauth-mark.ts'
import { messageFromPopup } from './popup.ts'

interface OAuthParameters {
  /** Where the server leads back to. @default the page's address */
  auth_origin_url?: string | undefined
  /** Comes back with the return: tells several user types apart, see {@link takeReturn}. */
  config_name?: string | undefined
  /** Further parameters of the route, such as those of a sign-up. */
  parameters?: Record<string, string> | undefined
}

/** OAuth in the same window: the page goes away, and comes back. */
export interface SameWindowOptions extends OAuthParameters {
  window?: 'sameWindow' | undefined
  /** Leads to the address. @default location.assign */
  open?: ((url: string) => void) | undefined
}

/** OAuth in a window of its own. */
export interface NewWindowOptions extends OAuthParameters {
  window: 'newWindow'
  /** Opens the address; null when the browser does not let it. @default a popup of 600 by 700 pixels */
  open?: ((url: string) => Window | null) | undefined
}

/** OAuth in the application’s own browser. */
export interface InAppBrowserOptions extends OAuthParameters {
  window: 'inAppBrowser'
  /** Opens the address in the application's own browser. */
  open: (url: string) => InAppBrowser
}

/** The three ways of OAuth. */
export type OAuthOptions = SameWindowOptions | NewWindowOptions | InAppBrowserOptions

/**
 * Signs in by an OAuth provider, in one of the server's three ways. In the same window the page goes away, and
 * {@link takeReturn} signs in when it is back: then this never resolves. A new window must be opened by a click.
 *
 * @param provider as the server calls it, such as `github`
 * @returns the user
 * @throws TokenHandoffError `popup-blocked`, `popup-closed`, `oauth-failed` (the provider or the server refused),
 *   `return-invalid`, `network`, `validation-failed`, `superseded`
 * @example const user = await signInWithOAuth(session, 'github', { window: 'newWindow' })
 */
export async function signInWithOAuth<User>(
  session: Session<User>,
  provider: string,
  options: OAuthOptions = {},
): Promise<User> {
  const context = session.account()
  const { authUrl, storageKey } = context.settings
  // Not waited for, because a new window opens in the handler of a click only.
  void context.ready()
  const { parameters, auth_origin_url = here(context), config_name = parameters?.config_name } = options
  const query = {
    ...parameters,
    auth_origin_url,
    config_name,
    omniauth_window_type: options.window ?? 'sameWindow',
  }
  const url = linkTo(session, provider, query)
  const { origin } = new URL(authUrl)
  return announced(context, async () => {
    let message: unknown
    if (options.window === 'newWindow') {
      const popup = (options.open ?? openPopup)(url)
      if (!popup) {
        throw new TokenHandoffError(
          'popup-blocked',
          'The browser did not open a window. Call this in the handler of a click, or use the same window.',
        )
      }
      message = await messageFromPopup(popup, origin, () => void context.ready())
    } else if (options.window === 'inAppBrowser') {
      message = await messageInApp(options.open(url), origin)
    } else {
      leaveOAuthMark(storageKey, config_name)
      if (options.open) options.open(url)
      else location.assign(url)
      return new Promise<never>(() => {})
    }
    await context.ready()
    return takeMessage(session, message)
  })
}

/**
 * Signs in with what the server's page has delivered, for windows that {@link signInWithOAuth} does not know, such as
 * a WebView of React Native. Make sure that it was the server's page.
 *
 * @param message what the page's `requestCredentials()` returns
 * @throws TokenHandoffError `oauth-failed`, `return-invalid`, `network`, `validation-failed`, `superseded`
 * @example const user = await takeCredentials(session, JSON.parse(event.nativeEvent.data))
 */
export async function takeCredentials<User>(session: Session<User>, message: unknown): Promise<User> {
  const context = session.account()
  await context.ready()
  return announced(context, () => takeMessage(session, message))
}

/** It counts as asked for when it has come: whoever was at the provider meant to sign in. */
async function takeMessage<User>(session: Session<User>, message: unknown): Promise<User> {
  const context = session.account()
  const {
    message: kind,
    error,
    auth_token,
    client_id,
    uid,
    expiry,
  } = Object(message) as Record<string, unknown>
  if (kind === 'authFailure') {
    const errors = [String(error ?? 'no reason given')]
    throw new TokenHandoffError('oauth-failed', `The provider did not sign in: ${errors}.`, { errors })
  }
  const credentials =
    kind === 'deliverCredentials' ? readCredentials(auth_token, client_id, uid, expiry) : null
  if (!credentials)
    throw invalidReturn('What came back lacks a part of the credentials. Try to sign in again.')
  context.refresh()
  return admit<User>(context, credentials, nextSequence(context.handoff))
}

function openPopup(url: string): Window | null {
  return window.open(url, '_blank', 'popup,width=600,height=700')
}

import { bare, type Call, type Outcome, type Route, saveClients, userDataWithTimes } from '../call.ts'
import type { OmniauthAnswer, Settings } from '../options.ts'
import { frameworkError, html, redirect } from '../reply.ts'
import { issue } from '../rules.ts'
import { formEncode, redirectUrl } from '../url.ts'
import { type Model, normalizeEmail, type User } from '../users.ts'
import { isAllowedRedirect } from './redirects.ts'

/** Where OmniAuth itself is mounted: omniauth_prefix. */
const PREFIX = '/omniauth'

/** What the routes hand on to each other: in the query, where the real server has its own session cookie. */
const HANDED_ON = ['auth_origin_url', 'omniauth_window_type', 'config_name', 'resource_class']

/**
 * The routes of OAuth: GET /:provider leads to the provider's page (which this server plays), that one to the
 * callback, and the callback back to the application.
 */
export function findOmniauthRoute(
  models: Iterable<Model>,
  providers: Settings['omniauthProviders'],
  path: string,
  query: URLSearchParams,
): Route | undefined {
  const all = [...models]
  const named = all.find(({ name }) => name === query.get('resource_class')) ?? all[0]!
  const route = (model: Model, provider: string, act: Route['act']): Route => ({
    model,
    access: 'public',
    path: { provider },
    act,
  })
  if (path === `${PREFIX}/failure` && Object.keys(providers).length > 0) return route(named, '', failed)
  for (const [provider, answer] of Object.entries(providers)) {
    if (path === `${PREFIX}/${provider}`)
      return route(named, provider, call => consentPage(call, provider, answer))
    if (path === `${PREFIX}/${provider}/callback`)
      return route(named, provider, call =>
        bare(redirect(handOn(call, `${named.authPath}/${provider}/callback`))),
      )
    for (const model of all) {
      if (path === `${model.authPath}/${provider}`)
        return route(model, provider, call => toProvider(call, provider))
      if (path === `${model.authPath}/${provider}/callback`)
        return route(model, provider, call => signedIn(call, provider, answer))
    }
  }
  return undefined
}

/** GET /auth/:provider: to OmniAuth, with the model's name. */
function toProvider(call: Call, provider: string): Outcome {
  const target = call.parameters.text('auth_origin_url')
  const resource = { resource_class: call.model.name }
  if (isAllowedRedirect(call.settings, target))
    return bare(redirect(handOn(call, `${PREFIX}/${provider}`, resource), 307))
  const message = `Redirect to '${target}' not allowed.`
  return bare(redirect(handOn(call, `${PREFIX}/failure`, { ...resource, message }), 307))
}

/** The provider's page: a person decides. */
function consentPage(call: Call, provider: string, answer: OmniauthAnswer): Outcome {
  const allow =
    typeof answer === 'string'
      ? handOn(call, `${PREFIX}/failure`, { message: answer })
      : handOn(call, `${PREFIX}/${provider}/callback`)
  const deny = handOn(call, `${PREFIX}/failure`, { message: 'access_denied' })
  return bare(
    html(
      `<!doctype html><title>${escapeHtml(provider)}</title><h1>Sign in with ${escapeHtml(provider)}?</h1>` +
        `<a id="allow" href="${escapeHtml(allow)}">Yes</a> <a id="deny" href="${escapeHtml(deny)}">No</a>`,
    ),
  )
}

/** GET /auth/:provider/callback: finds or makes the user, and signs in on a new client id. */
function signedIn(call: Call, provider: string, answer: OmniauthAnswer): Outcome {
  if (typeof answer === 'string') return bare(frameworkError(500))
  const { model, now, settings } = call
  const { uid, info = {} } = answer
  const known = model.users.all().find(user => user.provider === provider && user.uid === uid)
  const { email, ...shown } = info
  const attributes = { ...shown, ...(email === undefined ? {} : { email: normalizeEmail(email) }) }
  const user: User = known
    ? model.users.save({ ...known, ...attributes, confirmed: true }, now)
    : model.users.create({ email: '', password: call.mint(), provider, uid, ...attributes }, now)
  const client = call.mint()
  const token = call.mint()
  const saved = saveClients(
    call,
    user,
    issue(settings.rules, user.clients, client, now, () => token),
  )
  const expiry = saved.clients.find(entry => entry.client === client)?.expiry
  const parameters = {
    auth_token: token,
    client_id: client,
    uid: saved.uid,
    expiry,
    config: call.parameters.text('config_name') ?? null,
    ...(known === undefined ? { oauth_registration: true } : {}),
  }
  return answerTo(call, 'deliverCredentials', parameters, userDataWithTimes(saved))
}

function failed(call: Call): Outcome {
  return answerTo(call, 'authFailure', { error: call.parameters.text('message') ?? null })
}

/** To the page that asked: by a redirect, or by a page that delivers. */
function answerTo(
  { parameters }: Call,
  message: string,
  data: Record<string, string | number | boolean | null | undefined>,
  userData: Record<string, unknown> = {},
): Outcome {
  const type = parameters.text('omniauth_window_type')
  if (type === 'newWindow' || type === 'inAppBrowser')
    return bare(html(externalWindow({ ...userData, ...data, message })))
  const target = parameters.text('auth_origin_url')
  if (target !== undefined) return bare(redirect(redirectUrl(target, { ...data, blank: true })))
  return bare(html(`<!doctype html><body>${escapeHtml(String(data.error ?? 'An error occurred'))}</body>`))
}

/** It speaks when it is asked, by a message or by a call of its function, as the server's own page does. */
function externalWindow(data: object): string {
  const encoded = formEncode(JSON.stringify(data)).replaceAll('+', '%20')
  return `<!doctype html><script>
const data = JSON.parse(decodeURIComponent('${encoded}'))
addEventListener('message', event => {
  if (event.data !== 'requestCredentials') return
  event.source.postMessage(data, '*')
  close()
})
function requestCredentials() { return data }
</script><pre>Redirecting...</pre>`
}

function handOn({ parameters }: Call, path: string, more: Record<string, string> = {}): string {
  const query = new URLSearchParams()
  for (const name of HANDED_ON) {
    const value = parameters.text(name)
    if (value !== undefined && !(name in more)) query.append(name, value)
  }
  for (const [name, value] of Object.entries(more)) query.append(name, value)
  return `${path}?${query}`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}

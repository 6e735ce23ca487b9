import type { Settings } from '../options.ts'
import { whitelisted } from '../url.ts'

/** Is a redirect to there allowed? Nowhere is allowed too: whether a target is needed is another question. */
export function isAllowedRedirect(settings: Settings, target: string | undefined): boolean {
  return (
    settings.redirectWhitelist === undefined ||
    target === undefined ||
    whitelisted(target, settings.redirectWhitelist)
  )
}

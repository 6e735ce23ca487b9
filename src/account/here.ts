import type { AccountPort } from '../session/context.ts'
import { readAddress } from './address.ts'

/** The page's address, without what a redirect has put there for whichever session; undefined where there is no page. */
export function here({ wire }: AccountPort): string | undefined {
  const address = globalThis.location?.href
  return (address && readAddress(address, wire.names)?.clean) || address
}

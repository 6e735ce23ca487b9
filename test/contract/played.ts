import type { Adapter, Environment } from './adapter.ts'
import { adapters } from './adapters.ts'
import { type Case, cases } from './cases.ts'

/** What is played in an environment: its adapters, each with the cases that it can play there. */
export function played(environment: Environment): { adapter: Adapter; cases: Case[] }[] {
  return adapters
    .map(adapter => ({ adapter, cases: cases.filter(one => isPlayed(one, adapter, environment)) }))
    .filter(({ cases }) => cases.length > 0)
}

export function isPlayed(
  { needsStream, needsRedirects }: Case,
  adapter: Adapter,
  environment: Environment,
): boolean {
  if (needsRedirects && adapter.blindToRedirects) return false
  return !!(needsStream ? adapter.stream : adapter)?.environments.includes(environment)
}

import fc from 'fast-check'

/**
 * Runs a property. A failure prints its seed and path; `FC_SEED=... FC_PATH=... npx vitest run FILE` replays it.
 *
 * @param runs how many cases are drawn; `FC_RUNS` multiplies it
 */
export function hold<Values>(property: fc.IPropertyWithHooks<Values>, runs = 300): void {
  const { FC_SEED, FC_PATH, FC_RUNS = '1' } = process.env
  fc.assert(property, {
    numRuns: runs * Number(FC_RUNS),
    ...(FC_SEED !== undefined && { seed: Number(FC_SEED) }),
    ...(FC_PATH !== undefined && { path: FC_PATH }),
  })
}

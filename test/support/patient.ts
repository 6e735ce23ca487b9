/** How long tests wait: long enough for a machine that is busy with something else, too. */
export const patient = {
  testTimeout: 30_000,
  hookTimeout: 30_000,
  expect: { poll: { timeout: 10_000 } },
}

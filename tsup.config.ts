import { defineConfig } from 'tsup'

const shared = {
  target: 'es2022',
  dts: true,
  clean: false,
  sourcemap: false,
  treeshake: true,
} as const

export default defineConfig([
  {
    ...shared,
    entry: {
      index: 'src/index.ts',
      mock: 'src/mock/index.ts',
      'mock-node': 'src/mock/node.ts',
      react: 'src/adapters/react.ts',
    },
    format: ['esm', 'cjs'],
  },
  // Their peers are ESM only: a CJS build would pass every package check and fail when it is required.
  { ...shared, entry: { msw: 'src/mock/msw.ts' }, format: ['esm'] },
])

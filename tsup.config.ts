import { defineConfig } from 'tsup'

const shared = {
  target: 'es2022',
  dts: true,
  clean: false,
  sourcemap: false,
  treeshake: true,
} as const

const entry = {
  index: 'src/index.ts',
  account: 'src/account/index.ts',
  axios: 'src/adapters/axios.ts',
  mock: 'src/mock/index.ts',
  'mock-node': 'src/mock/node.ts',
  react: 'src/adapters/react.ts',
  storage: 'src/storage/index.ts',
  migration: 'src/migration/index.ts',
  server: 'src/server/index.ts',
  timeline: 'src/timeline/index.ts',
  'timeline-element': 'src/timeline/element.ts',
  devtools: 'src/devtools/index.ts',
}

// Their peers are ESM only: a CJS build would pass every package check and fail when it is required.
const esmOnly = {
  angular: 'src/adapters/angular.ts',
  ky: 'src/adapters/ky.ts',
  msw: 'src/mock/msw.ts',
}

export default defineConfig([
  // In one go, so that what the entries have in common is there once.
  { ...shared, entry: { ...entry, ...esmOnly }, format: ['esm'] },
  { ...shared, entry, format: ['cjs'] },
])

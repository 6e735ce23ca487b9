/// <reference types="vite/types/importMeta.d.ts" />

interface ImportMetaEnv {
  /** Where start.ts serves the API. */
  readonly VITE_API_URL: string
}

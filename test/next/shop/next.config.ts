import type { NextConfig } from 'next'

// The project around it has a lock file too: without this Next.js would take that for its own.
const config: NextConfig = { turbopack: { root: import.meta.dirname } }

export default config

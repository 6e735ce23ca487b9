import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Block, blocksOf } from '../readme/blocks.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The pages whose code is held by the tests here; README, recipes and adapters have their own. */
export const pages = [
  'docs/README.md',
  'docs/storage.md',
  'docs/server-rendering.md',
  'docs/several-sessions.md',
  'docs/features.md',
  'docs/timeline.md',
  'docs/adapters.md',
  'docs/devtools.md',
  'docs/mock-server.md',
  'docs/troubleshooting.md',
  ...readdirSync(`${ROOT}docs/coming-from`).map(file => `docs/coming-from/${file}`),
]

export const read = (file: string) => readFileSync(ROOT + file, 'utf8')

export interface PageBlock extends Block {
  page: string
}

export const blocks: PageBlock[] = pages.flatMap(page =>
  blocksOf(read(page)).map(block => ({ ...block, page })),
)

/** Every Markdown file of the documentation. */
export const allPages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md') && !file.startsWith('api'))
    .map(file => `docs/${file}`),
]

import type { Wire } from '../core/credentials.ts'

export function unexposedHeaders({ names }: Wire): string {
  return `The server's answer shows none of its token headers, so no token can be kept. An API of another origin has to expose them (Access-Control-Expose-Headers: ${Object.values(names).join(', ')}); else check authPath.`
}

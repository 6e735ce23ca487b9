import type { Wire } from '../core/credentials.ts'

export function unexposedHeaders({ names }: Wire): string {
  return `The server's answer shows no token headers. An API of another origin has to expose them (Access-Control-Expose-Headers: ${Object.values(names).join(', ')}); else check authPath.`
}

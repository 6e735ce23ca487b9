import type { Wire } from '../core/credentials.ts'

export function unexposedHeaders({ names }: Wire): string {
  return `The server answered another origin without exposing its token headers, so no token can be kept. Let its CORS configuration send Access-Control-Expose-Headers: ${Object.values(names).join(', ')}`
}
